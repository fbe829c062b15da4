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
_QUIET_BELOW: Final = np.float32(8)
"""Quiet is 35 dB below the level of the speech."""
_FORGET_PER_HOP: Final = np.float32(0.02)
_PAUSE_HOPS: Final = np.float32(14)
"""280 ms: with the lookahead, the mouth is shut 300 ms after the last sound."""


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
    pauses = np.empty_like(levels)
    usual, quiet_hops = state[:, 0], state[:, 1]
    for hop in range(levels.shape[1]):
        level = levels[:, hop]
        usual = np.maximum(level, usual - _FORGET_PER_HOP)
        quiet_hops = (quiet_hops + 1) * (level < usual - _QUIET_BELOW)
        pauses[:, hop] = quiet_hops >= _PAUSE_HOPS
    levels -= _FAINTEST
    levels *= 1 / (_NORMAL_PEAK - _FAINTEST)
    np.minimum(np.maximum(levels, 0, out=levels), _LOUDEST, out=levels)
    return levels, pauses, np.stack([usual, quiet_hops], axis=1).astype(np.float32)
