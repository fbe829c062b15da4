"""A short cut: longer on top, brushed to one side; short at the sides.

Places are in template space, decimetres. Shapes: n strands, K knots.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from tools.assets.array import FloatArray
from tools.assets.ground import Ground, Roots
from tools.assets.haircard import Ribbons
from tools.assets.hairdo import HairDo, Layer, put_up
from tools.assets.strand import Growth, Step, grow, resample
from tools.assets.surface import smoothstep

__all__ = ["CropCut", "grow_crop"]

BODY_SHARE: Final = 0.55
"""How far the solid body of the hair reaches along its strands."""


BODY_BEGINS_DM: Final = 0.10
"""How far behind the hairline the solid body begins: before it single hairs show the skin."""
EDGE_ENDS_DM: Final = 0.16
"""Up to here fine hairs are added."""


@dataclass(frozen=True, slots=True)
class CropCut:
    """The cut.

    Attributes:
        top_dm: Length on top.
        side_dm: Length at the sides.
        sweep: How far the top is brushed sideways; < 0 to the person's right.
        back: How far it is brushed back.
        lift: How far it stands up.
        mess: How much strands disagree.
    """

    top_dm: float = 0.45
    side_dm: float = 0.14
    sweep: float = 0.6
    back: float = 0.4
    lift: float = 0.5
    mess: float = 0.16


def grow_crop(cut: CropCut, ground: Ground, detail: float, rng: np.random.Generator) -> HairDo:
    """Grow the hair on a head."""
    body = _strands(cut, ground, ground.roots(3600, rng, least_dm=BODY_BEGINS_DM), BODY_SHARE, rng)
    hair = _strands(cut, ground, ground.roots(round(2600 * detail), rng, least_dm=-0.03), 1.0, rng)
    n_knots = 5 if detail >= 1 else 4
    layer = Layer(
        "HairTop", resample(hair, n_knots)[0],
        Ribbons(0.075 / detail**0.7, taper=0.35, twist_rad=0.35, shade=(0.62, 1.2),
                variety=0.26),
    )  # fmt: skip
    edge = _at_hairline(ground.roots(round(5200 * detail**0.6), rng, least_dm=-0.04))
    fringe = Layer(
        "HairEdge", resample(_strands(cut, ground, edge, 0.8, rng), 4)[0],
        Ribbons(0.034 / detail**0.4, taper=0.3, twist_rad=0.3, shade=(0.7, 1.1), variety=0.2),
    )  # fmt: skip
    return put_up(
        resample(body, 8)[0], [layer, fringe], ground, thickness_dm=0.042, detail=detail, rng=rng
    )


def _at_hairline(roots: Roots) -> Roots:
    """Return the roots of the fine hairs before the body of the hair."""
    edge = roots.height < EDGE_ENDS_DM
    return Roots(roots.points[edge], roots.normals[edge], roots.template[edge], roots.height[edge])


def _strands(
    cut: CropCut, ground: Ground, roots: Roots, scale: float, rng: np.random.Generator
) -> FloatArray:
    n = len(roots.points)
    x, y, z = roots.template.T
    top = smoothstep(7.70, 8.15, y) * smoothstep(-1.0, -0.3, z)
    length = cut.side_dm + (cut.top_dm - cut.side_dm) * top * (
        0.75 + 0.25 * smoothstep(-0.2, 1.0, z)
    )
    length = scale * length * (0.8 + 0.4 * rng.random(n))
    length *= np.interp(roots.height, [-0.03, 0.12, 0.3], [0.45, 0.8, 1])
    # At the hairline hair leans back against the head: else it overhangs the brow like a cap.
    behind = smoothstep(0.0, 0.45, roots.height)
    front = smoothstep(0.6, 1.2, z) * top
    wish = np.column_stack(
        [
            cut.sweep * top + np.sign(x) * 0.05 * (1 - top),
            0.05 * top - 0.9 * (1 - top),
            -cut.back * top
            - 0.55 * (1 - top) * np.where(z > 0.2, 1, 0.3)
            - 0.5 * front * (1 - behind),
        ]
    )
    wish += rng.normal(size=(n, 3)) * cut.mess

    def field(step: Step) -> FloatArray:
        into = np.minimum((wish * step.normals).sum(1), 9)
        return np.asarray(wish - step.normals * into[:, None] * 0.85)

    lift = cut.lift * top * (0.25 + 0.75 * behind)
    start = roots.normals * (lift + 0.06)[:, None] + wish * 0.55
    layer = 0.01 + 0.06 * lift * 2
    return grow(ground, roots, Growth(field, length, layer, 6, 0.62, start))
