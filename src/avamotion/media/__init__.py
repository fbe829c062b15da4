"""Values that every layer shares."""

from avamotion.media.blendshape import BLENDSHAPES, N_BLENDSHAPES, blendshape_index
from avamotion.media.motion_frame import FloatArray, MotionFrame

__all__ = [
    "BLENDSHAPES",
    "N_BLENDSHAPES",
    "FloatArray",
    "MotionFrame",
    "blendshape_index",
]
