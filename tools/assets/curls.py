"""Short natural curls that stand off the head.

Places are in template space, decimetres. Shapes: n strands, K knots.
"""

from dataclasses import dataclass

import numpy as np

from tools.assets.array import FloatArray
from tools.assets.ground import Ground, Roots
from tools.assets.haircard import Ribbons
from tools.assets.hairdo import HairDo, Layer, put_up
from tools.assets.noise import fbm
from tools.assets.strand import Growth, Step, grow, resample

__all__ = ["CurlCut", "grow_curls"]


@dataclass(frozen=True, slots=True)
class CurlCut:
    """The cut.

    Attributes:
        length_dm: How far curls reach off the scalp.
        droop: How far they hang.
        clumps: How uneven the surface is.
    """

    length_dm: float = 0.42
    droop: float = 0.25
    clumps: float = 0.22


def grow_curls(cut: CurlCut, ground: Ground, detail: float, rng: np.random.Generator) -> HairDo:
    """Grow the hair on a head."""
    body = _strands(cut, ground, ground.roots(3600, rng, least_dm=-0.03), 0.86, rng)
    hair = _strands(cut, ground, ground.roots(round(1300 * detail), rng), 1.0, rng)
    n_knots = 5 if detail >= 1 else 4
    tips, _ = resample(hair, 12)
    layer = Layer(
        "HairCurls", resample(tips[:, 5:], n_knots)[0],
        Ribbons(0.16 / detail**0.6, taper=0.9, twist_rad=0.7, shade=(0.7, 1.15), variety=0.22),
    )  # fmt: skip
    return put_up(resample(body, 10)[0], [layer], ground, thickness_dm=0.06, detail=detail, rng=rng)


def _strands(
    cut: CurlCut, ground: Ground, roots: Roots, scale: float, rng: np.random.Generator
) -> FloatArray:
    n = len(roots.points)
    uneven = 1 + cut.clumps * fbm(roots.template, 2.6, 3, 17)
    length = scale * cut.length_dm * uneven * (0.9 + 0.2 * rng.random(n))
    length *= np.interp(roots.height, [0, 0.10, 0.35, 0.8], [0.25, 0.5, 0.85, 1])
    bend = rng.normal(size=(n, 3)) * 0.35

    def field(step: Step) -> FloatArray:
        fall = np.tile([0.0, -cut.droop, -0.1], (n, 1)) * step.progress
        return step.normals + bend * step.progress + fall

    return grow(ground, roots, Growth(field, length, np.zeros(n), 7, 0.4, roots.normals + 0))
