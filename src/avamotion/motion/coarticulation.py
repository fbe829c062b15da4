"""Blend neighbouring phones the way a mouth does.

Each phone pulls every channel towards its own pose with its own dominance: lips that must meet
win over an open vowel beside them, a velar stop cares little what the lips do.

Shapes: B streams, T hops, D phones, C mouth channels.
"""

from typing import Final

import numpy as np

from avamotion.media import FloatArray
from avamotion.motion.model import LIP, VOICE
from avamotion.motion.phone import CHANNELS, DOMINANCE, POSES, channel_index

__all__ = ["DELAY_HOPS", "Coarticulation", "coarticulate", "coarticulation_at_rest"]

DELAY_HOPS: Final = 1
"""Hops by which the output lags the input: the smoothing looks one hop ahead."""

Coarticulation = tuple[FloatArray, FloatArray, FloatArray]
"""State: the last two poses, (B, 2, C); where the mouth is heading without regard to rest,
(B, C); and how much at rest it is, (B,)."""

_N_CHANNELS: Final = len(CHANNELS)
_CLOSURE: Final = channel_index("closure")
_PARTING: Final = slice(channel_index("mouthUpperUp"), channel_index("mouthLowerDown") + 1)
_PULL: Final = np.concatenate([DOMINANCE * POSES, DOMINANCE], axis=1)  # (D, 2 C)
_RELAXATION: Final = np.float32(1 / 3)
"""Share of the way to rest that one silent hop goes: a stop's gap must not shut the mouth."""
_SEAL_FROM, _SEAL_TO = np.float32(0.3), np.float32(0.8)
"""Between these, half-believed closures become none or full ones: lips meet or they do not."""


def _inertias() -> FloatArray:
    """Return how strongly each channel stays where it is, (C,): a phone's dominance is 0.5 to 7.

    While no phone pulls, as in the silent closure of a stop, the mouth keeps its shape.
    """
    inertia = np.full(_N_CHANNELS, 0.7, dtype=np.float32)
    inertia[_CLOSURE] = 0.35  # lips are quick
    return inertia


_INERTIA: Final = _inertias()


def coarticulation_at_rest(n_streams: int) -> Coarticulation:
    """Return the state before the first hop."""
    return (
        np.zeros((n_streams, 2, _N_CHANNELS), dtype=np.float32),
        np.zeros((n_streams, _N_CHANNELS), dtype=np.float32),
        np.ones(n_streams, dtype=np.float32),
    )


def coarticulate(heard: FloatArray, state: Coarticulation) -> tuple[FloatArray, Coarticulation]:
    """Turn what was heard into poses of the mouth.

    Args:
        heard: Phone posteriors, then the probabilities of closed lips and of a voice,
            (B, T, D + 2).
        state: What the previous call returned.

    Returns:
        Poses, (B, T, C), one hop late; and the next state.
    """
    tail, shape, rest = state
    pulls = heard[..., :LIP] @ _PULL
    targets, strengths = pulls[..., :_N_CHANNELS], pulls[..., _N_CHANNELS:] + _INERTIA
    silence = 1 - heard[..., VOICE]
    poses = np.empty_like(targets)
    for hop in range(heard.shape[1]):
        shape = (targets[:, hop] + _INERTIA * shape) / strengths[:, hop]
        now = silence[:, hop]  # rest comes slowly, speech at once
        rest = np.minimum(now, rest + (now - rest) * _RELAXATION)
        np.multiply(shape, (1 - rest)[:, None], out=poses[:, hop])
    history = np.concatenate([tail, poses], axis=1)
    poses = (history[:, :-2] + history[:, 2:]) * np.float32(0.25)
    poses += history[:, 1:-1] * np.float32(0.5)
    seal = (poses[..., _CLOSURE] - _SEAL_FROM) * (1 / (_SEAL_TO - _SEAL_FROM))
    np.minimum(np.maximum(seal, 0, out=seal), 1, out=seal)
    seal *= seal * (3 - 2 * seal)  # without a kink
    poses[..., _CLOSURE] = seal
    poses[..., _PARTING] *= (1 - seal)[..., None]
    return poses, (history[:, -2:], shape, rest)
