"""The second stage: features and targets, shard by shard.

Shapes: T hops, F features.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avamotion.motion.feature import CONTEXT_SAMPLES, HOP_SAMPLES, log_mel
from avamotion.motion.phone import phone_index
from training.augment import augment
from training.nonspeech import make_nonspeech
from training.utterance import SAMPLE_RATE_HZ, Segment, load_utterances

__all__ = ["Examples", "label", "load_examples", "prepare"]

_HOP_S: Final = HOP_SAMPLES / SAMPLE_RATE_HZ
_PAUSE_S: Final = 0.2
"""A silence at least this long is a pause; a shorter one is part of the speech around it."""
_NONSPEECH_SHARE: Final = 0.12
_NONSPEECH_S: Final = (2.0, 6.0)


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """Sequences, one after the other.

    Attributes:
        features: (T, 80), float16.
        phones: Index of the phone in the middle of each hop, (T,), uint8.
        voices: 1 while somebody speaks, 0 in pauses and in whatever is no speech, (T,), uint8.
        ends: Where each sequence ends.
    """

    features: NDArray[np.float16]
    phones: NDArray[np.uint8]
    voices: NDArray[np.uint8]
    ends: NDArray[np.int64]


def label(
    segments: Sequence[Segment], n_hops: int, *, offset_s: float
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return the phone and whether there is a voice in the middle of each hop, (T,) each.

    Args:
        segments: Phones in order.
        n_hops: T.
        offset_s: How late the segments are against the sound.
    """
    times_s = (np.arange(n_hops) + 0.5) * _HOP_S
    phones = np.full(n_hops, phone_index("SIL"), dtype=np.uint8)
    voices = np.zeros(n_hops, dtype=np.uint8)
    merged: list[Segment] = []
    for segment in segments:
        if merged and merged[-1].phone == segment.phone == "SIL":
            merged[-1] = Segment(merged[-1].start_s, segment.end_s, "SIL")
        else:
            merged.append(segment)
    for i, segment in enumerate(merged):
        inside = (times_s >= segment.start_s - offset_s) & (times_s < segment.end_s - offset_s)
        phones[inside] = phone_index(segment.phone)
        at_edge = i in (0, len(merged) - 1)
        is_pause = segment.phone == "SIL" and (
            at_edge or segment.end_s - segment.start_s >= _PAUSE_S
        )
        voices[inside] = not is_pause
    return phones, voices


def prepare(
    folder: Path,
    shards: Sequence[Path],
    offsets_s: Mapping[str, float],
    *,
    copies: Mapping[str, int],
    seed: int,
) -> list[Path]:
    """Write examples for each shard of speech; those that exist already are kept.

    Args:
        folder: Where to write.
        shards: Files of utterances.
        offsets_s: How late each engine's labels are.
        copies: How many disturbed copies of its speech each engine gets.
        seed: Examples depend on it and their shard's name only.
    """
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for shard in shards:
        path = folder / shard.name
        made.append(path)
        if path.exists():
            continue
        rng = np.random.default_rng([seed, *shard.stem.encode()])
        utterances = load_utterances(shard)
        parts: list[tuple[NDArray[np.float16], NDArray[np.uint8], NDArray[np.uint8]]] = []
        for copy in range(max(copies.values())):
            for utterance in utterances:
                if copy >= copies[utterance.engine]:
                    continue
                sound, segments = augment(utterance, utterances, rng)
                features = _features(sound)
                phones, voices = label(
                    segments, len(features), offset_s=offsets_s[utterance.engine]
                )
                parts.append((features, phones, voices))
                if rng.random() < _NONSPEECH_SHARE:
                    n = int(rng.uniform(*_NONSPEECH_S) * SAMPLE_RATE_HZ)
                    features = _features(make_nonspeech(n, rng))
                    silent = np.zeros(len(features), dtype=np.uint8)
                    parts.append((features, silent + np.uint8(phone_index("SIL")), silent))
        columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
        ends = np.cumsum([len(features) for features, _, _ in parts])
        part_path = path.with_suffix(".part")
        with part_path.open("wb") as file:
            np.savez(file, features=columns[0], phones=columns[1], voices=columns[2], ends=ends)
        part_path.replace(path)
        print(f"{path.name}: {ends[-1] * _HOP_S / 60:.0f} min of examples", flush=True)
    return made


def _features(sound: NDArray[np.float32]) -> NDArray[np.float16]:
    n_hops = len(sound) // HOP_SAMPLES
    context = np.zeros(CONTEXT_SAMPLES, dtype=np.float32)
    padded = np.concatenate([context, sound[: n_hops * HOP_SAMPLES]])
    features: NDArray[np.float16] = log_mel(padded[None])[0].astype(np.float16)
    return features


def load_examples(paths: Sequence[Path]) -> Examples:
    """Read and join examples."""
    features, phones, voices, ends = [], [], [], []
    start = 0
    for path in paths:
        with np.load(path) as archive:
            features.append(archive["features"])
            phones.append(archive["phones"])
            voices.append(archive["voices"])
            ends.append(archive["ends"] + start)
            start += len(archive["phones"])
    return Examples(
        np.concatenate(features),
        np.concatenate(phones),
        np.concatenate(voices),
        np.concatenate(ends),
    )
