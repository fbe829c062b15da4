"""Teeth, gums and tongue.

The base mesh has plain bars for teeth. Their arch and their motion are kept; the teeth themselves
are rounded blocks, seven on each side.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from scipy.interpolate import CubicSpline  # type: ignore[import-untyped] # it ships no types
from scipy.spatial import cKDTree  # type: ignore[import-untyped] # as above

from tools.assets.array import FloatArray, IntArray
from tools.assets.part import Part
from tools.assets.source import Template
from tools.assets.surface import cut_patch, vertex_normals

__all__ = ["mouth_parts"]

ARCH_VERTICES: Final = (15079, 15075, 15074, 15073, 15072, 15084, 15083, 15082, 15081)
"""The front of the upper bar, from the middle to the last molar."""
CROWN_DM: Final = 0.125
GUM_DEPTH_DM: Final = 0.027
GUM_BEHIND_DM: Final = 0.010
LIP_TO_TEETH_DM: Final = 0.016
MOST_FORWARD_DM: Final = 0.10
LOWER_SHARE: Final = 0.35
REST_GAP_DM: Final = 0.022
"""A resting jaw hangs a little: the rows do not touch."""


@dataclass(frozen=True, slots=True)
class _Row:
    """One row of teeth.

    Attributes:
        widths: Relative, from the middle outwards, (7,).
        heights: Relative to ``CROWN_DM``, (7,).
        inset: How much narrower and deeper the arch is than the upper bar's, (2,).
    """

    name: str
    group: str
    is_upper: bool
    widths: tuple[float, ...]
    heights: tuple[float, ...]
    inset: tuple[float, float]


UPPER: Final = _Row(
    "Upper", "helper-upper-teeth", True,
    (8.6, 6.6, 7.6, 7.0, 6.8, 9.5, 9.0), (1.0, 0.90, 0.98, 0.84, 0.78, 0.70, 0.66), (1.0, 0.0),
)  # fmt: skip
LOWER: Final = _Row(
    "Lower", "helper-lower-teeth", False,
    (5.4, 5.9, 6.8, 6.9, 7.0, 10.0, 9.5), (0.86, 0.88, 0.95, 0.86, 0.80, 0.74, 0.70),
    (0.965, 0.045),
)  # fmt: skip
DEPTHS: Final = (0.55, 0.5, 0.62, 0.85, 0.9, 1.1, 1.1)


def mouth_parts(
    template: Template,
    positions: FloatArray,
    units: Mapping[str, FloatArray],
    lower_lip: FloatArray,
    *,
    detail: float,
) -> list[Part]:
    """Return teeth, gums and tongue in the person's shape.

    Args:
        template: The base mesh.
        positions: Its vertices on the person, (V, 3).
        units: Face units, (V, 3) each.
        lower_lip: Points of the lower lip at rest, (P, 3): the teeth stand close behind it.
        detail: 1 for the full avatar, less for fewer vertices.
    """
    parts = []
    for row in (UPPER, LOWER):
        parts += _teeth_and_gums(template, positions, units, row, detail)
    parts.append(_tongue(template, positions, units, levels=1 if detail >= 1 else 0))
    forward = _way_to_lip(parts[0].positions, lower_lip)
    return [
        replace(part, positions=part.positions + np.array([0, 0, _share(part) * forward]))
        for part in parts
    ]


def _share(part: Part) -> float:
    """Return how much of the way a part goes: below, the chin leaves less room."""
    return LOWER_SHARE if part.name.endswith("Lower") else 1.0


def _way_to_lip(teeth: FloatArray, lower_lip: FloatArray) -> float:
    """Return how far the upper teeth must come forward to stand just behind the lower lip."""
    front = teeth[np.abs(teeth[:, 0]) < 0.09]
    low, high = 0.0, MOST_FORWARD_DM
    for _ in range(12):
        middle = (low + high) / 2
        distance, _ = cKDTree(front + np.array([0, 0, middle])).query(lower_lip)
        if distance.min() > LIP_TO_TEETH_DM:
            low = middle
        else:
            high = middle
    return low


class _Arch:
    """The curve that a row of teeth stands on, seen from above."""

    def __init__(self, positions: FloatArray, row: _Row) -> None:
        bar = positions[list(ARCH_VERTICES)]
        x, z = np.abs(bar[:, 0]) * row.inset[0], bar[:, 2] - row.inset[1]
        s = np.concatenate([[0], np.cumsum(np.hypot(np.diff(x), np.diff(z)))])
        s /= s[-1]
        self._x = CubicSpline(s, x, bc_type=((1, x[1] / s[1]), "not-a-knot"))
        self._z = CubicSpline(s, z, bc_type=((1, 0), "not-a-knot"))

    def at(self, s: float) -> FloatArray:
        """Return (x, z) at ``s``, -1 the last tooth on the right to 1 on the left."""
        x = math.copysign(1, s) * float(self._x(abs(s))) * 0.885
        return np.array([x, float(self._z(abs(s))) - 0.040])


def _teeth_and_gums(
    template: Template,
    positions: FloatArray,
    units: Mapping[str, FloatArray],
    row: _Row,
    detail: float,
) -> list[Part]:
    index = template.group_vertices(row.group)
    bar = positions[index]
    arch = _Arch(positions, row)
    if row.is_upper:
        edge, up = float(bar[:, 1].min()) - 0.022, 1.0
    else:
        edge, up = float(bar[:, 1].max()) - 0.062 - REST_GAP_DM, -1.0
    teeth, tooth_triangles = _teeth(arch, row, edge, up, detail)
    gums, gum_triangles = _gums(arch, edge + up * CROWN_DM * 1.02, detail)
    follow = _affine_follow(template, positions, units, index)
    parts = []
    for name, material, points, triangles, least in (
        ("Teeth", "Teeth", teeth, tooth_triangles, 0.22),
        ("Gums", "Gum", gums, gum_triangles, 0.35),
    ):
        depth = np.clip((points[:, 2] - points[:, 2].min()) / np.ptp(points[:, 2]), 0, 1)
        shade = least + (1 - least) * depth**1.1
        colours = np.column_stack([shade, shade * 0.985, shade * 0.96, np.ones(len(points))])
        morphs = {n: np.column_stack([points, np.ones(len(points))]) @ m for n, m in follow.items()}
        parts.append(
            Part.shaded(
                name + row.name, material, points, triangles, colours=colours, morphs=morphs
            )
        )
    return parts


def _affine_follow(
    template: Template,
    positions: FloatArray,
    units: Mapping[str, FloatArray],
    index: IntArray,
) -> dict[str, FloatArray]:
    """Return, for each unit that moves the bar as a whole, the map (4, 3) that says how.

    The units are fitted where they were made, on the base mesh, and shifted to the person.
    """
    shift = template.vertices[index].mean(0) - positions[index].mean(0)
    system = np.column_stack([template.vertices[index], np.ones(len(index))])
    out: dict[str, FloatArray] = {}
    for name, unit in units.items():
        moved = unit[index]
        if np.abs(moved).max() < 1e-4 or (np.abs(moved).max(1) > 1e-4).mean() < 0.6:
            continue
        matrix = np.asarray(np.linalg.lstsq(system, moved, rcond=None)[0], dtype=np.float64)
        matrix[3] += shift @ matrix[:3]
        out[name] = matrix
    return out


def _teeth(
    arch: _Arch, row: _Row, edge: float, up: float, detail: float
) -> tuple[FloatArray, IntArray]:
    """Return seven teeth on each side, biting edges at height ``edge``."""
    samples = np.array([arch.at(s) for s in np.linspace(-1, 1, 801)])
    length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(samples, axis=0), axis=1))])
    widths = np.array(row.widths) / sum(row.widths) * length[-1] / 2 * 0.97
    block, triangles = _block(12 if detail >= 1 else 8, 9 if detail >= 1 else 7)
    points: list[FloatArray] = []
    faces: list[IntArray] = []
    for sign in (-1, 1):
        starts = np.concatenate([[0], np.cumsum(widths)[:-1]])
        for k in range(7):
            i = int(np.searchsorted(length, length[-1] / 2 + sign * (starts[k] + widths[k] / 2)))
            at = samples[min(i, 800)]
            along = samples[min(i + 4, 800)] - samples[max(i - 4, 0)]
            along /= np.linalg.norm(along)
            out = np.array([-along[1], along[0]])
            if out[1] < 0 or (at[0] * out[0] < 0 and k > 3):
                out = -out
            x, y, z = _crown(block, k).T
            height = CROWN_DM * row.heights[k]
            plane = at + np.outer(x, along) * widths[k] / 2
            plane = plane + np.outer(z, out) * 0.0288 * DEPTHS[k]
            tooth = np.column_stack(
                [plane[:, 0], edge + up * (height / 2 + y * height * 0.62), plane[:, 1]]
            )
            faces.append(_outward(tooth, triangles) + len(points) * len(block))
            points.append(tooth)
    return np.concatenate(points), np.concatenate(faces)


def _block(n_around: int, n_rings: int) -> tuple[FloatArray, IntArray]:
    """Return a rounded block (a superellipsoid), y from the biting edge -1 to the gum 1."""
    tilt, turn = np.meshgrid(
        np.linspace(-math.pi / 2, math.pi / 2, n_rings),
        np.linspace(0, 2 * math.pi, n_around, endpoint=False),
        indexing="ij",
    )

    def power(value: FloatArray, exponent: float) -> FloatArray:
        return np.asarray(np.sign(value) * np.abs(value) ** exponent)

    belt = power(np.cos(tilt), 0.40)
    block = np.stack(
        [belt * power(np.cos(turn), 0.55), power(np.sin(tilt), 0.55),
         belt * power(np.sin(turn), 0.8)], -1
    )  # fmt: skip
    return block.reshape(-1, 3), _tube_triangles(n_rings, n_around)


def _crown(block: FloatArray, k: int) -> FloatArray:
    """Return the block tapered into tooth ``k``, counted from the middle."""
    x, y, z = block.T
    x = x * (1 - 0.16 * np.maximum(0, y))
    z = z * (1 + 0.25 * y)
    if k == 2:  # a canine has a point
        x = x * (1 - 0.22 * np.maximum(0, -y))
    return np.column_stack([x, y, z])


def _gums(arch: _Arch, height: float, detail: float) -> tuple[FloatArray, IntArray]:
    n_along, n_around = (49, 10) if detail >= 1 else (33, 8)
    rings = []
    turn = np.linspace(0, 2 * math.pi, n_around, endpoint=False)
    for s in np.linspace(-1, 1, n_along):
        at = arch.at(s)
        along = arch.at(min(s + 0.01, 1)) - arch.at(max(s - 0.01, -1))
        along /= np.linalg.norm(along) + 1e-9
        plane = at + np.outer(np.cos(turn), [-along[1], along[0]]) * GUM_DEPTH_DM
        plane = plane - np.array([0, GUM_BEHIND_DM])
        rings.append(np.column_stack([plane[:, 0], height + np.sin(turn) * 0.052, plane[:, 1]]))
    points = np.concatenate(rings)
    return points, _outward(points, _tube_triangles(n_along, n_around), n_around)


def _tube_triangles(n_rings: int, n_around: int) -> IntArray:
    ring, turn = np.meshgrid(np.arange(n_rings - 1), np.arange(n_around), indexing="ij")
    a = (ring * n_around + turn).reshape(-1)
    b = (ring * n_around + (turn + 1) % n_around).reshape(-1)
    return np.concatenate(
        [np.stack([a, a + n_around, b + n_around], -1), np.stack([a, b + n_around, b], -1)]
    )


def _outward(points: FloatArray, triangles: IntArray, ring: int = 0) -> IntArray:
    """Return the triangles turned so that they face away from the middle (of each ring)."""
    middle = points.mean(0)
    if ring:
        middle = points.reshape(-1, ring, 3).mean(1).repeat(ring, 0)
    facing = (vertex_normals(points, triangles) * (points - middle)).sum()
    return triangles if facing > 0 else triangles[:, ::-1]


def _tongue(
    template: Template, positions: FloatArray, units: Mapping[str, FloatArray], levels: int
) -> Part:
    patch = cut_patch(template, template.group("helper-tongue"), levels)
    points = patch.of(positions)
    points[:, 1] -= REST_GAP_DM / 2
    depth = np.clip((points[:, 2] - points[:, 2].min()) / np.ptp(points[:, 2]), 0, 1)
    shade = 0.45 + 0.55 * depth
    used = template.group_vertices("helper-tongue")
    morphs = {n: patch.of(u) for n, u in units.items() if np.abs(u[used]).max() > 1e-4}
    return Part.shaded(
        "Tongue", "Tongue", points, patch.triangles,
        colours=np.column_stack([shade, shade, shade, np.ones(len(points))]), morphs=morphs,
    )  # fmt: skip
