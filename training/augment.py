"""Make clean speech sound as it does in the world.

Shapes: N samples at 16 kHz.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, fftconvolve, lfilter  # type: ignore[import-untyped] # it ships no types

from training.nonspeech import colored_noise, music
from training.utterance import SAMPLE_RATE_HZ, Segment, Utterance

__all__ = ["augment"]

Sound = NDArray[np.float64]

_FEMALE: Final = ("hibari", "kokoro")
_BREATH_GAP_S: Final = 0.2
"""Nobody breathes in a shorter silence."""


def augment(
    utterance: Utterance, babble: Sequence[Utterance], rng: np.random.Generator
) -> tuple[NDArray[np.float32], list[Segment]]:
    """Return a disturbed copy of an utterance: its sound, (N,), and its segments.

    Args:
        utterance: Clean speech.
        babble: Others who may talk in the background.
        rng: The dice.
    """
    sound = utterance.samples.astype(np.float64) / 32768
    sound, segments = _change_speed(sound, utterance, rng)
    sound, segments = _pad(sound, segments, rng)
    if rng.random() < 0.35:
        sound = _breathe_in(sound, segments, rng)
    if rng.random() < 0.5:
        sound = _reverberate(sound, rng)
    if rng.random() < 0.5:
        sound = lfilter([1, -rng.uniform(-0.5, 0.6)], [1], sound)
    if rng.random() < 0.2:
        band_hz = [rng.uniform(60, 300), rng.uniform(3200, 7000)]
        sound = lfilter(*butter(4, band_hz, "band", fs=SAMPLE_RATE_HZ), sound)
    if rng.random() < 0.2:
        sound = _swell(sound, rng)
    if rng.random() < 0.6:
        sound = _add_noise(sound, babble, rng)
    sound = sound / (np.abs(sound).max() + 1e-6)
    if rng.random() < 0.05:
        sound = np.clip(sound * rng.uniform(1.5, 6), -1, 1)
    sound = sound * 10 ** (rng.uniform(-30, -1) / 20)
    return sound.astype(np.float32), segments


def _change_speed(
    sound: Sound, utterance: Utterance, rng: np.random.Generator
) -> tuple[Sound, list[Segment]]:
    """Play faster or slower: moves the formants with the pitch, so women become men."""
    factor = float(np.exp(rng.uniform(-0.17, 0.17)))
    if utterance.engine in _FEMALE and rng.random() < 0.4:
        factor = float(rng.uniform(0.74, 0.9))
    if factor > 1:
        sound = lfilter(*butter(6, 0.98 / factor), sound)
    at = np.arange(int(len(sound) / factor)) * factor
    faster = np.interp(at, np.arange(len(sound)), sound)
    segments = [
        replace(s, start_s=s.start_s / factor, end_s=s.end_s / factor) for s in utterance.segments
    ]
    return faster, segments


def _pad(
    sound: Sound, segments: list[Segment], rng: np.random.Generator
) -> tuple[Sound, list[Segment]]:
    before_s, after_s = rng.uniform(0, 0.5), rng.uniform(0, 0.5)
    padded = np.concatenate(
        [
            np.zeros(int(before_s * SAMPLE_RATE_HZ)),
            sound,
            np.zeros(int(after_s * SAMPLE_RATE_HZ)),
        ]
    )
    moved = [replace(s, start_s=s.start_s + before_s, end_s=s.end_s + before_s) for s in segments]
    return padded, [Segment(0.0, before_s, "SIL"), *moved]


def _breathe_in(sound: Sound, segments: list[Segment], rng: np.random.Generator) -> Sound:
    """Let people breathe in before they speak: it is nothing that the mouth shows."""
    sound = sound.copy()
    speech = np.sqrt(np.square(sound).mean())
    for segment in segments:
        gap_s = segment.end_s - segment.start_s
        if segment.phone != "SIL" or gap_s < _BREATH_GAP_S:
            continue
        length_s = min(rng.uniform(0.1, 0.5), gap_s - 0.05)
        n = int(length_s * SAMPLE_RATE_HZ)
        at = int((segment.end_s - length_s - rng.uniform(0, 0.05)) * SAMPLE_RATE_HZ)
        if at < 0 or at + n > len(sound):
            continue
        low_hz = rng.uniform(200, 1500)
        band_hz = [low_hz, low_hz * rng.uniform(2, 5)]
        breath = lfilter(*butter(2, band_hz, "band", fs=SAMPLE_RATE_HZ), rng.standard_normal(n))
        breath *= np.sin(np.pi * np.linspace(0, 1, n) ** rng.uniform(0.6, 1.6))
        level = speech * 10 ** (-rng.uniform(10, 35) / 20)
        sound[at : at + n] += breath * level / (np.sqrt(np.square(breath).mean()) + 1e-9)
    return sound


def _reverberate(sound: Sound, rng: np.random.Generator) -> Sound:
    n = int(rng.uniform(0.1, 0.6) * SAMPLE_RATE_HZ)
    tail = rng.standard_normal(n) * np.exp(-6.9 * np.arange(n) / n)
    tail *= rng.uniform(0.02, 0.25) / np.sqrt(np.square(tail).sum())
    tail[0] = 1
    return np.asarray(fftconvolve(sound, tail)[: len(sound)])


def _swell(sound: Sound, rng: np.random.Generator) -> Sound:
    """Let the speaker move to and fro."""
    time_s = np.arange(len(sound)) / SAMPLE_RATE_HZ
    depth_db = rng.uniform(2, 10)
    phase = 2 * np.pi * rng.uniform(0.05, 0.6) * time_s + rng.uniform(0, 6.3)
    return np.asarray(sound * 10 ** (depth_db * np.sin(phase) / 20))


def _add_noise(sound: Sound, babble: Sequence[Utterance], rng: np.random.Generator) -> Sound:
    draw = rng.random()
    low_db = 8.0
    if draw < 0.6:
        noise = colored_noise(len(sound), rng)
    elif draw < 0.8:
        noise = np.zeros(len(sound))
        for _ in range(4):
            other = babble[int(rng.integers(len(babble)))].samples.astype(np.float64)
            noise += np.roll(np.resize(other, len(sound)), int(rng.integers(len(sound))))
        low_db = 12.0
    else:
        noise = music(len(sound), rng)
        low_db = 12.0
    level = np.sqrt(np.square(sound).mean()) / (np.sqrt(np.square(noise).mean()) + 1e-9)
    return np.asarray(sound + noise * level * 10 ** (-rng.uniform(low_db, 45) / 20))
