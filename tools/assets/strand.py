"""Grow strands of hair: step by step along a direction field, never into the head.

Shapes: n strands, K knots of a strand.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from tools.assets.array import BoolArray, FloatArray
from tools.assets.ground import Ground, Roots
from tools.assets.surface import unit_rows

__all__ = ["Growth", "Step", "grow", "resample"]


@dataclass(frozen=True, slots=True)
class Step:
    """What a direction field may look at.

    Attributes:
        points: Tips of the growing strands, (n, 3).
        template: The same in template space, (n, 3).
        height: Above the surface, (n,).
        normals: Of the surface below, (n, 3).
        progress: 0 at the root to 1.
    """

    points: FloatArray
    template: FloatArray
    height: FloatArray
    normals: FloatArray
    progress: float


Field: TypeAlias = Callable[[Step], FloatArray]


@dataclass(frozen=True, slots=True)
class Growth:
    """How strands grow.

    Attributes:
        field: Direction in which a tip wants to go, (n, 3), any length.
        length_dm: Of each strand, (n,).
        layer_dm: Least height above the surface once a strand has left its root, (n,).
        steps: How many.
        stiffness: Share of its direction that a strand keeps from step to step.
        start: Direction at the root, (n, 3).
        stop: Which strands end here, given a step, (n,). None: by length alone.
        correct: Moves tips to where they must be, given a step, (n, 3). None: nowhere.
    """

    field: Field
    length_dm: FloatArray
    layer_dm: FloatArray
    steps: int
    stiffness: float
    start: FloatArray
    stop: Callable[[Step], BoolArray] | None = None
    correct: Callable[[Step], FloatArray] | None = None


def grow(ground: Ground, roots: Roots, growth: Growth) -> FloatArray:
    """Return strands as polylines, (n, steps + 1, 3). Ended strands repeat their last knot."""
    tip = roots.points + roots.normals * 0.004
    direction = unit_rows(growth.start)
    stride = (growth.length_dm / growth.steps)[:, None]
    alive = np.ones(len(tip), dtype=bool)
    out = [tip]
    for index in range(growth.steps):
        progress = (index + 1) / growth.steps
        height, normal = ground.above(tip)
        step = Step(tip, ground.to_template(tip), height, normal, progress)
        wish = unit_rows(growth.field(step))
        direction = unit_rows(growth.stiffness * direction + (1 - growth.stiffness) * wish)
        moved = tip + direction * stride
        height, normal = ground.above(moved)
        least = growth.layer_dm * np.clip(progress * 3, 0, 1)
        moved = moved + normal * np.clip(least - height, 0, 0.5)[:, None]
        if growth.correct is not None:
            at = Step(moved, ground.to_template(moved), height, normal, progress)
            moved = growth.correct(at)
        if growth.stop is not None:
            at = Step(moved, ground.to_template(moved), height, normal, progress)
            alive = alive & ~growth.stop(at)
        tip = np.where(alive[:, None], moved, tip)
        out.append(tip)
    return np.stack(out, 1)


def resample(strands: FloatArray, n_knots: int) -> tuple[FloatArray, FloatArray]:
    """Space knots evenly along strands and smooth them.

    Returns:
        Strands (n, n_knots, 3) and their lengths (n,).
    """
    piece = np.linalg.norm(np.diff(strands, axis=1), axis=2)
    along = np.concatenate([np.zeros((len(strands), 1)), np.cumsum(piece, 1)], 1)
    out = np.empty((len(strands), n_knots, 3))
    for i, s in enumerate(along):
        at = np.linspace(0, s[-1], n_knots)
        for axis in range(3):
            out[i, :, axis] = np.interp(at, s, strands[i, :, axis])
    for _ in range(2):
        out[:, 1:-1] = 0.5 * out[:, 1:-1] + 0.25 * (out[:, :-2] + out[:, 2:])
    return out, along[:, -1]
