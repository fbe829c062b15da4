"""Blend neighbouring phones the way a mouth does.

Each phone pulls every channel towards its own pose with its own dominance: lips that must meet
win over an open vowel beside them, a velar stop cares little what the lips do.

Shapes: B streams, T hops, D phones, C mouth channels.
"""

from typing import Final

import numpy as np

from avamotion.media import FloatArray
from avamotion.motion.phone import CHANNELS, DOMINANCE, POSES, channel_index, phone_index

__all__ = ["DELAY_HOPS", "Coarticulation", "coarticulate", "coarticulation_at_rest"]

DELAY_HOPS: Final = 1
"""Hops by which the output lags the input: the smoothing looks one hop ahead."""

Coarticulation = tuple[FloatArray, FloatArray]
"""State: the last two poses, (B, 2, C), and how much at rest the mouth is, (B,)."""

_SILENCE: Final = phone_index("SIL")
_CLOSURE: Final = channel_index("closure")
_PARTING: Final = [channel_index("mouthUpperUp"), channel_index("mouthLowerDown")]
_PULL: Final = np.concatenate([DOMINANCE * POSES, DOMINANCE], axis=1)  # (D, 2 C)
_RELAXATION: Final = np.float32(1 / 3)
"""Share of the way to rest that one silent hop goes: a stop's gap must not shut the mouth."""
_SEAL_FROM, _SEAL_TO = np.float32(0.2), np.float32(0.7)
"""Between these, half-believed closures become none or full ones: lips meet or they do not."""


def coarticulation_at_rest(n_streams: int) -> Coarticulation:
    """Return the state before the first hop."""
    return (
        np.zeros((n_streams, 2, len(CHANNELS)), dtype=np.float32),
        np.ones(n_streams, dtype=np.float32),
    )


def coarticulate(
    posteriors: FloatArray, state: Coarticulation
) -> tuple[FloatArray, Coarticulation]:
    """Turn phone posteriors into poses of the mouth.

    Args:
        posteriors: (B, T, D), each row summing to 1.
        state: What the previous call returned.

    Returns:
        Poses, (B, T, C), one hop late; and the next state.
    """
    tail, rest = state
    n_hops = posteriors.shape[1]
    pulled = posteriors @ _PULL
    poses = pulled[..., : len(CHANNELS)] / pulled[..., len(CHANNELS) :]
    silence = posteriors[..., _SILENCE]
    for hop in range(n_hops):  # rest comes slowly, speech at once
        now = silence[:, hop]
        rest = np.minimum(now, rest + (now - rest) * _RELAXATION)
        poses[:, hop] *= 1 - rest[:, None]
    history = np.concatenate([tail, poses], axis=1)
    poses = (history[:, :-2] + history[:, 2:]) * np.float32(0.25)
    poses += history[:, 1:-1] * np.float32(0.5)
    seal = np.clip((poses[..., _CLOSURE] - _SEAL_FROM) / (_SEAL_TO - _SEAL_FROM), 0, 1)
    seal *= seal * (3 - 2 * seal)
    poses[..., _CLOSURE] = seal
    poses[..., _PARTING] *= (1 - seal)[..., None]
    return poses, (history[:, -2:], rest)
