"""How far ahead of a point the next surface is.

Shapes: P points, T triangles.
"""

import numpy as np

from tools.assets.array import FloatArray, IntArray

__all__ = ["room_ahead"]


def room_ahead(points: FloatArray, surface: FloatArray, triangles: IntArray) -> FloatArray:
    """Return the distance from each point to the surface along +z, (P,); inf if there is none."""
    a, b, c = (surface[triangles[:, k]] for k in range(3))
    area = (b[:, 1] - c[:, 1]) * (a[:, 0] - c[:, 0]) + (c[:, 0] - b[:, 0]) * (a[:, 1] - c[:, 1])
    flat = np.abs(area) < 1e-12
    area = np.where(flat, 1.0, area)
    out = np.full(len(points), np.inf)
    for index, (x, y, z) in enumerate(points):
        u = ((b[:, 1] - c[:, 1]) * (x - c[:, 0]) + (c[:, 0] - b[:, 0]) * (y - c[:, 1])) / area
        v = ((c[:, 1] - a[:, 1]) * (x - c[:, 0]) + (a[:, 0] - c[:, 0]) * (y - c[:, 1])) / area
        w = 1 - u - v
        depth = u * a[:, 2] + v * b[:, 2] + w * c[:, 2] - z
        hit = ~flat & (u >= 0) & (v >= 0) & (w >= 0) & (depth > 0)
        if hit.any():
            out[index] = depth[hit].min()
    return out
