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

# fmt: off
__all__ = [
    "AGAIN", "DELAY_HOPS", "FIRST", "Coarticulation", "coarticulate", "coarticulation_at_rest",
]
# fmt: on

DELAY_HOPS: Final = 1
"""Hops by which the output lags the input: the smoothing looks one hop ahead."""
FIRST, AGAIN = range(2)
"""A hop is heard at first, and once more when its turn has come, :data:`DELAY_HOPS` later: what
lips do is clearer then. Shapes that changed their mind from hop to hop would tremble."""

Coarticulation = Sequence[FloatArray]
"""State: the last two shapes before smoothing, (B, 2, S); how closed the lips were, heard again,
(B,); where the shape is heading without regard to rest, (B, S); how much at rest the mouth is,
(B,); and how sealed the lips are, (B,)."""

_PARTING: Final = slice(channel_index("mouthUpperUp"), channel_index("mouthLowerDown") + 1)
_PULL: Final = np.concatenate([DOMINANCE * POSES, DOMINANCE], axis=1)  # (D, 2 S)
_LABIALS: Final = np.stack(
    [np.isin(PHONES, phones) for phones in (["P", "B", "M"], ["F", "V"])], axis=1
).astype(np.float32)  # (D, 2)
_INERTIA: Final = np.float32(0.7)
"""How strongly the mouth stays as it is, where a phone's dominance is 0.5 to 7: while no phone
pulls, as in the silent closure of a stop, it keeps its shape."""
_RELAXATION: Final = np.float32(0.6)
"""Share of the way to rest that one silent hop goes: a stop's gap must not shut the mouth."""
_DOZE: Final = np.float32(0.3)
"""Doubt about silence that still counts as rest, so that a resting mouth is quite still."""
_SEAL_FROM, _SEAL_TO = np.float32(0.06), np.float32(0.15)
"""Between these probabilities the lips begin to meet and are sealed: lips meet or they do not."""
_REST_SEALS: Final = np.float32(0.25)
"""What rest is worth as such a probability: lips that are only half at rest are not shut."""
_MEETING_PER_HOP: Final = np.float32(0.45)
_PARTING_PER_HOP: Final = np.float32(0.4)
"""Lips take 45 ms to meet, and 50 ms to part."""


def coarticulation_at_rest(n_streams: int) -> Coarticulation:
    """Return the state before the first hop."""
    return (
        np.zeros((n_streams, 2, N_SHAPED), dtype=np.float32),
        np.ones(n_streams, dtype=np.float32),
        np.zeros((n_streams, N_SHAPED), dtype=np.float32),
        np.ones(n_streams, dtype=np.float32),
        np.ones(n_streams, dtype=np.float32),
    )


def coarticulate(heard: FloatArray, state: Coarticulation) -> tuple[FloatArray, Coarticulation]:
    """Turn what was heard into poses of the mouth.

    Args:
        heard: Phone posteriors, then the probabilities of closed lips and of a voice,
            (2, B, T, D + 2): of each hop, at first; and of the hop before it, again.
        state: What the previous call returned.

    Returns:
        Poses, (B, T, C), one hop late; and the next state.
    """
    tail, closed_before, shape, rest, lips = state
    _, n_streams, n_hops, _ = heard.shape
    poses = np.empty((n_streams, n_hops, len(CHANNELS)), dtype=np.float32)
    if n_hops == 0:
        return poses, state
    posteriors, closed = _weigh_closures(heard)
    pulls = posteriors @ _PULL
    targets, strengths = pulls[..., :N_SHAPED], pulls[..., N_SHAPED:] + _INERTIA
    headings = recur(_INERTIA / strengths, targets / strengths, shape)
    rests = _relax(1 - heard[FIRST, ..., VOICE], rest)
    awake = np.maximum(1 - rests - _DOZE, 0) * (1 / (1 - _DOZE))
    shapes = np.empty((n_streams, n_hops + 2, N_SHAPED), dtype=np.float32)
    shapes[:, :2] = tail
    np.multiply(headings, awake[..., None], out=shapes[:, 2:])
    np.add(shapes[:, :-2], shapes[:, 2:], out=poses[..., :N_SHAPED])
    poses[..., :N_SHAPED] *= np.float32(0.25)
    poses[..., :N_SHAPED] += shapes[:, 1:-1] * np.float32(0.5)
    seal, closed_last = _seal(closed, np.column_stack([rest, rests]), closed_before, lips)
    poses[..., N_SHAPED] = seal
    poses[..., _PARTING] *= (1 - seal)[..., None]
    return poses, (shapes[:, -2:], closed_last, headings[:, -1], rests[:, -1], seal[:, -1])


def _seal(
    closed: FloatArray, rests: FloatArray, before: FloatArray, lips: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Let the lips meet.

    Args:
        closed: How likely they are closed, (2, B, T), at first and again.
        rests: How much at rest the mouth is, (B, 1 + T), from the hop before on.
        before: How closed they last were, heard again, (B,).
        lips: How sealed they last were, (B,).

    Returns:
        How sealed they are, one hop late, (B, T); and how closed they last were, heard again, (B,).
    """
    resting = rests * _REST_SEALS
    again = np.empty_like(rests)
    again[:, 0] = before
    np.maximum(closed[AGAIN], resting[:, :-1], out=again[:, 1:])
    seal = np.maximum(closed[FIRST], resting[:, 1:])
    seal += again[:, :-1]
    seal *= np.float32(0.25)
    seal += again[:, 1:] * np.float32(0.5)
    seal -= _SEAL_FROM
    seal *= 1 / (_SEAL_TO - _SEAL_FROM)
    np.minimum(np.maximum(seal, 0, out=seal), 1, out=seal)
    seal *= seal * (3 - 2 * seal)  # without a kink
    return _limit_speed(seal, lips), again[:, -1]


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
        least, most = lips - _PARTING_PER_HOP, lips + _MEETING_PER_HOP
        lips = np.minimum(np.maximum(goal, least), most)
        limited[:, hop] = lips
    return limited


def _weigh_closures(heard: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Let two witnesses say how likely closed lips are: the bilabials, and the closure itself.

    Returns:
        Phone posteriors, as heard at first, whose bilabials sum to the geometric mean of both,
        (B, T, D); and that mean, (2, B, T), less where the lower lip may rather be at the teeth,
        which v is heard to do as often as b.
    """
    bilabial, labiodental = np.moveaxis(heard[..., :LIP] @ _LABIALS, -1, 0)
    closed = np.sqrt(bilabial * heard[..., LIP])
    others = (1 - closed) / (1 - bilabial + np.float32(1e-6))
    boost = closed[FIRST] / (bilabial[FIRST] + np.float32(1e-6)) - others[FIRST]
    factors = others[FIRST, ..., None] + boost[..., None] * _LABIALS[:, 0]
    return heard[FIRST, ..., :LIP] * factors, closed * (1 - labiodental * others)
