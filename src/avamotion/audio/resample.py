"""Change the sample rate of a stream."""

import av
import numpy as np
from av.audio.resampler import AudioResampler

from avamotion.media import FloatArray

__all__ = ["Resampler"]


class Resampler:
    """Changes the sample rate of a mono stream, without moving it in time.

    Streaming-exact: cutting the input anywhere gives the same output. About 1 ms of sound stays
    inside until more comes or :meth:`finish` is called.

    Args:
        from_hz: Sample rate of what comes in.
        to_hz: Sample rate of what goes out.
    """

    def __init__(self, from_hz: int, to_hz: int) -> None:
        self._from_hz = from_hz
        self._swr = (
            None if from_hz == to_hz else AudioResampler(format="flt", layout="mono", rate=to_hz)
        )

    def convert(self, samples: FloatArray) -> FloatArray:
        """Resample a piece, (N,) to (M,); either may be empty."""
        if self._swr is None or len(samples) == 0:
            return samples
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(samples, np.float32).reshape(1, -1), format="flt", layout="mono"
        )
        frame.sample_rate = self._from_hz
        return _join(self._swr.resample(frame))

    def finish(self) -> FloatArray:
        """Return what was still inside, (M,). The stream is over."""
        if self._swr is None:
            return np.zeros(0, np.float32)
        swr, self._swr = self._swr, None
        return _join(swr.resample(None))


def _join(frames: list[av.AudioFrame]) -> FloatArray:
    parts = [frame.to_ndarray().reshape(-1) for frame in frames]
    return np.concatenate(parts) if parts else np.zeros(0, np.float32)
