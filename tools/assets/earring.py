"""Ear studs.

Decimetres, template axes. Shapes: P points of the skin.
"""

from typing import Final

import numpy as np

from tools.assets.array import FloatArray
from tools.assets.isosurface import surface_net
from tools.assets.part import Part
from tools.assets.surface import triangulate, unit_rows

__all__ = ["stud_part"]

RADIUS_DM: Final = 0.030
ABOVE_TIP_DM: Final = 0.07
"""Where a lobe is pierced, above its lowest point."""
CELLS: Final = 5


def stud_part(skin: FloatArray, ears: FloatArray) -> Part:
    """Return a small ball on each ear lobe.

    Args:
        skin: Points of the face, (P, 3).
        ears: 1 on the ears, (P,).
    """
    axis = np.arange(-CELLS, CELLS + 1, dtype=float)
    x, y, z = np.meshgrid(axis, axis, axis, indexing="ij")
    vertices, quads = surface_net(CELLS - 1.5 - np.sqrt(x * x + y * y + z * z))
    normals = unit_rows(vertices - CELLS)
    triangles = triangulate(quads)
    places = []
    for side in (-1, 1):
        ear = skin[(ears > 0.5) & (side * skin[:, 0] > 0)]
        lobe = ear[ear[:, 1] < ear[:, 1].min() + 2 * ABOVE_TIP_DM]
        outer = lobe[np.argmax(side * lobe[:, 0] + 0.4 * lobe[:, 2])]
        height = float(ear[:, 1].min()) + ABOVE_TIP_DM
        places.append(np.array([outer[0] + side * 0.4 * RADIUS_DM, height, outer[2]]))
    points = np.concatenate([place + RADIUS_DM * normals for place in places])
    return Part(
        "EarStuds", "Gold", points, np.concatenate([triangles, triangles + len(normals)]),
        np.tile(normals, (2, 1)),
    )  # fmt: skip
