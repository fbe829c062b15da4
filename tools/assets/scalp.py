"""Where hair grows: a field over the template, above 0 on the scalp.

Template space, decimetres; points are (…, 3). The hairline differs from style to style.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tools.assets.array import BoolArray, FloatArray

__all__ = ["Hairline", "near_ear", "scalp_height"]

EAR_UV = ((0.847, 0.624), (0.847, 0.343))
EAR_RADIUS_UV = 0.040


@dataclass(frozen=True, slots=True)
class Hairline:
    """The front edge of the hair.

    Attributes:
        front_dm: Height of the hairline in the middle of the forehead.
        recess_dm: How far it recedes above the temples.
        sideburn_dm: How far hair grows down before the ears.
        nape_dm: Height at which it ends in the neck.
    """

    front_dm: float = 7.95
    recess_dm: float = 0.0
    sideburn_dm: float = 0.0
    nape_dm: float = 6.55


def scalp_height(points: NDArray[np.floating], line: Hairline) -> FloatArray:
    """Return the height of points above the hairline: > 0 on the scalp, (…)."""
    x = np.minimum(np.abs(points[..., 0]), 0.95)
    y, z = points[..., 1], points[..., 2]
    edge = line.front_dm - 0.20 * (x / 0.5) ** 2
    edge = edge + line.recess_dm * np.exp(-(((x - 0.42) / 0.16) ** 2))
    front = y - (edge - 0.9 * np.clip(x - 0.55, 0, 9))
    side = y - edge + np.clip(0.95 - z, -9, 0.65 + line.sideburn_dm) * 1.35
    back = y - np.interp(
        z, [-1.2, -0.6, 0.0, 0.22, 0.36],
        [line.nape_dm, line.nape_dm, 6.85, 7.22, 7.10 - line.sideburn_dm],
    )  # fmt: skip
    out = np.where(z > 0.36, np.minimum(front, np.where(z > 0.30, side, 9.0)), back)
    return np.asarray(np.minimum(out, y - 6.35), dtype=np.float64)


def near_ear(template_uv: NDArray[np.floating]) -> BoolArray:
    """Return which places of the template's texture space, (…, 2), lie on an ear."""
    near = [np.hypot(template_uv[..., 0] - u, template_uv[..., 1] - v) for u, v in EAR_UV]
    return np.asarray(np.minimum(*near) < EAR_RADIUS_UV)
