"""A knitted top: the bust below a neckline, pushed out and smoothed, with a rolled collar.

Positions are in template space, decimetres. Shapes: P points, T triangles.
"""

import math
from collections import defaultdict
from typing import Final

import numpy as np

from tools.assets.array import FloatArray, IntArray
from tools.assets.part import Part
from tools.assets.source import Template
from tools.assets.surface import (
    cut_patch,
    neighbour_mean,
    smoothstep,
    unit_rows,
    vertex_normals,
)

__all__ = ["bust_faces", "cloth_parts", "neckline"]

WAIST_DM: Final = 4.45
HALF_WIDTH_DM: Final = 2.35
COLLAR_POINTS: Final = 160
COLLAR_RING: Final = 12


def neckline(points: FloatArray) -> FloatArray:
    """Return how far points of the template, (P, 3), lie above the neckline, (P,)."""
    x, y, z = points.T
    return np.asarray(y - (5.36 - 0.34 * z + 0.44 * np.sqrt(x**2 + 0.09)))


def bust_faces(template: Template) -> IntArray:
    """Return the faces of head, neck and shoulders, by index."""
    centre = template.vertices[template.faces].mean(1)
    inside = (centre[:, 1] > WAIST_DM) & (np.abs(centre[:, 0]) < HALF_WIDTH_DM)
    return np.flatnonzero((template.groups == "body") & inside)


def cloth_parts(template: Template, positions: FloatArray) -> list[Part]:
    """Return shirt and collar for a person's shape."""
    faces = bust_faces(template)
    centre = template.vertices[template.faces[faces]].mean(1)
    patch = cut_patch(template, faces[neckline(centre) < 0.35], levels=1)
    rest, body, triangles = patch.of(template.vertices), patch.of(positions), patch.triangles
    height = neckline(rest)
    mean = neighbour_mean(triangles, len(body))
    smooth = body
    for _ in range(14):
        smooth = 0.5 * smooth + 0.5 * (mean @ smooth)
    # Cloth bridges what the body dents: the further down, the more.
    amount = smoothstep(0, -0.9, height)[:, None] * 0.9 + 0.08
    shape = body * (1 - amount) + smooth * amount
    away = 0.045 + 0.05 * smoothstep(0, -0.7, height)
    shape = shape + vertex_normals(shape, triangles) * away[:, None]
    points, triangles, cuts = _clip(shape, triangles, height)
    used, inverse = np.unique(triangles, return_inverse=True)
    uv = points[used][:, :2] * 0.9
    shirt = Part.shaded("Shirt", "Cloth", points[used], inverse.reshape(-1, 3), uv=uv, joint="Bust")
    return [shirt, _collar(points, cuts)]


def _clip(
    points: FloatArray, triangles: IntArray, height: FloatArray
) -> tuple[FloatArray, IntArray, list[tuple[int, int]]]:
    """Cut a mesh where ``height`` is 0 and keep what is below.

    Returns:
        Points, triangles, and the edges of the cut as pairs of points.
    """
    out = list(points)
    made: dict[tuple[int, int], int] = {}
    kept: list[list[int]] = []
    edges: list[tuple[int, int]] = []

    def cut(a: int, b: int) -> int:
        key = (min(a, b), max(a, b))
        if key not in made:
            t = height[a] / (height[a] - height[b])
            out.append(points[a] * (1 - t) + points[b] * t)
            made[key] = len(out) - 1
        return made[key]

    for triangle in triangles:
        corners = [int(v) for v in triangle]
        below = [height[v] < 0 for v in corners]
        if not any(below):
            continue
        polygon: list[int] = []
        crossing: list[int] = []
        for i in range(3):
            a, b = corners[i], corners[(i + 1) % 3]
            if below[i]:
                polygon.append(a)
            if below[i] != below[(i + 1) % 3]:
                crossing.append(cut(a, b))
                polygon.append(crossing[-1])
        kept += [[polygon[0], polygon[i], polygon[i + 1]] for i in range(1, len(polygon) - 1)]
        if len(crossing) == 2:
            edges.append((crossing[0], crossing[1]))
    return np.array(out), np.array(kept), edges


def _collar(points: FloatArray, edges: list[tuple[int, int]]) -> Part:
    """Return a tube along the cut."""
    line = _resample(points[_loop(points, edges)])
    tangent = unit_rows(np.roll(line, -1, 0) - np.roll(line, 1, 0))
    outward = line - line.mean(0)
    outward = unit_rows(outward - tangent * (outward * tangent).sum(1, keepdims=True))
    upward = np.cross(tangent, outward)
    upward *= np.sign((upward * [0, 1, 0.2]).sum(1, keepdims=True))
    rings, uv = [], []
    for step in range(COLLAR_RING):
        angle = 2 * math.pi * step / COLLAR_RING
        rings.append(
            line
            + upward * (0.062 * math.sin(angle) + 0.012)
            + outward * (0.026 * math.cos(angle) - 0.006)
        )
        uv.append(np.column_stack([np.linspace(0, 9, len(line)), np.full(len(line), step / 99)]))
    tube = np.stack(rings, 1).reshape(-1, 3)
    start = np.arange(len(line))[:, None] * COLLAR_RING
    after = np.roll(start, -1, 0)
    k, following = np.arange(COLLAR_RING)[None], (np.arange(COLLAR_RING)[None] + 1) % COLLAR_RING
    triangles = np.concatenate(
        [np.stack([start + k, start + following, after + following], -1).reshape(-1, 3),
         np.stack([start + k, after + following, after + k], -1).reshape(-1, 3)]
    )  # fmt: skip
    facing = vertex_normals(tube, triangles) * (tube - np.repeat(line, COLLAR_RING, 0))
    if facing.sum() < 0:
        triangles = triangles[:, ::-1]
    return Part.shaded(
        "Collar", "Cloth", tube, triangles, uv=np.stack(uv, 1).reshape(-1, 2), joint="Bust"
    )


def _loop(points: FloatArray, edges: list[tuple[int, int]]) -> list[int]:
    """Return the points of the cut in order, from the front."""
    neighbours: dict[int, list[int]] = defaultdict(list)
    for a, b in edges:
        neighbours[a].append(b)
        neighbours[b].append(a)
    start = max(neighbours, key=lambda v: float(points[v][2]))
    loop = [start, neighbours[start][0]]
    while True:
        onward = [v for v in neighbours[loop[-1]] if v != loop[-2]]
        if not onward or onward[0] == start:
            return loop
        loop.append(onward[0])


def _resample(line: FloatArray) -> FloatArray:
    closed = np.vstack([line, line[:1]])
    s = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(closed, axis=0), axis=1))])
    at = np.linspace(0, s[-1], COLLAR_POINTS, endpoint=False)
    out = np.stack([np.interp(at, s, closed[:, k]) for k in range(3)], 1)
    for _ in range(12):
        out = 0.5 * out + 0.25 * (np.roll(out, 1, 0) + np.roll(out, -1, 0))
    return out
