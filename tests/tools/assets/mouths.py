"""A mouth of cardboard, whose every gap is known."""

import numpy as np

from tools.assets.array import FloatArray, IntArray
from tools.assets.glbfile import Glb, MorphMesh

N_ACROSS = 41
N_DOWN = 6
HALF_WIDTH_M = 0.025
LIP_HEIGHT_M = 0.010
DROP_M = 0.030


def _sheet(low_m: float, high_m: float) -> tuple[FloatArray, IntArray]:
    x, y = np.meshgrid(
        np.linspace(-HALF_WIDTH_M, HALF_WIDTH_M, N_ACROSS),
        np.linspace(low_m, high_m, N_DOWN),
        indexing="ij",
    )
    points = np.stack([x, y, np.zeros_like(x)], -1).reshape(-1, 3)
    i, j = np.meshgrid(np.arange(N_ACROSS - 1), np.arange(N_DOWN - 1), indexing="ij")
    a = (i * N_DOWN + j).reshape(-1)
    b = a + N_DOWN
    return points, np.concatenate([np.stack([a, b, b + 1], 1), np.stack([a, b + 1, a + 1], 1)])


def cardboard_mouth(*, ajar_m: float = 0.0, closing: float = 1.0) -> Glb:
    """Return a head that is two sheets: lips that meet at height 0.

    Args:
        ajar_m: Gap at rest.
        closing: Share of the jaw's drop that ``mouthClose`` at 1 takes back.
    """
    upper, triangles = _sheet(ajar_m / 2, ajar_m / 2 + LIP_HEIGHT_M)
    lower, more = _sheet(-ajar_m / 2 - LIP_HEIGHT_M, -ajar_m / 2)
    positions = np.concatenate([upper, lower])
    is_low = np.arange(len(positions)) >= len(upper)

    def lowered(amount_m: float) -> FloatArray:
        out = np.zeros_like(positions)
        out[is_low, 1] = -amount_m
        return out

    raised = np.zeros_like(positions)
    raised[~is_low, 1] = 0.004
    wider = positions * [0.2, 0.0, 0.0]
    deltas = {
        "jawOpen": lowered(DROP_M),
        "mouthClose": -lowered(closing * DROP_M),
        "mouthUpperUpLeft": raised,
        "mouthStretchLeft": wider,
    }
    mesh = MorphMesh(positions, np.concatenate([triangles, more + len(upper)]), deltas)
    tooth = MorphMesh(np.array([[0.0, -0.002, -0.003]]), np.zeros((0, 3), np.int64), {})
    return Glb({}, {"Face": mesh, "TeethUpper": tooth})
