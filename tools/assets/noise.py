"""Noise in space, and the small things one paints with.

Shapes: arrays of points end in 3; scalar fields have the same leading shape.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tools.assets.array import FloatArray

__all__ = ["fbm", "gauss", "mix", "value_noise"]


def _hash(
    x: NDArray[np.uint32], y: NDArray[np.uint32], z: NDArray[np.uint32], seed: int
) -> NDArray[np.float32]:
    """Return a number in [0, 1] per cell. The arithmetic wraps: that is the point."""
    n = x * np.uint32(374761393) + y * np.uint32(668265263) + z * np.uint32(2147483647)
    n = n + np.uint32(seed * 1274126177 & 0xFFFFFFFF)
    n = (n ^ (n >> np.uint32(13))) * np.uint32(1274126177)
    low = (n ^ (n >> np.uint32(16))) & np.uint32(0xFFFF)
    return np.asarray(low.astype(np.float32) / np.float32(65535))


def value_noise(points: NDArray[np.floating], frequency: float, seed: int) -> FloatArray:
    """Return smooth noise in [-1, 1] whose cells are 1 / ``frequency`` wide."""
    scaled = np.asarray(points, dtype=np.float32) * np.float32(frequency)
    floor = np.floor(scaled)
    t = scaled - floor
    t = t * t * (3 - 2 * t)
    cell = [axis.astype(np.int32).astype(np.uint32) for axis in np.moveaxis(floor, -1, 0)]
    tx, ty, tz = np.moveaxis(t, -1, 0)
    out = np.zeros(scaled.shape[:-1], np.float32)
    one = np.uint32(1)
    for dz, wz in ((0, 1 - tz), (1, tz)):
        for dy, wy in ((0, 1 - ty), (1, ty)):
            weight = wy * wz
            y, z = cell[1] + one * dy, cell[2] + one * dz
            low, high = _hash(cell[0], y, z, seed), _hash(cell[0] + one, y, z, seed)
            out += weight * (low + (high - low) * tx)
    return (out * 2 - 1).astype(np.float64)


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
