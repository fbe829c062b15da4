"""Sounds whose phones are known: a folder of them, or what synthesisers say.

A folder holds ``NAME.wav`` and ``NAME.tsv``: a line of titles, then start and end in seconds and
the phone (ARPABET without stress, or SIL), separated by tabs. ``manifest.json`` in it or beside it
may say more of each: a list of objects with ``name``, ``lang`` and ``voice`` or ``kind``.
"""

import csv
import json
import tomllib
import wave
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from shutil import which
from typing import Any, Final

import numpy as np

from benchmarks.motion_report.people import PEOPLE, recordings
from benchmarks.motion_report.score import Labels
from training.engine import Espeak, Flite, Kokoro
from training.example import end_with_sound
from training.utterance import SAMPLE_RATE_HZ, Segment, Utterance

__all__ = ["Clip", "make_clips", "read_clips"]

_SENTENCES: Final = Path(__file__).with_name("sentences.toml")
_LATE_S: Final = {"kokoro": 0.061, "flite": 0.002, "espeak": 0.004, "people": 0.0}
"""How late labels are against the sound: see training/README.md."""
_MARGIN_S: Final = 0.5
"""Silence before and after the speech, so that resting is measured."""
_ESPEAK_VARIANT: Final = "m6"
"""Not among those that were learned from."""
_RECORDINGS: Final = 12
"""Of each person."""
_ESPEAK_SENTENCES: Final = 2
"""Sentences of each language that espeak-ng says too."""


@dataclass(frozen=True, slots=True)
class Clip:
    """A sound whose phones are known."""

    path: Path
    voice: str
    language: str
    labels: Labels

    @property
    def group(self) -> str:
        """Whose figures it belongs to."""
        return f"{self.voice}, {self.language}"


def read_clips(folder: Path) -> list[Clip]:
    """Read a folder.

    Raises:
        ValueError: If it holds no clips, or one of them cannot be read; the message says which.
    """
    about = _read_manifest(folder)
    clips = []
    for path in sorted(folder.glob("*.wav")):
        entry = about.get(path.stem, {})
        voice = str(entry.get("kind") or entry.get("voice") or "a voice")
        language = str(entry.get("lang", "unknown"))
        clips.append(Clip(path, voice, language, _read_labels(path.with_suffix(".tsv"))))
    if not clips:
        raise ValueError(f"{folder} holds no .wav files: name a folder of clips")
    return clips


def _read_manifest(folder: Path) -> dict[str, dict[str, Any]]:
    for path in (folder / "manifest.json", folder.parent / "manifest.json"):
        if path.is_file():
            return {entry["name"]: entry for entry in json.loads(path.read_text("utf-8"))}
    return {}


def _read_labels(path: Path) -> Labels:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file, delimiter="\t"))[1:]
        segments = tuple(Segment(float(a), float(b), phone) for a, b, phone in rows)
        return Labels(segments, segments[-1].end_s)
    except (OSError, ValueError, IndexError) as exc:
        raise ValueError(f"{path} must hold start, end and phone of each line: {exc}") from exc


def make_clips(folder: Path) -> list[Clip]:
    """Gather speech in a folder, in voices that Avamotion never learned from.

    What is there already is kept. People, espeak-ng and flite speak if they are installed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    manifest = folder / "manifest.json"
    if not manifest.exists():
        entries = []
        for name, voice, utterance in (*_people(), *_speak(folder)):
            _write(folder / f"{name}.wav", utterance)
            entries.append({"name": name, "lang": utterance.language, "voice": voice})
        manifest.write_text(json.dumps(entries, indent=1), encoding="utf-8")
    return read_clips(folder)


def _people() -> Iterator[tuple[str, str, Utterance]]:
    """Yield a name, who reads, and what was recorded."""
    for person in PEOPLE:
        if person.installed:
            for i, utterance in enumerate(islice(recordings(person), _RECORDINGS)):
                yield f"people_{person.language}_{i}", f"{person.name}, recorded", utterance


def _speak(folder: Path) -> Iterator[tuple[str, str, Utterance]]:
    """Yield a name, the voice and what it said."""
    sentences = tomllib.loads(_SENTENCES.read_text(encoding="utf-8"))["sentence"]
    by_language: dict[str, list[dict[str, str]]] = {}
    for sentence in sentences:
        by_language.setdefault(sentence["language"], []).append(sentence)
    engines: list[tuple[str, str, Callable[[dict[str, str]], Utterance | None], Iterable[str]]] = []
    kokoro = Kokoro(folder, held_out=True)
    tebukuro = kokoro.voice("jf_tebukuro")
    engines.append(
        (
            "kokoro",
            "Kokoro jf_tebukuro",
            lambda s: kokoro.say(s["spoken"], s["language"], tebukuro, tebukuro, speed=1.0),
            by_language,
        )
    )
    if which("flite"):
        flite = Flite(folder, voices=Flite.HELD_OUT)
        engines.append(
            (
                "flite",
                "flite rms",
                lambda s: flite.say(s["text"], voice="rms", stretch=1.0),
                ["en-us"],
            )
        )
    if which("espeak-ng"):
        espeak = Espeak(folder)
        engines.append(
            (
                "espeak",
                f"espeak-ng {_ESPEAK_VARIANT}",
                lambda s: espeak.say(
                    s["text"], s["language"], variant=_ESPEAK_VARIANT, rate=165, pitch=45, range_=50
                ),
                by_language,
            )
        )
    for engine, voice, say, languages in engines:
        for language in languages:
            some = by_language[language]
            for i, sentence in enumerate(some[:_ESPEAK_SENTENCES] if engine == "espeak" else some):
                utterance = say(sentence)
                if utterance is not None:
                    yield f"{engine}_{language}_{i}", voice, utterance


def _write(path: Path, utterance: Utterance) -> None:
    """Write an utterance between two silences, its labels where the sound is."""
    utterance = end_with_sound(utterance, offset_s=_LATE_S[utterance.engine])
    margin = np.zeros(int(_MARGIN_S * SAMPLE_RATE_HZ), dtype=np.int16)
    samples = np.concatenate([margin, utterance.samples, margin])
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE_HZ)
        file.writeframes(samples.tobytes())
    duration_s = len(samples) / SAMPLE_RATE_HZ
    shift_s = _MARGIN_S - _LATE_S[utterance.engine]
    segments = [Segment(0.0, utterance.segments[0].start_s + shift_s, "SIL")]
    for segment in (*utterance.segments, Segment(duration_s, duration_s, "SIL")):
        start_s, end_s = segment.start_s + shift_s, min(segment.end_s + shift_s, duration_s)
        last = segments[-1]
        if segment.phone == last.phone == "SIL":
            segments[-1] = replace(last, end_s=end_s)
        else:
            segments.append(Segment(start_s, end_s, segment.phone))
    last = segments[-1]
    if last.phone == "SIL":
        segments[-1] = replace(last, end_s=duration_s)
    else:
        segments.append(Segment(last.end_s, duration_s, "SIL"))
    with path.with_suffix(".tsv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        writer.writerow(["start", "end", "phone"])
        writer.writerows((f"{s.start_s:.4f}", f"{s.end_s:.4f}", s.phone) for s in segments)
