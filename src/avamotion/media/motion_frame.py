"""One pose of the face at one media time."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["FloatArray", "MotionFrame"]

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class MotionFrame:
    """One pose of the face.

    Attributes:
        pts_us: Presentation time in microseconds since the turn began.
        weights: Blend-shape weights in the order of ``BLENDSHAPES``, (52,), in [0, 1].
        head: Head rotation relative to rest, a unit quaternion (x, y, z, w) with w >= 0.
            Right-handed axes as in glTF: +x the avatar's left, +y up, +z to the viewer.
        gaze: Gaze relative to the head, (yaw, pitch) in radians: yaw grows to the avatar's
            left, pitch grows up. The eyeLook* weights say the same for heads without eye bones.
    """

    pts_us: int
    weights: FloatArray
    head: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 1.0)
    gaze: tuple[float, float] = (0.0, 0.0)
