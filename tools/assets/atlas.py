"""Lay the skin out in a texture so that the face gets most of it, and bake values into it.

Shapes: Q quads, P vertices of the patch, X vertices of the exported mesh (a patch vertex per place
in the texture), T triangles, n pixels of a side, D values.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage  # type: ignore[import-untyped] # it ships no types

from tools.assets.array import FloatArray, IntArray
from tools.assets.surface import Patch, triangulate

__all__ = ["Atlas", "Raster", "lay_out"]

HEAD: Final = 0
BODY: Final = 1
MOUTH_BAG: Final = 2
BANDS: Final = {BODY: (0.01, 0.875, 0.70, 0.115), MOUTH_BAG: (0.74, 0.875, 0.25, 0.115)}
"""Where the lesser islands go: x, y, width, height."""


@dataclass(frozen=True, slots=True)
class Atlas:
    """The skin as it is exported.

    Attributes:
        source: Patch vertex behind every exported vertex, (X,).
        uv: Its place in the texture, v down, (X, 2).
        template_uv: Its place in the template's texture space, (X, 2).
        island: ``HEAD``, ``BODY`` or ``MOUTH_BAG``, (X,).
        triangles: (T, 3).
    """

    source: IntArray
    uv: FloatArray
    template_uv: FloatArray
    island: FloatArray
    triangles: IntArray


def lay_out(patch: Patch, template_positions: FloatArray) -> Atlas:
    """Warp the template's layout: the face gets half of the texture instead of 7 %.

    Args:
        patch: The skin.
        template_positions: Its vertices on the base mesh, (P, 3).
    """
    uv = patch.corner_uv.reshape(-1, 2)
    vertex = patch.faces.reshape(-1)
    island = np.where(uv[:, 1] < 0.15, MOUTH_BAG, BODY)
    island[(uv[:, 0] > 0.635) & (uv[:, 1] > 0.145) & (uv[:, 1] < 0.83)] = HEAD
    # A face belongs to one island: the one that most of its corners are in.
    votes = [np.bincount(row, minlength=3).argmax() for row in island.reshape(-1, 4)]
    island = np.repeat(np.array(votes), 4)
    at = template_positions[vertex]
    in_face = (at[:, 2] > 0.55) & (at[:, 1] > 6.1)
    importance = np.where(in_face, 1.0, 0.08) * np.where(np.abs(at[:, 0]) > 0.75, 0.25, 1)
    out = np.zeros_like(uv)
    head = island == HEAD
    out[head, 0] = _equalise(uv[head, 0], importance[head], 0.62) * 0.985 + 0.0075
    out[head, 1] = _equalise(uv[head, 1], importance[head], 0.55) * 0.85 + 0.0075
    for number, (x, y, width, height) in BANDS.items():
        inside = island == number
        if inside.any():
            low, span = uv[inside].min(0), np.ptp(uv[inside], axis=0) + 1e-9
            out[inside] = (uv[inside] - low) / span * [width, height] + [x, y]
    key = np.round(np.column_stack([vertex, out * 65535])).astype(np.int64)
    unique, inverse = np.unique(key, axis=0, return_inverse=True)
    inverse = inverse.reshape(-1)
    template_uv = np.zeros((len(unique), 2))
    template_uv[inverse] = uv
    islands = np.zeros(len(unique))
    islands[inverse] = island
    triangles = triangulate(inverse.reshape(-1, 4))
    return Atlas(unique[:, 0], unique[:, 1:] / 65535, template_uv, islands, triangles)


def _equalise(x: FloatArray, weight: FloatArray, amount: float) -> FloatArray:
    """Map x to [0, 1], stretched where the weight is."""
    bins = 400
    density, edges = np.histogram(x, bins, weights=weight)
    density = ndimage.gaussian_filter1d(density.astype(float), bins * 0.03)
    density = amount * density / density.sum() + (1 - amount) / bins
    return np.asarray(np.interp(x, edges, np.concatenate([[0], np.cumsum(density)])))


class Raster:
    """Which triangle every pixel of the texture shows, and where in it.

    Args:
        atlas: The layout.
        n: Pixels of a side.
    """

    def __init__(self, atlas: Atlas, n: int) -> None:
        self._corners = atlas.triangles
        triangle = np.full((n, n), -1, np.int32)
        place = np.zeros((n, n, 3), np.float32)
        uv = atlas.uv * n - 0.5
        for index, corners in enumerate(uv[atlas.triangles]):
            _fill(triangle, place, index, corners)
        # Past the border of an island, show the nearest pixel of it, or mipmaps bleed.
        near = ndimage.distance_transform_edt(
            triangle < 0, return_distances=False, return_indices=True
        )
        self._triangle = triangle[near[0], near[1]]
        self._place = place[near[0], near[1]]

    def bake(self, values: FloatArray) -> NDArray[np.float32]:
        """Return per-vertex values (X, D) interpolated over the texture, (n, n, D)."""
        corners = self._corners[self._triangle]
        out = np.zeros((*self._triangle.shape, values.shape[1]), np.float32)
        table = values.astype(np.float32)
        for k in range(3):
            out += self._place[..., k, None] * table[corners[..., k]]
        return out


def _fill(
    triangle: NDArray[np.int32], place: NDArray[np.float32], index: int, corners: FloatArray
) -> None:
    n = len(triangle)
    (ax, ay), (bx, by), (cx, cy) = corners
    area = (by - cy) * (ax - cx) + (cx - bx) * (ay - cy)
    if abs(area) < 1e-12:
        return
    x0, x1 = max(0, math.floor(min(ax, bx, cx))), min(n - 1, math.ceil(max(ax, bx, cx)))
    y0, y1 = max(0, math.floor(min(ay, by, cy))), min(n - 1, math.ceil(max(ay, by, cy)))
    y, x = np.mgrid[y0 : y1 + 1, x0 : x1 + 1]
    a = ((by - cy) * (x - cx) + (cx - bx) * (y - cy)) / area
    b = ((cy - ay) * (x - cx) + (ax - cx) * (y - cy)) / area
    c = 1 - a - b
    inside = np.minimum(np.minimum(a, b), c) >= -0.002
    if inside.any():
        triangle[y[inside], x[inside]] = index
        place[y[inside], x[inside]] = np.stack([a, b, c], -1)[inside]
