"""Eyelashes as fine strands, each bent over the strip that the base mesh has for them."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from tools.assets.array import FloatArray
from tools.assets.lid import MARGIN_ROW, LidStrips
from tools.assets.part import Part

__all__ = ["lash_part"]

N_LASHES: Final = {"upper": 90, "lower": 46}
LENGTH: Final = {"upper": 1.0, "lower": 0.36}
WIDTH_DM: Final = {"upper": 0.0034, "lower": 0.0022}
N_KNOTS: Final = 4


def lash_part(
    positions: FloatArray,
    units: Mapping[str, FloatArray],
    strips: LidStrips,
    *,
    length: float,
    detail: float,
    rng: np.random.Generator,
) -> Part:
    """Return the lashes of both eyes.

    Args:
        positions: The base mesh in the person's shape.
        units: Face units on the base mesh.
        strips: The lash strips.
        length: 1 is natural.
        detail: 1 for the full avatar, less for fewer lashes.
        rng: Where no two lashes' difference comes from.
    """
    names = list(units)
    # One wide array: rest position, then the displacement of every unit.
    fields = np.concatenate([positions, *(units[name] for name in names)], 1)
    rows: list[FloatArray] = []
    triangles: list[list[int]] = []
    for (_, lid), grid in strips.grids.items():
        last = grid.shape[1] - 1
        count = round(N_LASHES[lid] * detail)
        for i in range(count):
            at = (i + rng.random()) / count
            s = (0.06 + 0.92 * at) * last
            fan = (at - 0.5) * 0.45 + rng.normal() * 0.14
            root = _along(fields, grid[MARGIN_ROW], s)
            middle = _along(fields, grid[3], s + fan * 0.4)
            tip = _along(fields, grid[4], s + fan)
            reach = LENGTH[lid] * length * (0.8 + 0.35 * rng.random())
            reach *= float(np.interp(at, [0, 0.25, 0.8, 1], [0.45, 0.85, 1.1, 0.75]))
            side = _along(fields, grid[MARGIN_ROW], s + 0.3) - _along(
                fields, grid[MARGIN_ROW], s - 0.3
            )
            across = side[:3] / (np.linalg.norm(side[:3]) + 1e-9)
            first = len(rows)
            for k in range(N_KNOTS):
                t = k / (N_KNOTS - 1)
                point = root + (middle - root) * (0.88 * t * reach)
                point = point + (tip - root) * (0.55 * reach * t * t)
                half = WIDTH_DM[lid] * (1 - t) ** 0.8 / 2
                for sign in (-1, 1) if k < N_KNOTS - 1 else (0,):
                    row = point.copy()
                    row[:3] += across * half * sign
                    rows.append(row)
            for k in range(N_KNOTS - 2):
                a = first + 2 * k
                triangles += [[a, a + 1, a + 3], [a, a + 3, a + 2]]
            a = first + 2 * (N_KNOTS - 2)
            triangles.append([a, a + 1, a + 2])
    table = np.array(rows)
    morphs = {
        name: table[:, 3 + 3 * k : 6 + 3 * k]
        for k, name in enumerate(names)
        if np.abs(table[:, 3 + 3 * k : 6 + 3 * k]).max() > 1e-4
    }
    normals = np.tile([0.0, 0.3, 0.95], (len(table), 1))
    return Part("Eyelashes", "Lash", table[:, :3], np.array(triangles), normals, morphs=morphs)


def _along(fields: FloatArray, row: FloatArray, s: float) -> FloatArray:
    """Return the fields at place ``s`` along a row of vertices."""
    s = float(np.clip(s, 0, len(row) - 1))
    i = min(int(s), len(row) - 2)
    t = s - i
    return np.asarray(fields[row[i]] * (1 - t) + fields[row[i + 1]] * t)
