"""Noise in space, and the small things one paints with.

Shapes: arrays of points end in 3; scalar fields have the same leading shape.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tools.assets.array import FloatArray, IntArray

__all__ = ["fbm", "gauss", "mix", "value_noise"]


def _hash(cell: IntArray, seed: int) -> FloatArray:
    n = cell[..., 0] * 374761393 + cell[..., 1] * 668265263 + cell[..., 2] * 2147483647
    n = (n + seed * 1274126177) & 0xFFFFFFFF
    n = ((n ^ (n >> 13)) * 1274126177) & 0xFFFFFFFF
    return np.asarray(((n ^ (n >> 16)) & 0xFFFF) / 65535.0)


def value_noise(points: NDArray[np.floating], frequency: float, seed: int) -> FloatArray:
    """Return smooth noise in [-1, 1] whose cells are 1 / ``frequency`` wide."""
    scaled = np.asarray(points, dtype=np.float64) * frequency
    cell = np.floor(scaled).astype(np.int64)
    t = scaled - cell
    t = t * t * (3 - 2 * t)
    out = np.zeros(scaled.shape[:-1])
    for corner in np.ndindex(2, 2, 2):
        weight = np.where(np.array(corner) == 1, t, 1 - t).prod(-1)
        out += weight * _hash(cell + np.array(corner), seed)
    return out * 2 - 1


def fbm(points: NDArray[np.floating], frequency: float, octaves: int, seed: int) -> FloatArray:
    """Return a sum of noises, each twice as fine and half as strong as the one before."""
    total = np.zeros(points.shape[:-1])
    for k in range(octaves):
        total += value_noise(points, frequency * 2**k, seed + k) * 0.5**k
    return total


def gauss(
    x: FloatArray, y: FloatArray, centre: tuple[float, float], width: tuple[float, float]
) -> FloatArray:
    """Return a bell over the plane: 1 at its centre."""
    return np.asarray(
        np.exp(-(((x - centre[0]) / width[0]) ** 2 + ((y - centre[1]) / width[1]) ** 2))
    )


def mix(base: FloatArray, colour: FloatArray | Sequence[float], amount: FloatArray) -> FloatArray:
    """Return ``base`` (…, 3) moved towards a colour by ``amount`` (…)."""
    return np.asarray(base + (np.asarray(colour) - base) * amount[..., None])
