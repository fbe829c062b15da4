"""How late an engine's labels are against its sound.

The durations inside a neural synthesiser need not agree with what one hears: its decoder may
sound a phone earlier than its duration model thinks. We shift the labels until they explain the
spectrum best: the share of the variance of the log-mel spectrum that lies between phones is
largest when labels and sound agree. No aligner is needed, and no transcription.

Shapes: N frames, F bands.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avamotion.motion.feature import N_FEATURES, log_mel
from avamotion.motion.phone import PHONES, phone_index
from training.utterance import Utterance

__all__ = ["explained_variance", "measure_offset"]

_FRAME_S: Final = 0.01
_N_BANDS: Final = N_FEATURES // 2
_WINDOW_CENTRE_S: Final = -0.0025
"""Middle of the 25 ms window of frame 0, which ends 10 ms into the sound."""
_OFFSETS_S: Final = np.arange(-0.06, 0.141, 0.005)


def _frames(utterance: Utterance) -> NDArray[np.float32]:
    """Return log-mel frames every 10 ms, (N, 40)."""
    samples = (utterance.samples / 32768).astype(np.float32)
    n_hops = len(samples) // 320
    padded = np.concatenate([np.zeros(240, dtype=np.float32), samples[: n_hops * 320]])
    frames: NDArray[np.float32] = np.reshape(log_mel(padded[None]), (-1, _N_BANDS))
    return frames


def explained_variance(utterances: Sequence[Utterance], offset_s: float) -> float:
    """Return the share of the spectrum's variance between phones, labels moved earlier."""
    features, labels = [], []
    for utterance in utterances:
        frames = _frames(utterance)
        times_s = np.arange(len(frames)) * _FRAME_S + _WINDOW_CENTRE_S + offset_s
        starts = np.array([segment.start_s for segment in utterance.segments])
        phones = np.array([phone_index(segment.phone) for segment in utterance.segments])
        at = np.searchsorted(starts, times_s, side="right") - 1
        spoken = (at >= 0) & (times_s < utterance.segments[-1].end_s)
        features.append(frames[spoken])
        labels.append(phones[at[spoken]])
    x = np.concatenate(features).astype(np.float64)
    y = np.concatenate(labels)
    spoken = y != phone_index("SIL")  # silence is too easy: it would drown the rest
    x, y = x[spoken], y[spoken]
    total = np.square(x - x.mean(axis=0)).sum()
    between = 0.0
    for phone in range(len(PHONES)):
        own = x[y == phone]
        if len(own):
            between += len(own) * np.square(own.mean(axis=0) - x.mean(axis=0)).sum()
    return float(between / total)


def measure_offset(utterances: Sequence[Utterance]) -> float:
    """Return by how many seconds an engine's labels are late; negative if they are early."""
    scores = [explained_variance(utterances, offset) for offset in _OFFSETS_S]
    best = int(np.argmax(scores))
    if 0 < best < len(scores) - 1:  # the top of the parabola through the best three
        left, middle, right = scores[best - 1 : best + 2]
        shift = (left - right) / (2 * (left - 2 * middle + right))
        return float(_OFFSETS_S[best] + shift * (_OFFSETS_S[1] - _OFFSETS_S[0]))
    return float(_OFFSETS_S[best])
