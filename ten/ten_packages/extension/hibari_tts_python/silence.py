"""Silence before the first word."""

from typing import Final

import numpy as np

__all__ = ["trim_lead"]

# About -60 dB: the voices' silence is digital, their quietest onsets are above.
_THRESHOLD: Final = 33


def trim_lead(pcm: bytes, *, keep_samples: int) -> bytes:
    """Cut the silence at the beginning down to a length.

    Args:
        pcm: PCM, s16le mono.
        keep_samples: How much silence may stay before the first sound.
    """
    loud = np.abs(np.frombuffer(pcm, "<i2").astype(np.int32)) > _THRESHOLD
    onset = int(loud.argmax()) if loud.any() else 0
    return pcm[2 * max(0, onset - keep_samples) :]
