"""A piece of sound with its place in media time."""

from dataclasses import dataclass

from avamotion.media.motion_frame import FloatArray

__all__ = ["AudioChunk"]


@dataclass(frozen=True, slots=True, eq=False)
class AudioChunk:
    """A piece of mono sound.

    Attributes:
        pts_us: Media time of the first sample, in microseconds since the turn began.
        samples: The sound, (N,), nominally in [-1, 1].
        sample_rate_hz: Samples per second.
    """

    pts_us: int
    samples: FloatArray
    sample_rate_hz: int
