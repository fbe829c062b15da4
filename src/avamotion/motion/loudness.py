"""How loud the sound is, and whether it has fallen silent.

The network hears a voice also in the short gaps within speech, and after some voices it is slow to
believe in a pause; but a sound that lies far below its own level for a while has paused.

Shapes: B streams, T hops.
"""

from typing import Final

import numpy as np

from avamotion.media import FloatArray
from avamotion.motion.feature import N_FEATURES

__all__ = ["N_LOUDNESS", "listen", "loudness_at_start"]

N_LOUDNESS: Final = 2
"""Width of a stream's state, (B, 2): the level of its speech, and for how many hops it is quiet."""

_MEAN: Final = np.full(N_FEATURES, 1 / N_FEATURES, dtype=np.float32)
_FAINTEST, _NORMAL_PEAK = np.float32(-9), np.float32(-2)
"""Mean log-mel of barely audible speech, and of the peaks of normal speech."""
_LOUDEST: Final = np.float32(1.3)
_QUIET_BELOW: Final = np.float32(6)
"""Quiet is 26 dB below the level of the speech."""
_FORGET_PER_HOP: Final = np.float32(0.02)
_PAUSE_HOPS: Final = np.float32(12)
"""240 ms: longer than any stop, and the mouth is shut 300 ms after the last sound."""


def loudness_at_start(n_streams: int) -> FloatArray:
    """Return the state before the first hop, (B, 2)."""
    state = np.zeros((n_streams, N_LOUDNESS), dtype=np.float32)
    state[:, 0] = _FAINTEST
    return state


def listen(features: FloatArray, state: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Measure the loudness of some hops.

    Args:
        features: (B, T, 80).
        state: What the previous call returned.

    Returns:
        Loudness, (B, T): 0 when barely audible, 1 at the peaks of normal speech, at most 1.3;
        whether the sound pauses, (B, T), 0 or 1; and the next state.
    """
    levels = features @ _MEAN
    if not levels.size:
        return levels, levels, state
    hops = np.arange(1, levels.shape[1] + 1, dtype=np.float32)
    # The level of speech falls slowly and rises at once: a running maximum, seen from its slope.
    fallen = hops * _FORGET_PER_HOP
    usual = levels + fallen
    np.maximum(usual[:, 0], state[:, 0], out=usual[:, 0])
    np.maximum.accumulate(usual, axis=1, out=usual)
    usual -= fallen
    # Quiet since the last hop that was not.
    loud_at = np.where(levels < usual - _QUIET_BELOW, -state[:, 1:], hops)
    quiet_hops = hops - np.maximum.accumulate(loud_at, axis=1)
    pauses = (quiet_hops >= _PAUSE_HOPS).astype(np.float32)
    levels -= _FAINTEST
    levels *= 1 / (_NORMAL_PEAK - _FAINTEST)
    np.minimum(np.maximum(levels, 0, out=levels), _LOUDEST, out=levels)
    state = np.empty_like(state)
    state[:, 0], state[:, 1] = usual[:, -1], quiet_hops[:, -1]
    return levels, pauses, state
