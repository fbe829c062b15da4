"""A bob: parted at the side, falling round the face to the chin.

Places are in template space, decimetres. Shapes: n strands, K knots.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from tools.assets.array import BoolArray, FloatArray
from tools.assets.ground import Ground, Roots
from tools.assets.haircard import Ribbons
from tools.assets.hairdo import HairDo, Layer, put_up
from tools.assets.strand import Growth, Step, grow, resample

__all__ = ["BobCut", "grow_bob"]

EYE_Y: Final = 7.28
FACE_LIMIT: Final = (
    (5.9, 6.4, 6.9, 7.45, 7.75, 7.95, 8.10),
    (0.56, 0.62, 0.70, 0.70, 0.54, 0.30, 0.0),
)
"""Height, and half the width that hair leaves free of the face there."""
LEAST_LENGTH_DM: Final = 0.5


@dataclass(frozen=True, slots=True)
class BobCut:
    """The cut.

    Attributes:
        part_x: Where the hair is parted.
        end_y: Height at which it ends, lowest and highest strand.
        curl_in: How much the ends turn in.
        wave: Sideways waves, dm.
    """

    part_x: float = 0.22
    end_y: tuple[float, float] = (6.25, 6.5)
    curl_in: float = 0.30
    wave: float = 0.0


def grow_bob(cut: BobCut, ground: Ground, detail: float, rng: np.random.Generator) -> HairDo:
    """Grow the hair on a head."""
    inner = _strands(cut, ground, ground.roots(900, rng), (0.05, 0.10), rng)
    outer = _strands(cut, ground, ground.roots(round(620 * detail), rng), (0.10, 0.16), rng)
    stray = _strands(cut, ground, ground.roots(round(90 * detail), rng), (0.15, 0.19), rng)
    n_knots = 12 if detail >= 1 else 9
    layers = [
        Layer("HairOuter", _long(outer, n_knots), Ribbons(0.13 / detail**0.7)),
        Layer(
            "HairStray", _long(stray, n_knots),
            Ribbons(0.05 / detail**0.5, twist_rad=0.25, shade=(0.8, 1.1)),
        ),
    ]  # fmt: skip
    # The body ends before its hairs do: thin ends, not a helmet's rim.
    bodies = _long(inner, 40)[:, :38], _long(outer, 40)[:, :36]
    scalp = ground.roots(3500, rng, least_dm=-0.02)
    stubs = scalp.points[:, None] + scalp.normals[:, None] * np.array([0.0, 0.03])[:, None]
    body = np.concatenate([points.reshape(-1, 3) for points in (*bodies, stubs)])
    return put_up(body, layers, ground, thickness_dm=0.075, detail=detail, rng=rng)


def _long(strands: FloatArray, n_knots: int) -> FloatArray:
    evenly, length = resample(strands, n_knots)
    return evenly[length > LEAST_LENGTH_DM]


def _strands(
    cut: BobCut,
    ground: Ground,
    roots: Roots,
    layer: tuple[float, float],
    rng: np.random.Generator,
) -> FloatArray:
    n = len(roots.points)
    side = np.where(roots.template[:, 0] > cut.part_x + 0.02 * rng.normal(size=n), 1.0, -1.0)
    back = np.interp(roots.template[:, 2], [-0.6, 0.2, 0.9, 1.3], [0.1, 0.25, 0.55, 0.75])
    off = layer[0] + (layer[1] - layer[0]) * rng.random(n)
    end = cut.end_y[0] + (cut.end_y[1] - cut.end_y[0]) * rng.random(n)
    end = end + np.where(
        roots.template[:, 2] < -0.2, -0.05, 0.10 * np.clip(roots.template[:, 2], 0, 1.2)
    )
    drift, phase = rng.normal(size=n) * 0.02, rng.random(n) * 6.28

    def field(step: Step) -> FloatArray:
        flat = np.clip(step.normals[:, 1] * 1.15, 0, 1)
        far = np.clip(step.height - off, 0, 0.6)
        wish = np.column_stack(
            [side * (1.1 * flat + 0.02) + drift, np.full(n, -1.15), -back * (0.25 + 0.9 * flat)]
        )
        wish[:, 0] += cut.wave * np.sin(phase * 0.2 + 22 * step.progress)
        low = np.clip((6.75 - step.template[:, 1]) / 0.5, 0, 1)
        wish[:, 0] -= np.sign(step.points[:, 0]) * low * cut.curl_in
        wish[:, 2] -= 0.05 * low
        wish -= step.normals * (far * 1.6)[:, None]
        into = np.minimum((wish * step.normals).sum(1), 0) * np.exp(-far / 0.10)
        return np.asarray(wish - step.normals * into[:, None])

    def correct(step: Step) -> FloatArray:
        x, y, z = step.template.T
        limit = np.interp(y, *FACE_LIMIT)
        inside = np.where((z > 0.62) & (np.abs(x) < limit), limit - np.abs(x), 0.0)
        moved = step.points.copy()
        moved[:, 0] += side * np.clip(inside, 0, 0.10)
        moved[:, 2] -= np.clip(inside, 0, 0.2) * 0.35
        ahead = z - np.interp(y, [6.0, 6.6, 7.2, 7.6], [0.80, 0.92, 1.07, 1.37])
        moved[:, 2] -= np.where(y < 7.7, np.clip(ahead, 0, 1), 0)
        return moved

    def stop(step: Step) -> BoolArray:
        return np.asarray(step.template[:, 1] < end)

    start = roots.normals * 0.35 + np.column_stack([side * 0.9, np.full(n, 0.2), -back * 0.4])
    growth = Growth(field, np.full(n, 4.0), off, 52, 0.55, start, stop, correct)
    return grow(ground, roots, growth)
