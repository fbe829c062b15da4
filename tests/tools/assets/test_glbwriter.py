"""What is written can be read back."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tools.assets.arkit import ARKIT_NAMES
from tools.assets.glbfile import GlbError, join_glb, read_glb, split_glb
from tools.assets.glbwriter import LICENCE, write_glb
from tools.assets.part import Part
from tools.assets.skeleton import JOINTS, Skeleton
from tools.assets.texture import Texture

TRIANGLE = np.array([[0, 1, 2]])
SKELETON = Skeleton(np.array([[0, 1.0, 0], [0, 2.0, 0.3], [0, 3.0, 0.1]]), np.zeros((0, 3)))
MATERIALS = [{"name": "Skin", "pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}]
TEXTURES = [Texture(Image.new("RGB", (4, 4)), 80)]


def part(name: str, *, skinned: bool) -> Part:
    rng = np.random.default_rng(5)
    joints = np.array([[1.0, 0, 0], [0.25, 0.5, 0.25], [0, 0, 1.0]]) if skinned else None
    return Part(
        name, "Skin", rng.normal(size=(3, 3)), TRIANGLE, np.tile([0.0, 0, 1], (3, 1)),
        morphs={"jawOpen": rng.normal(size=(3, 3))}, joints=joints,
    )  # fmt: skip


@pytest.mark.parametrize("skinned", [True, False])
def test_positions_and_morphs_come_back_in_metres_above_the_eyes(
    tmp_path: Path, skinned: bool
) -> None:
    written = part("Face", skinned=skinned)
    path = tmp_path / "a.glb"
    path.write_bytes(write_glb([written], SKELETON, 2.5, MATERIALS, TEXTURES))
    mesh = read_glb(path).meshes["Face"]
    expected = (written.positions - [0, 2.5, 0]) / 10
    np.testing.assert_allclose(mesh.positions, expected, atol=1e-6)
    np.testing.assert_allclose(mesh.deltas["jawOpen"], written.morphs["jawOpen"] / 10, atol=1e-6)
    np.testing.assert_array_equal(mesh.triangles, TRIANGLE)


def test_the_file_names_its_licence_and_its_joints() -> None:
    data = write_glb([part("Face", skinned=True)], SKELETON, 2.5, MATERIALS, TEXTURES)
    document, _ = split_glb(data)
    assert document["asset"]["copyright"] == LICENCE
    names = [document["nodes"][joint]["name"] for joint in document["skins"][0]["joints"]]
    assert tuple(names) == JOINTS


def test_morphs_are_listed_in_the_order_of_arkit() -> None:
    shapes = {name: np.ones((3, 3)) for name in reversed(ARKIT_NAMES)}
    whole = Part("Face", "Skin", np.zeros((3, 3)), TRIANGLE, np.zeros((3, 3)), morphs=shapes)
    document, _ = split_glb(write_glb([whole], SKELETON, 0.0, MATERIALS, TEXTURES))
    assert tuple(document["meshes"][0]["extras"]["targetNames"]) == ARKIT_NAMES


def test_a_part_whose_arrays_disagree_is_refused() -> None:
    with pytest.raises(ValueError, match="Nose"):
        Part("Nose", "Skin", np.zeros((3, 3)), TRIANGLE, np.zeros((2, 3)))
    with pytest.raises(ValueError, match="does not exist"):
        Part("Nose", "Skin", np.zeros((2, 3)), TRIANGLE, np.zeros((2, 3)))


def test_splitting_undoes_joining() -> None:
    document, binary = split_glb(join_glb({"asset": {"version": "2.0"}}, b"abcde"))
    assert document == {"asset": {"version": "2.0"}}
    assert binary == b"abcde\0\0\0"


@pytest.mark.parametrize("data", [b"", b"glTF", b"PK\3\4" * 10, b"glTF" + b"\xff" * 40])
def test_what_is_no_glb_is_refused(data: bytes) -> None:
    with pytest.raises(GlbError):
        split_glb(data)
