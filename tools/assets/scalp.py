"""Where hair grows: a field over the template, above 0 on the scalp.

The hairline is drawn on a globe round the middle of the head: for every direction seen from
above (azimuth, 0 ahead, 180 behind) the elevation at which hair begins. It is the same left and
right. Points are (…, 3), template space, decimetres.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tools.assets.array import FloatArray

__all__ = ["Hairline", "scalp_height"]

CENTRE: Final = (0.0, 7.35, 0.2)
RADIUS_DM: Final = 1.0


@dataclass(frozen=True, slots=True)
class Hairline:
    """A hairline.

    Attributes:
        azimuth_deg: Directions, ascending from 0 to 180.
        elevation_deg: Where hair begins there.
    """

    azimuth_deg: tuple[float, ...] = (0, 20, 36, 43, 48, 52, 56, 61, 78, 104, 118, 140, 180)
    elevation_deg: tuple[float, ...] = (29, 30, 31, 29, 22, 10, -3, -13, -16, -20, -30, -42, -46)

    def raised(self, degrees: float) -> "Hairline":
        """Return the same line, ``degrees`` higher in front: a taller forehead."""
        lift = [degrees * max(0.0, 1 - azimuth / 60) for azimuth in self.azimuth_deg]
        higher = (e + up for e, up in zip(self.elevation_deg, lift, strict=True))
        return Hairline(self.azimuth_deg, tuple(higher))


def scalp_height(points: NDArray[np.floating], line: Hairline) -> FloatArray:
    """Return how far points lie above the hairline, decimetres, (…)."""
    x, y, z = np.moveaxis(np.asarray(points, dtype=np.float64) - CENTRE, -1, 0)
    azimuth = np.degrees(np.arctan2(np.abs(x), z))
    elevation = np.degrees(np.arctan2(y, np.hypot(x, z)))
    edge = np.interp(azimuth, line.azimuth_deg, line.elevation_deg)
    return np.asarray(np.radians(elevation - edge) * RADIUS_DM)
