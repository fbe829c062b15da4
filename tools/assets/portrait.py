"""Frame a head for a portrait: all of its hair, and as much of the bust as there always is."""

from collections.abc import Mapping
from math import radians, tan
from pathlib import Path

import numpy as np

from tools.assets.glbfile import read_glb
from tools.assets.studio import Shot

__all__ = ["portrait"]

FOV_DEG = 20.0
BOTTOM_M = -0.18
"""Lower edge of the picture at the depth of the face, above the eyes: some shoulder."""
AIR_M = 0.025
"""Above the highest hair, which may stand somewhat nearer to the camera than the face."""


def portrait(
    name: str,
    glb: Path,
    weights: Mapping[str, float],
    *,
    pixels: int,
    turn: tuple[float, float, float] = (0.0, 0.0, 0.0),
) -> Shot:
    """Return the shot that shows a head as large as its hair allows.

    Args:
        name: File name of the picture, without suffix.
        glb: The avatar.
        weights: Blend-shape weights.
        pixels: Side of the picture.
        turn: Rotation of the head, as in :class:`Shot`.
    """
    crown_m = max(float(np.max(mesh.positions[:, 1])) for mesh in read_glb(glb).meshes.values())
    height_m = crown_m + AIR_M - BOTTOM_M
    return Shot(
        name, glb, weights, turn, pixels, pixels,
        distance=height_m / 2 / tan(radians(FOV_DEG) / 2),
        height_m=BOTTOM_M + height_m / 2, fov=FOV_DEG,
    )  # fmt: skip
