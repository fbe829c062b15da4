"""How open the sky is above every point of a surface, and how hollow the surface is.

Shapes: P points, T triangles.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tools.assets.array import FloatArray, IntArray
from tools.assets.surface import neighbour_mean

__all__ = ["hollowness", "openness"]

N_DIRECTIONS: Final = 96
CELLS_PER_DM: Final = 42.0
SAMPLES_PER_TRIANGLE: Final = 4
SPREAD: Final = 2.399963
"""The golden angle: successive directions cover the sphere evenly."""


def openness(
    points: FloatArray,
    normals: FloatArray,
    triangles: IntArray,
    rng: np.random.Generator,
    *,
    shade: tuple[FloatArray, IntArray] | None = None,
) -> FloatArray:
    """Return the visible share of the sky above each vertex of a mesh, (P,), in [0, 1].

    From many directions, the surface is splatted into a depth map and the points compared with it.

    Args:
        points: (P, 3).
        normals: (P, 3).
        triangles: (T, 3).
        rng: Where the splats lie.
        shade: Points and triangles of another surface that hides the sky too.
    """
    samples = _sample(points, triangles, rng)
    if shade is not None:
        samples = np.concatenate([samples, _sample(*shade, rng)])
    places, splats = points.astype(np.float32), samples.astype(np.float32)
    seen, total = np.zeros(len(points)), np.zeros(len(points))
    for i in range(N_DIRECTIONS):
        up = 1 - 2 * (i + 0.5) / N_DIRECTIONS
        if up < -0.75:  # nothing shines from straight below
            continue
        flat = math.sqrt(1 - up * up)
        towards = np.array([flat * math.cos(i * SPREAD), up, flat * math.sin(i * SPREAD)])
        weight = np.clip(normals @ towards, 0, 1) * (1.0 if up > -0.2 else 0.6)
        seen += weight * _visible(places, splats, towards)
        total += weight
    out = seen / np.maximum(total, 1e-6)
    mean = neighbour_mean(triangles, len(points))
    for _ in range(2):
        out = 0.4 * out + 0.6 * (mean @ out)
    return np.asarray(out)


def _sample(points: FloatArray, triangles: IntArray, rng: np.random.Generator) -> FloatArray:
    r = np.sqrt(rng.random((SAMPLES_PER_TRIANGLE, len(triangles), 1)))
    q = rng.random((SAMPLES_PER_TRIANGLE, len(triangles), 1))
    a, b, c = (points[triangles[:, k]] for k in range(3))
    return np.asarray(((1 - r) * a + r * (1 - q) * b + r * q * c).reshape(-1, 3))


def _visible(
    points: NDArray[np.float32], samples: NDArray[np.float32], towards: FloatArray
) -> FloatArray:
    right = np.cross(towards, [0, 1, 0.01])
    right /= np.linalg.norm(right)
    frame = np.stack([right, np.cross(towards, right), towards]).astype(np.float32)
    splats, places = samples @ frame.T, points @ frame.T
    low = splats[:, :2].min(0)
    size = np.ceil((splats[:, :2].max(0) - low) * CELLS_PER_DM).astype(int) + 1

    def cell(at: NDArray[np.float32]) -> IntArray:
        index = ((at[:, :2] - low) * CELLS_PER_DM).astype(np.int32)
        np.clip(index, 0, size - 1, out=index)
        return np.asarray(index[:, 0] * size[1] + index[:, 1])

    nearest = np.full(int(size.prod()), -1e9, np.float32)
    np.maximum.at(nearest, cell(splats), splats[:, 2])
    behind = nearest[cell(places)] - places[:, 2]
    return np.asarray(1 - np.clip((behind - 0.03) / 0.05, 0, 1))


def hollowness(points: FloatArray, normals: FloatArray, triangles: IntArray) -> FloatArray:
    """Return how far each vertex lies below its neighbours, relative to their distance, (P,)."""
    mean = neighbour_mean(triangles, len(points))
    depth = ((mean @ points - points) * normals).sum(1)
    spread = (mean @ (points**2) - 2 * (mean @ points) * points + points**2).sum(1)
    out = np.clip(depth / np.sqrt(np.maximum(1e-9, spread)), -0.5, 0.5)
    return np.asarray(0.5 * out + 0.5 * (mean @ out))
