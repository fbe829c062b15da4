"""The face on its way from where an interrupt found it to rest."""

from dataclasses import replace
from typing import Final

import numpy as np

from avamotion.media import MotionFrame
from avamotion.playout.packet import PACKET_US

__all__ = ["ease_to_rest"]

# 240 ms: with the 60 ms of motion that have left ahead of the sound, 300 ms.
_N_FRAMES: Final = 12


def ease_to_rest(last: MotionFrame) -> tuple[MotionFrame, ...]:
    """Return the frames from the last one that was sent to rest.

    Every weight, the head's rotation and the gaze only ever come nearer to rest; it starts and
    stops gently.

    Args:
        last: What receivers will show last, if nobody tells them more.

    Returns:
        Frames that follow it, 20 ms apart; the last of them is at rest.
    """
    progress = np.arange(1, _N_FRAMES + 1) / _N_FRAMES
    return tuple(
        _nearer(last, float(1 - done * done * (3 - 2 * done)), last.pts_us + k * PACKET_US)
        for k, done in enumerate(progress, 1)
    )


def _nearer(frame: MotionFrame, share: float, pts_us: int) -> MotionFrame:
    """Return a pose that has so large a share of another one."""
    x, y, z, w = frame.head
    # Between a rotation and none the straight line, made a unit again, is near enough.
    x, y, z, w = x * share, y * share, z * share, 1 + (w - 1) * share
    length = float(np.sqrt(x * x + y * y + z * z + w * w))
    yaw, pitch = frame.gaze
    return replace(
        frame,
        pts_us=pts_us,
        weights=frame.weights * np.float32(share),
        head=(x / length, y / length, z / length, w / length),
        gaze=(yaw * share, pitch * share),
    )
