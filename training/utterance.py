"""Speech whose phones and their times are known.

Shapes: N samples.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly  # type: ignore[import-untyped] # it ships no types

__all__ = ["SAMPLE_RATE_HZ", "Segment", "Utterance", "load_utterances", "save_utterances"]

SAMPLE_RATE_HZ: Final = 16_000
_PEAK: Final = 0.7


@dataclass(frozen=True, slots=True)
class Segment:
    """A phone and when it sounds, in seconds."""

    start_s: float
    end_s: float
    phone: str


@dataclass(frozen=True, slots=True, eq=False)
class Utterance:
    """A piece of labelled speech.

    Attributes:
        samples: Mono at 16 kHz, (N,), int16.
        segments: Its phones, in order, without gaps but for rounding.
        engine: Who spoke: the key of its label offset.
        voice: Which voice of the engine.
        language: Whose sounds.
    """

    samples: NDArray[np.int16]
    segments: tuple[Segment, ...]
    engine: str
    voice: str
    language: str

    @classmethod
    def make(
        cls,
        samples: NDArray[np.float32],
        rate_hz: int,
        segments: Iterable[Segment],
        *,
        engine: str,
        voice: str,
        language: str,
    ) -> "Utterance | None":
        """Bring what an engine spoke to one rate and level; None if it is silent."""
        ratio = Fraction(SAMPLE_RATE_HZ, rate_hz)
        resampled = resample_poly(samples, ratio.numerator, ratio.denominator)
        peak = float(np.abs(resampled).max()) if len(resampled) else 0.0
        if peak < 1e-3 or not np.isfinite(peak):
            return None
        pcm = np.round(resampled * (_PEAK / peak * 32767)).astype(np.int16)
        return cls(pcm, tuple(segments), engine, voice, language)

    @property
    def duration_s(self) -> float:
        """Length of the sound."""
        return len(self.samples) / SAMPLE_RATE_HZ


def save_utterances(path: Path, utterances: list[Utterance]) -> None:
    """Write utterances to one file, whole or not at all."""
    columns: dict[str, NDArray[np.generic]] = {
        "samples": np.concatenate([u.samples for u in utterances]),
        "lengths": np.array([len(u.samples) for u in utterances]),
        "counts": np.array([len(u.segments) for u in utterances]),
        "times": np.array([(s.start_s, s.end_s) for u in utterances for s in u.segments]),
        "phones": np.array([s.phone for u in utterances for s in u.segments]),
        "about": np.array([(u.engine, u.voice, u.language) for u in utterances]),
    }
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.savez(file, **columns)  # type: ignore[arg-type]  # numpy's stub takes bool only
    part.replace(path)


def load_utterances(path: Path) -> list[Utterance]:
    """Read what :func:`save_utterances` wrote."""
    with np.load(path) as archive:
        sounds = np.split(archive["samples"], np.cumsum(archive["lengths"])[:-1])
        bounds = np.cumsum(archive["counts"])[:-1]
        times = np.split(archive["times"], bounds)
        phones = np.split(archive["phones"], bounds)
        about = archive["about"].tolist()
    return [
        Utterance(
            sound,
            tuple(Segment(a, b, p) for (a, b), p in zip(t.tolist(), ph.tolist(), strict=True)),
            engine,
            voice,
            language,
        )
        for sound, t, ph, (engine, voice, language) in zip(
            sounds, times, phones, about, strict=True
        )
    ]
