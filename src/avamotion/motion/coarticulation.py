"""Blend neighbouring phones the way a mouth does.

Each phone pulls every channel towards its own pose with its own dominance: lips that must meet
win over an open vowel beside them, a velar stop cares little what the lips do.

Shapes: B streams, T hops, D phones, C mouth channels, S channels that phones shape.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from avamotion.media import FloatArray
from avamotion.motion.model import LIP, VOICE
from avamotion.motion.phone import (
    CHANNELS,
    DOMINANCE,
    N_SHAPED,
    PHONES,
    POSES,
    channel_index,
)
from avamotion.motion.recurrence import recur

__all__ = ["DELAY_HOPS", "Coarticulation", "coarticulate", "coarticulation_at_rest"]

DELAY_HOPS: Final = 1
"""Hops by which the output lags the input: the smoothing looks one hop ahead."""

Coarticulation = Sequence[FloatArray]
"""State: the last two poses before smoothing, (B, 2, C); where the shape is heading without
regard to rest, (B, S); how much at rest the mouth is, (B,); and how sealed the lips are, (B,)."""

_PARTING: Final = slice(channel_index("mouthUpperUp"), channel_index("mouthLowerDown") + 1)
_PULL: Final = np.concatenate([DOMINANCE * POSES, DOMINANCE], axis=1)  # (D, 2 S)
_BILABIAL: Final = np.isin(PHONES, ["P", "B", "M"]).astype(np.float32)  # (D,)
_LABIODENTAL: Final = np.isin(PHONES, ["F", "V"]).astype(np.float32)  # (D,)
_INERTIA: Final = np.float32(0.7)
"""How strongly the mouth stays as it is, where a phone's dominance is 0.5 to 7: while no phone
pulls, as in the silent closure of a stop, it keeps its shape."""
_RELAXATION: Final = np.float32(0.45)
"""Share of the way to rest that one silent hop goes: a stop's gap must not shut the mouth."""
_DOZE: Final = np.float32(0.12)
"""Doubt about silence that still counts as rest, so that a resting mouth is quite still."""
_SEAL_FROM, _SEAL_TO = np.float32(0.07), np.float32(0.2)
"""Between these probabilities the lips begin to meet and are sealed: lips meet or they do not."""
_SEAL_PER_HOP: Final = np.float32(0.4)
"""Lips take 50 ms to meet or to part."""


def coarticulation_at_rest(n_streams: int) -> Coarticulation:
    """Return the state before the first hop."""
    return (
        np.zeros((n_streams, 2, len(CHANNELS)), dtype=np.float32),
        np.zeros((n_streams, N_SHAPED), dtype=np.float32),
        np.ones(n_streams, dtype=np.float32),
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
    tail, shape, rest, lips = state
    n_streams, n_hops, _ = heard.shape
    if n_hops == 0:
        return np.empty((n_streams, 0, len(CHANNELS)), dtype=np.float32), state
    posteriors, closed = _weigh_closures(heard)
    pulls = posteriors @ _PULL
    targets, strengths = pulls[..., :N_SHAPED], pulls[..., N_SHAPED:] + _INERTIA
    shapes = recur(_INERTIA / strengths, targets / strengths, shape)
    rests = _relax(1 - heard[..., VOICE], rest)
    awake = np.maximum(1 - rests - _DOZE, 0) * (1 / (1 - _DOZE))
    history = np.empty((n_streams, n_hops + 2, len(CHANNELS)), dtype=np.float32)
    history[:, :2] = tail
    np.multiply(shapes, awake[..., None], out=history[:, 2:, :N_SHAPED])
    np.maximum(closed, rests, out=history[:, 2:, N_SHAPED])
    poses = (history[:, :-2] + history[:, 2:]) * np.float32(0.25)
    poses += history[:, 1:-1] * np.float32(0.5)
    seal = (poses[..., N_SHAPED] - _SEAL_FROM) * (1 / (_SEAL_TO - _SEAL_FROM))
    np.minimum(np.maximum(seal, 0, out=seal), 1, out=seal)
    seal *= seal * (3 - 2 * seal)  # without a kink
    seal = _limit_speed(seal, lips)
    poses[..., N_SHAPED] = seal
    poses[..., _PARTING] *= (1 - seal)[..., None]
    return poses, (history[:, -2:], shapes[:, -1], rests[:, -1], seal[:, -1])


def _relax(silence: FloatArray, rest: FloatArray) -> FloatArray:
    """Return how much at rest the mouth is, (B, T): rest comes slowly, speech at once."""
    rests = np.empty_like(silence)
    for hop, now in enumerate(silence.T):
        rest = np.minimum(now, rest + (now - rest) * _RELAXATION)
        rests[:, hop] = rest
    return rests


def _limit_speed(seal: FloatArray, lips: FloatArray) -> FloatArray:
    """Return how sealed lips are that cannot move at once, (B, T)."""
    limited = np.empty_like(seal)
    for hop, goal in enumerate(seal.T):
        lips = np.minimum(np.maximum(goal, lips - _SEAL_PER_HOP), lips + _SEAL_PER_HOP)
        limited[:, hop] = lips
    return limited


def _weigh_closures(heard: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Let two witnesses say how likely closed lips are: the bilabials, and the closure itself.

    Returns:
        Phone posteriors whose bilabials sum to the geometric mean of both, (B, T, D); and that
        mean, (B, T), less where the lower lip may rather be at the teeth, which v is heard to do
        as often as b.
    """
    posteriors = heard[..., :LIP]
    bilabial = posteriors @ _BILABIAL
    closed = np.sqrt(bilabial * heard[..., LIP])
    others = (1 - closed) / (1 - bilabial + np.float32(1e-6))
    boost = closed / (bilabial + np.float32(1e-6)) - others
    weighed = posteriors * (others[..., None] + boost[..., None] * _BILABIAL)
    return weighed, closed * (1 - weighed @ _LABIODENTAL)
