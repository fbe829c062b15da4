"""The strips of the base mesh that carry the lashes: where the lids end.

Shapes: R rows from lid to tip, N points along the lid from nose to temple.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tools.assets.array import FloatArray, IntArray
from tools.assets.source import Template

__all__ = ["LidStrips", "lid_strips"]

MARGIN_ROW = 1
"""The row of a strip that runs along the edge of the lid; row 0 lies inside it."""


@dataclass(frozen=True, slots=True)
class LidStrips:
    """Vertex grids (R, N) by side (``l``, ``r``) and lid (``upper``, ``lower``)."""

    grids: Mapping[tuple[str, str], IntArray]

    def margin(self, positions: FloatArray, side: str, lid: str, steps: int = 8) -> FloatArray:
        """Return points along the edge of a lid, (``steps`` · (N - 1), 3)."""
        row = positions[self.grids[side, lid][MARGIN_ROW]]
        t = np.linspace(0, 1, steps)[:, None, None]
        return np.asarray((row[:-1] * (1 - t) + row[1:] * t).reshape(-1, 3))


def lid_strips(template: Template) -> LidStrips:
    """Find the lash strips and sort their vertices into rows."""
    names = {"lower": "1", "upper": "2"}
    return LidStrips(
        {
            (side, lid): _grid(template, f"helper-{side}-eyelashes-{number}")
            for side in "lr"
            for lid, number in names.items()
        }
    )


def _grid(template: Template, group: str) -> IntArray:
    quads = template.faces[template.group(group)]
    first = _inner_row(template.vertices, quads)
    rows, used = [first], set()
    while True:
        following: list[int] = []
        for a, b in zip(rows[-1], rows[-1][1:], strict=False):
            for index, quad in enumerate(quads):
                face = [int(v) for v in quad]
                if index in used or a not in face or b not in face:
                    continue
                used.add(index)
                after_a, after_b = _opposite(face, a, b)
                following += [after_b] if following else [after_a, after_b]
                break
        if len(following) < len(first):
            return np.array(rows)
        rows.append(following)


def _opposite(face: list[int], a: int, b: int) -> tuple[int, int]:
    """Return the corners across the quad from ``a`` and from ``b``."""
    at_a, at_b = face.index(a), face.index(b)
    if (at_a + 1) % 4 == at_b:
        return face[(at_b + 2) % 4], face[(at_b + 1) % 4]
    return face[(at_a + 1) % 4], face[(at_a + 2) % 4]


def _inner_row(vertices: FloatArray, quads: IntArray) -> list[int]:
    """Return the long border of a strip that lies deeper in the head, from the nose outwards."""
    neighbours: dict[int, set[int]] = defaultdict(set)
    count: Counter[tuple[int, int]] = Counter()
    for quad in quads:
        for i in range(4):
            a, b = int(quad[i]), int(quad[(i + 1) % 4])
            neighbours[a].add(b)
            neighbours[b].add(a)
            count[min(a, b), max(a, b)] += 1
    corners = [v for v, around in neighbours.items() if len(around) == 2]
    border: dict[int, list[int]] = defaultdict(list)
    for (a, b), n in count.items():
        if n == 1:
            border[a].append(b)
            border[b].append(a)
    loop = [corners[0], border[corners[0]][0]]
    while (step := next(v for v in border[loop[-1]] if v != loop[-2])) != loop[0]:
        loop.append(step)
    at = [i for i, v in enumerate(loop) if v in corners]
    sides = [
        loop[a : b + 1] if b > a else loop[a:] + loop[: b + 1]
        for a, b in zip(at, at[1:] + at[:1], strict=True)
    ]
    row = min(sorted(sides, key=len)[-2:], key=lambda side: float(vertices[side][:, 2].mean()))
    return row[::-1] if abs(vertices[row[0], 0]) > abs(vertices[row[-1], 0]) else row
