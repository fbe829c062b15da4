"""How high the voice is, cheaply: from the spectra that the features are made of.

A voice repeats itself after each period of its pitch, and the autocorrelation of a window is the
cosine transform of its power spectrum. Below 1 kHz that is one small product for all lags; the
strongest lag is the period, unless all of them are weak.

Shapes: B streams, T hops, K lags and one.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from avamotion.media import FloatArray

__all__ = ["ECHOES", "N_ECHOES", "N_LOW_BINS", "OCTAVES", "UNVOICED", "listen_pitch"]

_RATE_HZ: Final = 16_000
_WINDOW_SAMPLES: Final = 400
N_LOW_BINS: Final = 26
"""Bins up to 1 kHz."""
_HIGHEST_HZ, _LOWEST_HZ = 400.0, 80.0
_N_PITCHES: Final = 47
_PITCHES_HZ: Final = np.geomspace(_HIGHEST_HZ, _LOWEST_HZ, _N_PITCHES)
_LEAST_LIKENESS: Final = 0.45
"""Share of the energy that must come back after a period for a sound to be voiced."""
_SHORTER: Final = 0.06
"""What an octave costs: after two periods a voice is as like itself as after one."""

UNVOICED: Final = 0
"""Index of what has no pitch."""
N_ECHOES: Final = 1 + _N_PITCHES
OCTAVES: Final = np.concatenate([[-9.0], np.log2(_PITCHES_HZ / _HIGHEST_HZ)]).astype(np.float32)
"""Pitch of each index in octaves above 400 Hz, (K,); what has none is very low."""


def _echoes() -> FloatArray:
    """Return what the power in each bin adds to the likeness at each lag, (N_LOW_BINS, K)."""
    window = np.hanning(_WINDOW_SAMPLES + 1)[:-1]
    # A likeness must not suffer from the fading of the window, which meets its own end.
    fading = np.fft.irfft(np.abs(np.fft.rfft(window)) ** 2)
    lags = _RATE_HZ / _PITCHES_HZ
    kept = np.interp(lags, np.arange(_WINDOW_SAMPLES), fading / fading[0])
    bins = np.arange(N_LOW_BINS)[:, None]
    cosines = np.cos(2 * np.pi * bins * lags / _WINDOW_SAMPLES) / kept
    cosines *= 1 - _SHORTER * np.log2(_HIGHEST_HZ / _PITCHES_HZ)
    likeness = np.concatenate([np.full((N_LOW_BINS, 1), _LEAST_LIKENESS), cosines], axis=1)
    likeness[:2] = 0  # hum and wind
    return likeness.astype(np.float32)


ECHOES: Final = _echoes()


def listen_pitch(echoes: FloatArray) -> NDArray[np.intp]:
    """Return which pitch each hop has, an index of ``OCTAVES``, (B, T).

    Args:
        echoes: Of :func:`~avamotion.motion.feature.log_mel`, (B, T, K).
    """
    strongest: NDArray[np.intp] = echoes.argmax(axis=2)
    return strongest
