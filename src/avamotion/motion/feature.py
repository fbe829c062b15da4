"""Log-mel features: what the model hears.

Causal framing: frame i of a stream ends at sample (i + 1) · 160, so nothing beyond the newest
sample is waited for. One hop of the engine is two frames, stacked.

Shapes: B streams, T hops, N samples.
"""

from typing import Final

import numpy as np

from avamotion.media import FloatArray
from avamotion.motion.pitch import ECHOES, N_LOW_BINS

__all__ = ["CONTEXT_SAMPLES", "HOP_SAMPLES", "N_FEATURES", "SAMPLE_RATE_HZ", "log_mel"]

SAMPLE_RATE_HZ: Final = 16_000
HOP_SAMPLES: Final = 320
"""New samples per hop: 20 ms."""

_FRAME_SAMPLES: Final = 160
_WINDOW_SAMPLES: Final = 400
_N_MELS: Final = 40
_FLOOR: Final = 1e-6

CONTEXT_SAMPLES: Final = _WINDOW_SAMPLES - _FRAME_SAMPLES
"""Samples before a hop that its first window reaches back to."""

N_FEATURES: Final = 2 * _N_MELS


def _mel_filters() -> FloatArray:
    """Triangles of unit sum, evenly spaced in mel from 60 to 7600 Hz, (201, 40)."""
    frequency_hz = np.linspace(0, SAMPLE_RATE_HZ / 2, _WINDOW_SAMPLES // 2 + 1)
    low, high = 2595 * np.log10(1 + np.array([60.0, 7600.0]) / 700)
    edges_hz = 700 * (10 ** (np.linspace(low, high, _N_MELS + 2) / 2595) - 1)
    left, peak, right = edges_hz[:-2], edges_hz[1:-1], edges_hz[2:]
    rising = (frequency_hz[:, None] - left) / (peak - left)
    falling = (right - frequency_hz[:, None]) / (right - peak)
    filters = np.maximum(0, np.minimum(rising, falling))
    unit: FloatArray = (filters / filters.sum(axis=0)).astype(np.float32)
    return unit


_FILTERS: Final = _mel_filters()
_HANN: Final = np.hanning(_WINDOW_SAMPLES + 1)[:-1].astype(np.float32)
_CHUNK_HOPS: Final = 64
"""Hops whose spectra are computed at once: more of them leave the processor's cache, and cost twice
as much each."""


def log_mel(samples: FloatArray, echoes: FloatArray | None = None) -> FloatArray:
    """Compute the features of whole hops.

    A constant offset, as of a biased microphone, is not heard: transformed at its own length, the
    window's spectrum has two bins, and both lie below the lowest band.

    Args:
        samples: Sound at 16 kHz, (B, 240 + T · 320): the context before the first hop, then
            the hops. Zeros before the start of a stream.
        echoes: Where to write how alike the sound is to itself a while before, for
            :mod:`~avamotion.motion.pitch`, (B, T, K); None does without.

    Returns:
        Features, (B, T, 80).

    Raises:
        ValueError: If the samples are not a whole number of hops and their context.
    """
    n_streams, n_samples = samples.shape
    n_hops, remainder = divmod(n_samples - CONTEXT_SAMPLES, HOP_SAMPLES)
    if n_hops < 0 or remainder:
        raise ValueError(f"{n_samples} samples are no context of {CONTEXT_SAMPLES} and whole hops")
    samples = np.ascontiguousarray(samples, dtype=np.float32)
    mel = np.empty((n_streams, n_hops, N_FEATURES), dtype=np.float32)
    n_together = max(1, _CHUNK_HOPS // max(1, n_hops))
    for row in range(0, n_streams, n_together):
        rows = slice(row, row + n_together)
        part = mel[rows].reshape(len(samples[rows]), 2 * n_hops, _N_MELS)
        power = _log_mel_of(samples[rows], part)
        if echoes is not None:
            # The later frame of a hop speaks for both. The product of a single row is rounded
            # otherwise, and the strongest lag must not depend on how the sound is cut.
            low = power[..., :N_LOW_BINS]
            if n_hops > 1:
                np.matmul(low[:, 1::2], ECHOES, out=echoes[rows])
            else:
                echoes[rows] = (low @ ECHOES)[:, 1:]
    return mel


def _log_mel_of(samples: FloatArray, mel: FloatArray) -> FloatArray:
    """Compute the features of a few streams, (B, 2 T, 40), in place.

    Returns:
        Power of their spectra, (B, 2 T, 201).
    """
    row_stride, stride = samples.strides
    windows: FloatArray = np.ndarray(
        (*mel.shape[:2], _WINDOW_SAMPLES),
        np.float32,
        samples,  # its rows, read where they overlap
        strides=(row_stride, _FRAME_SAMPLES * stride, stride),
    )
    squares: FloatArray = np.fft.rfft(windows * _HANN).view(np.float32)
    np.multiply(squares, squares, out=squares)
    power: FloatArray = squares[..., ::2] + squares[..., 1::2]
    np.matmul(power, _FILTERS, out=mel)
    mel += np.float32(_FLOOR)
    np.log(mel, out=mel)
    return power
