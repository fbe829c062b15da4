"""Speech in, facial motion out."""

from avamotion.motion.engine import FRAME_US, SAMPLE_RATE_HZ, MotionEngine, MotionStream
from avamotion.motion.style import MotionStyle

__all__ = ["FRAME_US", "SAMPLE_RATE_HZ", "MotionEngine", "MotionStream", "MotionStyle"]
