"""Sounds that are no speech: the mouth must stay at rest.

Shapes: N samples at 16 kHz.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, lfilter  # type: ignore[import-untyped] # it ships no types

__all__ = ["KINDS", "colored_noise", "make_nonspeech", "music"]

_RATE_HZ: Final = 16_000

Sound = NDArray[np.float64]


def colored_noise(n: int, rng: np.random.Generator) -> Sound:
    """White, pinkish or dark noise."""
    noise = rng.standard_normal(n)
    if rng.random() < 0.6:
        noise = lfilter([1], [1, -rng.uniform(0.6, 0.99)], noise)
    return np.asarray(noise / (np.std(noise) + 1e-9))


def _hum(n: int, rng: np.random.Generator) -> Sound:
    """Mains, a fan, a transformer: steady harmonics."""
    time_s = np.arange(n) / _RATE_HZ
    base_hz = rng.choice([50.0, 60.0, 100.0, 120.0]) * rng.uniform(0.97, 1.03)
    sound = np.zeros(n)
    for k in range(1, int(rng.integers(2, 30))):
        sound += np.sin(2 * np.pi * base_hz * k * time_s + rng.uniform(0, 6.3)) / k ** rng.uniform(
            0, 2
        )
    return sound + 0.02 * colored_noise(n, rng)


def _tones(n: int, rng: np.random.Generator) -> Sound:
    """Beeps and sirens."""
    time_s = np.arange(n) / _RATE_HZ
    frequency_hz = rng.uniform(200, 3000) + rng.uniform(0, 400) * np.sin(
        2 * np.pi * rng.uniform(0.2, 4) * time_s
    )
    sound = np.sin(2 * np.pi * np.cumsum(frequency_hz) / _RATE_HZ)
    if rng.random() < 0.6:
        sound *= np.sin(2 * np.pi * rng.uniform(0.5, 4) * time_s) > rng.uniform(-0.7, 0.7)
    return np.asarray(sound)


def _clicks(n: int, rng: np.random.Generator) -> Sound:
    """Keys, taps, knocks, plosive bumps of a microphone."""
    sound = np.zeros(n)
    for _ in range(int(rng.integers(2, 30))):
        at = int(rng.integers(n))
        length = min(n - at, int(rng.uniform(0.0005, 0.06) * _RATE_HZ))
        decay = np.exp(-np.arange(length) / (length * rng.uniform(0.1, 0.4) + 1))
        burst = rng.standard_normal(length)
        if rng.random() < 0.5:
            burst = np.sin(2 * np.pi * rng.uniform(60, 2500) * np.arange(length) / _RATE_HZ)
        sound[at : at + length] += burst * decay * rng.uniform(0.2, 1)
    return sound


def music(n: int, rng: np.random.Generator) -> Sound:
    """Notes with harmonics, in chords, perhaps with a beat."""
    sound = np.zeros(n)
    beat = int(rng.uniform(0.15, 0.7) * _RATE_HZ)
    scale = np.array([0, 2, 4, 5, 7, 9, 11, 12])
    root = rng.uniform(80, 350)
    n_harmonics = int(rng.integers(1, 12))
    tilt = rng.uniform(0.6, 2.2)
    decay_s = rng.uniform(0.1, 2.0)
    for start in range(0, n, beat):
        length = min(n - start, int(beat * rng.uniform(0.8, 3)))
        time_s = np.arange(length) / _RATE_HZ
        envelope = np.minimum(1, time_s / 0.01) * np.exp(-time_s / decay_s)
        for degree in rng.choice(scale, int(rng.integers(1, 4))):
            pitch_hz = root * 2 ** (degree / 12)
            vibrato = 1 + 0.004 * np.sin(2 * np.pi * rng.uniform(4, 7) * time_s)
            phase = 2 * np.pi * pitch_hz * np.cumsum(vibrato) / _RATE_HZ
            for k in range(1, n_harmonics + 1):
                if pitch_hz * k < _RATE_HZ / 2:
                    sound[start : start + length] += np.sin(k * phase) * envelope / k**tilt
        if rng.random() < 0.5:
            hit = min(n - start, 1500)
            drum = rng.standard_normal(hit) * np.exp(-np.arange(hit) / rng.uniform(60, 500))
            sound[start : start + hit] += drum
    return sound


def _gusts(n: int, rng: np.random.Generator) -> Sound:
    """Wind, rustling, breathing: noise that swells."""
    noise = colored_noise(n, rng)
    low_hz = rng.uniform(60, 1500)
    b, a = butter(2, [low_hz, min(7800, low_hz * rng.uniform(1.5, 6))], "band", fs=_RATE_HZ)
    time_s = np.arange(n) / _RATE_HZ
    swell = np.abs(np.sin(np.pi * rng.uniform(0.2, 1.5) * time_s + rng.uniform(0, 3.1)))
    return np.asarray(lfilter(b, a, noise) * swell ** rng.uniform(0.5, 3))


def _steady_noise(n: int, rng: np.random.Generator) -> Sound:
    return colored_noise(n, rng)


def _silence(n: int, rng: np.random.Generator) -> Sound:
    return rng.standard_normal(n) * 10 ** rng.uniform(-6, -3)


KINDS: Final[dict[str, Callable[[int, np.random.Generator], Sound]]] = {
    "hum": _hum,
    "tones": _tones,
    "clicks": _clicks,
    "music": music,
    "gusts": _gusts,
    "noise": _steady_noise,
    "silence": _silence,
}
"""Makers of non-speech by name."""


def make_nonspeech(n: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Make one sound of any kind, (N,), at a level from faint to full."""
    kind = str(rng.choice(list(KINDS)))
    sound = KINDS[kind](n, rng)
    if kind != "silence":
        sound = sound / (np.abs(sound).max() + 1e-9) * 10 ** (rng.uniform(-45, -1) / 20)
    return sound.astype(np.float32)
