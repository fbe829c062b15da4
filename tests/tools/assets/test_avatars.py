"""The avatars that are shipped are what the documents say they are."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from avamotion.media import BLENDSHAPES
from avamotion.motion.emotion import EMOTIONS, emotion_pose
from tools.assets.arkit import ARKIT_NAMES
from tools.assets.avatar import FILES, MOST_BYTES
from tools.assets.closure import Closure, closed_weights
from tools.assets.glbfile import read_glb, split_glb
from tools.assets.glbwriter import LICENCE
from tools.assets.mouth import find_mouth
from tools.assets.people import PEOPLE

AVATARS = Path(__file__).parents[3] / "src/avamotion/avatars"
GLBS = [AVATARS / person / FILES[size] for person in PEOPLE for size in ("full", "low")]
NAMES = list(ARKIT_NAMES)
OPENERS = ("mouthFunnel", "mouthUpperUpLeft", "mouthUpperUpRight", "mouthLowerDownLeft",
           "mouthLowerDownRight", "mouthStretchLeft", "mouthStretchRight")  # fmt: skip


def description(person: str) -> dict[str, Any]:
    text = (AVATARS / person / "avatar.json").read_text()
    return dict(json.loads(text))


def label(path: Path) -> str:
    return f"{path.parent.name}-{path.stem}"


def test_every_person_has_a_folder_and_every_folder_a_person() -> None:
    assert {path.name for path in AVATARS.iterdir() if path.is_dir()} == set(PEOPLE)


@pytest.mark.parametrize("person", PEOPLE)
def test_the_description_is_complete(person: str) -> None:
    found = description(person)
    assert found["format"] == 1
    assert (found["id"], found["name"]) == (person, PEOPLE[person].name)
    assert found["license"] == "CC0-1.0"
    assert found["files"] == FILES
    assert all((AVATARS / person / name).is_file() for name in FILES.values())


@pytest.mark.parametrize("person", PEOPLE)
def test_the_closure_curve_is_well_formed(person: str) -> None:
    curve = description(person)["closure"]
    knots = np.array(curve["jawOpen"])
    assert knots[0] == 0
    assert knots[-1] == 1
    assert (np.diff(knots) > 0).all()
    for values in (curve["mouthClose"], *curve["add"].values()):
        assert len(values) == len(knots)
        assert values[0] == 0
        assert all(0 <= value <= 1 for value in values)
    assert set(curve["damp"]) <= set(ARKIT_NAMES)
    assert all(0 < value <= 1 for value in curve["damp"].values())


@pytest.mark.parametrize("person", PEOPLE)
def test_the_thumbnail_is_a_small_square(person: str) -> None:
    path = AVATARS / person / FILES["thumbnail"]
    with Image.open(path) as image:
        assert image.size == (256, 256)
    assert path.stat().st_size < 30_000


@pytest.mark.parametrize("path", GLBS, ids=label)
def test_the_glb_is_small_and_says_its_licence(path: Path) -> None:
    size = "low" if path.name == FILES["low"] else "full"
    assert path.stat().st_size <= MOST_BYTES[size]
    document, _ = split_glb(path.read_bytes())
    assert document["asset"]["copyright"] == LICENCE


@pytest.mark.parametrize("path", GLBS, ids=label)
def test_the_glb_has_all_52_shapes_and_each_moves_something(path: Path) -> None:
    moved: dict[str, float] = {}
    for mesh in read_glb(path).meshes.values():
        for name, delta in mesh.deltas.items():
            moved[name] = max(moved.get(name, 0.0), float(np.abs(delta).max()))
    assert set(moved) == set(ARKIT_NAMES)
    assert min(moved.values()) > 0.0005


@pytest.mark.parametrize("path", GLBS, ids=label)
def test_head_and_neck_are_joints(path: Path) -> None:
    document, _ = split_glb(path.read_bytes())
    names = [document["nodes"][joint]["name"] for joint in document["skins"][0]["joints"]]
    assert names == ["Bust", "Neck", "Head"]


@pytest.mark.parametrize("path", GLBS, ids=label)
def test_a_resting_mouth_is_shut(path: Path) -> None:
    gap = find_mouth(read_glb(path)).measure(NAMES, np.zeros((1, len(NAMES))))
    assert gap.widest_mm[0] <= 0.5
    assert gap.overlap_mm[0] <= 1.0


@pytest.mark.parametrize("path", GLBS, ids=label)
def test_lips_meet_whenever_they_are_meant_to(path: Path) -> None:
    rng = np.random.default_rng(9)
    poses = np.zeros((60, len(NAMES)))
    jaw = rng.random(60) * 0.5 + 0.02
    poses[:, NAMES.index("jawOpen")] = poses[:, NAMES.index("mouthClose")] = jaw
    for name in OPENERS:
        poses[:, NAMES.index(name)] = rng.random(60) * 0.4
    closure = Closure.from_json(description(path.parent.name)["closure"])
    gap = find_mouth(read_glb(path)).measure(NAMES, closed_weights(NAMES, poses, closure))
    assert gap.widest_mm.max() <= 0.5
    assert gap.overlap_mm.max() <= 2.5


@pytest.mark.parametrize("path", GLBS, ids=label)
def test_no_emotion_parts_lips_that_are_shut(path: Path) -> None:
    poses = np.stack([emotion_pose(emotion, 1.0) for emotion in EMOTIONS]).astype(np.float64)
    names = list(BLENDSHAPES)
    poses[:, [names.index("jawOpen"), names.index("mouthClose")]] = 0.1
    closure = Closure.from_json(description(path.parent.name)["closure"])
    gap = find_mouth(read_glb(path)).measure(names, closed_weights(names, poses, closure))
    assert dict(zip(EMOTIONS, gap.widest_mm <= 0.5, strict=True)) == dict.fromkeys(EMOTIONS, True)
