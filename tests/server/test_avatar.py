"""The catalogue, what it takes in, and what it says of a head."""

import json
import struct
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from avamotion.cli import app
from avamotion.errors import ConfigError
from avamotion.media import BLENDSHAPES
from avamotion.server.avatar import AvatarCatalog, avatar_folder
from avamotion.server.avatar_report import examine_gltf
from avamotion.server.glb import read_gltf

ARKIT: dict[str, Any] = {
    "meshes": [
        {"extras": {"targetNames": [*BLENDSHAPES, "smug"]}, "primitives": [{"indices": 0}]},
        {"primitives": [{"indices": 0}, {}]},
    ],
    "accessors": [{"count": 300}],
    "nodes": [{"name": "Head"}, {"name": "LeftEye"}, {"name": "RightEye"}],
}


def glb(gltf: object) -> bytes:
    text = json.dumps(gltf).encode()
    text += b" " * (-len(text) % 4)
    body = struct.pack("<I4s", len(text), b"JSON") + text
    return struct.pack("<4sII", b"glTF", 2, 12 + len(body)) + body


def test_a_head_with_all_shapes_can_do_everything() -> None:
    report = examine_gltf(read_gltf(glb(ARKIT), max_json_bytes=1 << 20))
    assert report.level == "arkit"
    assert report.blendshapes == BLENDSHAPES
    assert report.other_shapes == ("smug",)
    assert (report.has_head_bone, report.has_eye_bones, report.n_triangles) == (True, True, 200)
    assert report.problems == report.remarks == []


@pytest.mark.parametrize(
    ("gltf", "level"),
    [
        ({}, "none"),
        ({"meshes": [{"extras": {"targetNames": ["jawOpen"]}}]}, "jaw"),
        ({"meshes": [{"extras": {"targetNames": [f"viseme_{c}" for c in "abcdefgh"]}}]}, "visemes"),
        ({"extensions": {"VRMC_vrm": {}}}, "vowels"),
    ],
)
def test_a_head_with_less_is_told_so(gltf: dict[str, Any], level: str) -> None:
    report = examine_gltf(gltf)
    assert report.level == level
    assert bool(report.problems) == (level == "none")
    assert report.remarks


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "meshes",
                    "nodes",
                    "extras",
                    "targetNames",
                    "primitives",
                    "indices",
                    "count",
                    "accessors",
                    "asset",
                    "license",
                    "extensions",
                    "name",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=25,
)


@given(st.dictionaries(st.sampled_from(["meshes", "nodes", "accessors", "asset"]), JSON))
def test_nothing_in_a_description_breaks_the_report(gltf: dict[str, Any]) -> None:
    assert set(examine_gltf(gltf).blendshapes) <= set(BLENDSHAPES)


@given(st.binary(max_size=64), st.integers(0, 200), st.binary(max_size=8))
def test_no_bytes_break_the_reader(head: bytes, cut: int, insert: bytes) -> None:
    good = glb(ARKIT)
    for data in (head, good[:cut], good[:cut] + insert + good[cut:], good[:8] + head):
        with suppress(ConfigError):
            read_gltf(data, max_json_bytes=1 << 20)


def avatars(folder: Path, *arguments: str) -> Result:
    environment = {"AVAMOTION_AVATAR_FOLDER": str(folder)}
    return CliRunner().invoke(app, ["avatars", *arguments], env=environment)


def test_a_head_is_added_and_found_by_a_server_that_runs(tmp_path: Path) -> None:
    model = tmp_path / "head.glb"
    model.write_bytes(glb(ARKIT))
    folder = tmp_path / "avatars"
    arguments = ["--license", "CC0-1.0", "--motion", "intensity=0.5"]
    assert avatars(folder, "add", str(model), "--id", "first", *arguments).exit_code == 0
    catalog = AvatarCatalog(folder)
    assert catalog.find("second") is None
    assert avatars(folder, "add", str(model), "--id", "second", *arguments).exit_code == 0
    found = catalog.find("second")
    assert found is not None
    assert found.motion == {"motion.intensity": "0.5"}
    assert found.metadata["license"] == "CC0-1.0"
    assert (found.folder / found.metadata["files"]["full"]).read_bytes() == model.read_bytes()
    again = avatars(folder, "add", str(model), "--id", "second", *arguments)
    assert "there is one already" in str(again.exception)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--id", "../x"], "--id"),
        (["--id", "x", "--motion", "colour=red"], "motion.colour"),
        (["--id", "x", "--motion", "intensity=9"], "intensity"),
        (["--id", "x", "--thumbnail", "x.gif"], "--thumbnail"),
    ],
)
def test_what_cannot_be_added_is_refused_and_leaves_nothing(
    tmp_path: Path, arguments: list[str], words: str
) -> None:
    model = tmp_path / "head.glb"
    model.write_bytes(glb(ARKIT))
    result = avatars(tmp_path / "a", "add", str(model), "--license", "CC0-1.0", *arguments)
    assert words in str(result.exception)
    assert not (tmp_path / "a").exists()


def test_a_file_that_is_no_head_is_refused(tmp_path: Path) -> None:
    for data, words in ((b"PNG", "no GLB"), (glb({}), "nothing moves its mouth")):
        (tmp_path / "x.glb").write_bytes(data)
        result = avatars(
            tmp_path, "add", str(tmp_path / "x.glb"), "--id", "x", "--license", "CC0-1.0"
        )
        assert words in str(result.exception)


def test_what_ships_can_speak_and_has_a_thumbnail_and_a_licence() -> None:
    for avatar in AvatarCatalog():
        files = avatar.metadata["files"]
        data = (avatar.folder / files["full"]).read_bytes()
        report = examine_gltf(read_gltf(data, max_json_bytes=16 << 20))
        assert report.level == "arkit", avatar.id
        assert (avatar.folder / files["thumbnail"]).is_file(), avatar.id
        assert avatar.metadata["license"] == "CC0-1.0"


@pytest.mark.parametrize("text", ["{", "[]", '{"motion": 1}', '{"motion": {"colour": 1}}'])
def test_a_broken_description_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "avatar.json").write_text(text)
    with pytest.raises(ConfigError, match=r"x/avatar\.json"):
        AvatarCatalog(tmp_path)
    assert avatar_folder("a") == Path("a")
