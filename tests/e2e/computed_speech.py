"""Something that a mouth would move to, computed: an open vowel in syllables."""

import functools
from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["speech", "vowel"]

_SYLLABLES_HZ: Final = 3.0
_HIGHEST_HZ: Final = 3800.0
# Centre, half width, both in Hz, and level of the formants of an "ah" (Peterson and Barney, 1952).
_FORMANTS: Final = ((700.0, 110.0, 1.0), (1200.0, 120.0, 0.5), (2600.0, 160.0, 0.25))


def vowel(rate_hz: int, seconds: float) -> npt.NDArray[np.float64]:
    """Return the sound, (N,), in [-1, 1]."""
    period = _period(rate_hz)
    n_samples = int(rate_hz * seconds)
    return np.tile(period, -(-n_samples // len(period)))[:n_samples]


def speech(rate_hz: int, seconds: float) -> bytes:
    """Return the same as PCM s16le."""
    pcm: bytes = (vowel(rate_hz, seconds) * 32767).astype("<i2").tobytes()
    return pcm


@functools.cache
def _period(rate_hz: int) -> npt.NDArray[np.float64]:
    """Return the 2 s after which pitch and syllables are where they began."""
    time_s = np.arange(2 * rate_hz) / rate_hz
    pitch_hz = 120 + 20 * np.sin(2 * np.pi * 1.5 * time_s)
    phase = 2 * np.pi * np.cumsum(pitch_hz) / rate_hz
    sound = np.zeros_like(time_s)
    for harmonic in range(1, 40):
        frequency_hz = harmonic * pitch_hz
        gain = sum(
            level / (1 + ((frequency_hz - centre) / width) ** 2)
            for centre, width, level in _FORMANTS
        )
        audible = frequency_hz < min(_HIGHEST_HZ, 0.45 * rate_hz)
        sound += np.where(audible, gain * np.sin(harmonic * phase), 0.0)
    syllables = 0.55 + 0.45 * np.sin(2 * np.pi * _SYLLABLES_HZ * time_s)
    return 0.15 * sound * syllables
