"""Strands as narrow ribbons with a texture of many hairs.

Shapes: n strands, K knots.
"""

from dataclasses import dataclass

import numpy as np

from tools.assets.array import FloatArray
from tools.assets.ground import Ground
from tools.assets.hairshell import HairVolume
from tools.assets.hairtexture import N_LOCKS
from tools.assets.part import Part
from tools.assets.surface import unit_rows

__all__ = ["Ribbons", "ribbon_part"]


@dataclass(frozen=True, slots=True)
class Ribbons:
    """How strands become ribbons.

    Attributes:
        width_dm: Of a ribbon at its widest.
        taper: Width at the tip, relative.
        twist_rad: Spread of the angle by which ribbons stand off the surface.
        shade: Brightness at the root and at the tip, relative to the hair's colour.
        variety: Spread of brightness from ribbon to ribbon.
    """

    width_dm: float
    taper: float = 0.55
    twist_rad: float = 0.12
    shade: tuple[float, float] = (0.72, 1.05)
    variety: float = 0.16


def ribbon_part(
    name: str,
    strands: FloatArray,
    volume: HairVolume,
    ground: Ground,
    ribbons: Ribbons,
    rng: np.random.Generator,
) -> Part:
    """Return ribbons along strands, (n, K, 3), lit like the body of the hair."""
    n, n_knots, _ = strands.shape
    normal = volume.normals_at(strands.reshape(-1, 3), ground).reshape(strands.shape)
    # Beyond the body's end there is no outside to ask for: tips keep their lock's normal.
    last = max(1, round(0.7 * n_knots))
    normal[:, last:] = normal[:, last - 1 : last]
    normal[:, 1:-1] = unit_rows(normal[:, :-2] + 2 * normal[:, 1:-1] + normal[:, 2:])
    along = unit_rows(np.gradient(strands, axis=1))
    across = unit_rows(np.cross(along, normal))
    outward = np.cross(across, along)
    twist = rng.normal(size=(n, 1, 1)) * ribbons.twist_rad
    across = across * np.cos(twist) + outward * np.sin(twist)
    t = np.linspace(0, 1, n_knots)
    # Short hairs, as along the hairline, are fine hairs.
    length = np.linalg.norm(np.diff(strands, axis=1), axis=2).sum(1)
    fine = np.clip(length / np.median(length), 0.3, 1)[:, None, None]
    width = ribbons.width_dm * fine * (0.7 + 0.6 * rng.random((n, 1, 1)))
    width = width * np.interp(t, [0, 0.12, 0.6, 1], [0.75, 1, 1, ribbons.taper])[None, :, None]
    edges = np.stack([strands - across * width / 2, strands + across * width / 2], 2)
    # Round the ribbon off: its edges look a little sideways.
    normals = np.stack([normal - across * 0.30, normal + across * 0.30], 2).reshape(-1, 3)
    lock = rng.integers(0, N_LOCKS, n)
    left = (lock + np.where(rng.random(n) < 0.5, 0.03, 0.97)) / N_LOCKS
    right = (2 * lock + 1) / N_LOCKS - left
    u = np.stack([np.repeat(left[:, None], n_knots, 1), np.repeat(right[:, None], n_knots, 1)], 2)
    v = np.repeat(np.tile(0.004 + 0.992 * t, n), 2)
    bright = 1 + ribbons.variety * rng.normal(size=(n, 1))
    bright = np.clip(bright, 0.6, 1.5) * np.interp(
        t,
        [0, 0.5, 1],
        [ribbons.shade[0], (ribbons.shade[0] + 2 * ribbons.shade[1]) / 3, ribbons.shade[1]],
    )
    shade = np.repeat(bright.reshape(-1), 2)
    first = (np.arange(n)[:, None] * 2 * n_knots + 2 * np.arange(n_knots - 1)).reshape(-1)
    triangles = np.concatenate(
        [np.stack([first, first + 1, first + 3], -1), np.stack([first, first + 3, first + 2], -1)]
    )
    return Part(
        name, "Hair", edges.reshape(-1, 3), triangles, unit_rows(normals),
        np.column_stack([u.reshape(-1), v]),
        np.column_stack([shade, shade, shade, np.ones(len(shade))]),
    )  # fmt: skip
