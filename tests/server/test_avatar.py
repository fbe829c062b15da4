"""The catalogue, what it takes in, and what it says of a head."""

import json
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from avamotion.cli import app
from avamotion.errors import ConfigError
from avamotion.media import BLENDSHAPES
from avamotion.server.avatar import AvatarCatalog
from avamotion.server.avatar_folder import FolderCatalog, avatar_folder
from avamotion.server.avatar_report import examine_gltf
from avamotion.server.avatar_source import open_catalog
from avamotion.server.config import load_config
from avamotion.server.glb import read_gltf
from tests.server.empty_database import DATABASES, empty_database

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


def avatars(environment: dict[str, str], *arguments: str) -> Result:
    return CliRunner().invoke(app, ["avatars", *arguments], env=environment)


@pytest.fixture(params=["folder", *DATABASES])
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of servers and commands that share one catalogue."""
    if request.param == "folder":
        yield {"AVAMOTION_AVATAR_FOLDER": str(tmp_path / "avatars")}
        return
    with empty_database(request.param, tmp_path) as url:
        yield {"AVAMOTION_AVATAR_STORE": "database", "AVAMOTION_DATABASE_URL": url}


@contextmanager
def catalog_of(environment: dict[str, str]) -> Iterator[AvatarCatalog]:
    """A catalogue as a server opens it."""
    catalog = open_catalog(load_config(None, environment), may_be_empty=True)
    try:
        yield catalog
    finally:
        catalog.close()


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "head.glb"
    path.write_bytes(glb(ARKIT))
    return path


FREE = ("--license", "CC0-1.0")


def test_a_head_is_added_and_found_by_servers_that_run(shelf: dict[str, str], model: Path) -> None:
    motion = ("--motion", "intensity=0.5")
    assert avatars(shelf, "add", str(model), "--id", "first", *FREE, *motion).exit_code == 0
    with catalog_of(shelf) as one, catalog_of(shelf) as other:
        assert one.find("second") is other.find("second") is None
        added = avatars(shelf, "add", str(model), "--id", "second", *FREE, *motion)
        assert added.exit_code == 0, added.output
        for catalog in (one, other):
            found = catalog.find("second")
            assert found is not None
            assert found.motion == {"motion.intensity": "0.5"}
            assert found.metadata["license"] == "CC0-1.0"
            assert [avatar.id for avatar in catalog.all()] == ["first", "second"]
            catalog.fetch("second")
            file = catalog.folder / "second" / found.metadata["files"]["full"]
            assert file.read_bytes() == model.read_bytes()
    again = avatars(shelf, "add", str(model), "--id", "second", *FREE)
    assert "there is one already" in str(again.exception)


def test_a_head_that_was_removed_is_gone_for_servers_that_run(
    shelf: dict[str, str], model: Path, tmp_path: Path
) -> None:
    for name in ("kept", "gone"):
        assert avatars(shelf, "add", str(model), "--id", name, *FREE).exit_code == 0
    with catalog_of(shelf) as catalog:
        assert catalog.find("gone") is not None
        catalog.fetch("gone")
        assert avatars(shelf, "remove", "gone").exit_code == 0
        assert catalog.find("gone") is None
        catalog.fetch("gone")
        assert not (catalog.folder / "gone").exists()
        assert [avatar.id for avatar in catalog.all()] == ["kept"]
        again = avatars(shelf, "remove", "gone")
        assert "no such avatar" in str(again.exception)
        # Another one of the same name is another one.
        other = tmp_path / "other.glb"
        other.write_bytes(glb({**ARKIT, "asset": {"copyright": "other"}}))
        assert avatars(shelf, "add", str(other), "--id", "gone", *FREE).exit_code == 0
        catalog.fetch("gone")
        assert (catalog.folder / "gone" / "avatar.glb").read_bytes() == other.read_bytes()


def test_a_version_names_the_content_of_a_head(
    shelf: dict[str, str], model: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.glb"
    other.write_bytes(glb({**ARKIT, "asset": {"copyright": "other"}}))
    with catalog_of(shelf) as catalog:
        versions = []
        for head in (model, other, model):
            assert avatars(shelf, "add", str(head), "--id", "x", *FREE).exit_code == 0
            versions.append(catalog.fetch("x"))
            assert catalog.fetch("x") == versions[-1]
            assert avatars(shelf, "remove", "x").exit_code == 0
            assert catalog.fetch("x") is None
    first, second, third = versions
    assert first is not None
    assert first == third != second


def test_the_version_of_a_folder_follows_a_file_that_is_changed_in_place(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "avatar.json").write_text("{}")
    head = tmp_path / "x" / "avatar.glb"
    head.write_bytes(b"one")
    catalog = FolderCatalog(tmp_path)
    before = catalog.fetch("x")
    head.write_bytes(b"other")
    assert catalog.fetch("x") != before
    assert catalog.fetch("..") is None


def test_a_thumbnail_is_kept_with_the_head(
    shelf: dict[str, str], model: Path, tmp_path: Path
) -> None:
    picture = tmp_path / "face.PNG"
    picture.write_bytes(b"picture")
    result = avatars(
        shelf, "add", str(model), "--id", "x", *FREE, "--thumbnail", str(picture), "--name", "Xenia"
    )
    assert result.exit_code == 0, result.output
    with catalog_of(shelf) as catalog:
        catalog.fetch("x")
        assert (catalog.folder / "x" / "thumbnail.png").read_bytes() == b"picture"
    (row,) = json.loads(avatars(shelf, "list", "--json").stdout)
    assert (row["id"], row["name"]) == ("x", "Xenia")
    assert row["files"] == {"full": "avatar.glb", "thumbnail": "thumbnail.png"}
    assert avatars(shelf, "list").stdout.startswith("x  Xenia  CC0-1.0")


def test_a_shelf_may_be_empty(shelf: dict[str, str]) -> None:
    assert "no avatars" in avatars(shelf, "list").stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--id", "../x"], "--id"),
        (["--id", "x", "--motion", "colour=red"], "motion.colour"),
        (["--id", "x", "--motion", "intensity=9"], "intensity"),
        (["--id", "x", "--thumbnail", "x.gif"], "--thumbnail"),
        (["--id", "x", "--thumbnail", "missing.png"], "missing.png"),
    ],
)
def test_what_cannot_be_added_is_refused_and_leaves_nothing(
    shelf: dict[str, str], model: Path, arguments: list[str], words: str
) -> None:
    result = avatars(shelf, "add", str(model), *FREE, *arguments)
    assert words in str(result.exception)
    with catalog_of(shelf) as catalog:
        assert catalog.all() == []
        assert not catalog.folder.exists() or not list(catalog.folder.iterdir())


def test_a_file_that_is_no_head_is_refused(shelf: dict[str, str], tmp_path: Path) -> None:
    for data, words in ((b"PNG", "no GLB"), (glb({}), "nothing moves its mouth")):
        (tmp_path / "x.glb").write_bytes(data)
        result = avatars(shelf, "add", str(tmp_path / "x.glb"), "--id", "x", *FREE)
        assert words in str(result.exception)


def test_nothing_is_removed_by_a_name_that_leads_elsewhere(
    shelf: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "avatar.json").write_text("{}")
    result = avatars(shelf, "remove", "../precious")
    assert "avatar_id" in str(result.exception)
    assert (tmp_path / "precious").exists()


def test_what_ships_can_neither_be_added_to_nor_removed(model: Path) -> None:
    for arguments in (("add", str(model), "--id", "x", *FREE), ("remove", "mia")):
        assert "there is no folder for avatars" in str(avatars({}, *arguments).exception)


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"AVAMOTION_AVATAR_STORE": "cloud"}, "neither folder nor database"),
        ({"AVAMOTION_AVATAR_STORE": "database"}, "database.url"),
    ],
)
def test_a_store_that_cannot_be_used_is_named(environment: dict[str, str], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        open_catalog(load_config(None, environment))


def test_a_server_wants_avatars_in_its_folder(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no avatars"):
        open_catalog(load_config(None, {"AVAMOTION_AVATAR_FOLDER": str(tmp_path)}))


def test_what_ships_can_speak_and_has_a_thumbnail_and_a_licence() -> None:
    catalog = FolderCatalog()
    assert catalog.all()
    for avatar in catalog.all():
        files, folder = avatar.metadata["files"], catalog.folder / avatar.id
        data = (folder / files["full"]).read_bytes()
        report = examine_gltf(read_gltf(data, max_json_bytes=16 << 20))
        assert report.level == "arkit", avatar.id
        assert (folder / files["thumbnail"]).is_file(), avatar.id
        assert avatar.metadata["license"] == "CC0-1.0"


@pytest.mark.parametrize("text", ["{", "[]", '{"motion": 1}', '{"motion": {"colour": 1}}'])
def test_a_broken_description_is_named_and_hides_nothing_that_is_known(
    tmp_path: Path, text: str
) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "avatar.json").write_text("{}")
    catalog = FolderCatalog(tmp_path)
    assert [avatar.id for avatar in catalog.all()] == ["a"]
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "avatar.json").write_text(text)
    assert [avatar.id for avatar in catalog.all()] == ["a"]
    with pytest.raises(ConfigError, match=r"x/avatar\.json"):
        FolderCatalog(tmp_path).all()
    assert avatar_folder("a") == Path("a")
