"""Turn a scalar field on a grid into a mesh (naive surface nets).

Shapes: X, Y, Z grid points; P vertices; Q quads.
"""

import numpy as np
from scipy import ndimage  # type: ignore[import-untyped] # it ships no types

from tools.assets.array import FloatArray, IntArray

__all__ = ["sample_grid", "surface_net"]


def surface_net(field: FloatArray) -> tuple[FloatArray, IntArray]:
    """Return the surface between positive and negative values.

    Args:
        field: (X, Y, Z), positive inside. Must be negative along the border.

    Returns:
        Vertices in grid coordinates, (P, 3), and quads facing outwards, (Q, 4).
    """
    inside = field > 0
    shape = np.array(field.shape) - 1
    total = np.zeros((*shape, 3))
    count = np.zeros(shape)
    for axis in range(3):
        others = [k for k in range(3) if k != axis]
        for offset in np.ndindex(2, 2):
            start = [0, 0, 0]
            start[others[0]], start[others[1]] = offset
            low = tuple(slice(s, s + n) for s, n in zip(start, shape, strict=True))
            start[axis] = 1
            high = tuple(slice(s, s + n) for s, n in zip(start, shape, strict=True))
            a, b = field[low], field[high]
            crosses = (a > 0) != (b > 0)
            t = np.where(crosses, a / np.where(crosses, a - b, 1.0), 0.0)
            total[..., axis] += np.where(crosses, t, 0.0)
            for other, o in zip(others, offset, strict=True):
                total[..., other] += np.where(crosses, float(o), 0.0)
            count += crosses
    cells = np.argwhere(count > 0)
    number = np.full(shape, -1, dtype=np.int64)
    number[tuple(cells.T)] = np.arange(len(cells))
    vertices = cells + total[tuple(cells.T)] / count[tuple(cells.T)][:, None]
    return vertices, np.concatenate([_quads(inside, number, axis) for axis in range(3)])


def _quads(inside: np.ndarray, number: IntArray, axis: int) -> IntArray:
    """Return a quad for every grid edge along ``axis`` that crosses the surface."""
    b, c = (axis + 1) % 3, (axis + 2) % 3
    a_side = np.take(inside, range(inside.shape[axis] - 1), axis)
    b_side = np.take(inside, range(1, inside.shape[axis]), axis)
    edges = np.argwhere(a_side != b_side)
    edges = edges[(edges[:, b] > 0) & (edges[:, c] > 0)]
    leaving = a_side[tuple(edges.T)]
    corners = []
    for db, dc in ((1, 1), (0, 1), (0, 0), (1, 0)):
        cell = edges.copy()
        cell[:, b] -= db
        cell[:, c] -= dc
        corners.append(number[tuple(cell.T)])
    quads = np.stack(corners, 1)
    return np.where(leaving[:, None], quads, quads[:, ::-1])


def sample_grid(field: FloatArray, coordinates: FloatArray) -> FloatArray:
    """Return the field at grid coordinates (P, 3), interpolated linearly, (P,)."""
    return np.asarray(ndimage.map_coordinates(field, coordinates.T, order=1, mode="nearest"))
