"""Samples as the bytes that wires and files want."""

import numpy as np

from avamotion.media import FloatArray

__all__ = ["encode_pcm"]


def encode_pcm(samples: FloatArray) -> bytes:
    """Return mono sound, (N,), as signed 16-bit little-endian PCM. Beyond [-1, 1] it is clipped."""
    return np.rint(np.clip(samples, -1.0, 1.0) * 32767).astype("<i2").tobytes()
