"""Portraits: nobody's hair is cut off."""

from math import radians, tan
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tools.assets.glbfile import read_glb
from tools.assets.portrait import portrait

AVATARS = sorted(Path("src/avamotion/avatars").glob("*/avatar_low.glb"))


@pytest.mark.parametrize("glb", AVATARS, ids=lambda path: path.parent.name)
def test_a_portrait_holds_all_of_the_hair(glb: Path) -> None:
    shot = portrait("x", glb, {}, pixels=64)
    points = np.concatenate([mesh.positions for mesh in read_glb(glb).meshes.values()])
    # The studio's camera stands 0.03 m before the eyes' middle, at that distance, level enough.
    half = (shot.distance + 0.03 - points[:, 2]) * tan(radians(shot.fov) / 2)
    up = (points[:, 1] - shot.height_m) / half
    assert 0.8 < up.max() < 0.97
    head = points[:, 1] > 0
    assert np.abs(points[head, 0] / half[head]).max() < 0.97


@pytest.mark.parametrize("glb", AVATARS, ids=lambda path: path.parent.name)
def test_above_the_hair_of_a_thumbnail_there_is_backdrop(glb: Path) -> None:
    with Image.open(glb.with_name("thumbnail.webp")) as image:
        red, _, blue = np.moveaxis(np.asarray(image.convert("RGB"), dtype=float)[:4], -1, 0)
    assert (blue - red).min() > 8  # bluish; hair is not
