"""The second stage: features and targets, shard by shard.

Shapes: T hops, F features.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import zip_longest
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avamotion.motion.feature import CONTEXT_SAMPLES, HOP_SAMPLES, log_mel
from avamotion.motion.phone import phone_index
from training.augment import augment
from training.nonspeech import make_nonspeech
from training.share import share
from training.utterance import SAMPLE_RATE_HZ, Segment, Utterance, load_utterances

__all__ = ["Examples", "end_with_sound", "label", "load_examples", "prepare"]

_HOP_S: Final = HOP_SAMPLES / SAMPLE_RATE_HZ
_PAUSE_S: Final = 0.2
"""A silence at least this long is a pause; a shorter one is part of the speech around it."""
_BLOCK_SAMPLES: Final = 160
_BLOCK_S: Final = _BLOCK_SAMPLES / SAMPLE_RATE_HZ
_AUDIBLE: Final = 0.03
"""Share of the loudness of speech below which a phone has ended: 30 dB."""
_SHORTEST_S: Final = 0.03
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


def end_with_sound(utterance: Utterance, *, offset_s: float) -> Utterance:
    """Let the last phone before a pause end where its sound does.

    Synthesisers stretch it into the silence: a mouth that believed them would stay open there.

    Args:
        utterance: Clean speech.
        offset_s: How late its segments are against the sound.
    """
    n_blocks = len(utterance.samples) // _BLOCK_SAMPLES
    blocks = utterance.samples[: n_blocks * _BLOCK_SAMPLES].reshape(n_blocks, -1)
    levels = np.sqrt(np.square(blocks.astype(np.float64)).mean(axis=1))
    audible = np.nonzero(levels > _AUDIBLE * np.percentile(levels, 90))[0]
    segments: list[Segment] = []
    for segment, following in zip_longest(utterance.segments, utterance.segments[1:]):
        if segment.phone == "SIL" or (following is not None and following.phone != "SIL"):
            segments.append(segment)
            continue
        ends_s = (audible + 1) * _BLOCK_S + offset_s
        sounds = ends_s[(ends_s > segment.start_s) & (ends_s <= segment.end_s)]
        end_s = max(segment.start_s + _SHORTEST_S, sounds[-1] if len(sounds) else 0.0)
        if end_s < segment.end_s:
            segments.append(replace(segment, end_s=float(end_s)))
            segments.append(Segment(float(end_s), segment.end_s, "SIL"))
        else:
            segments.append(segment)
    return replace(utterance, segments=tuple(segments))


def prepare(
    folder: Path,
    shards: Sequence[Path],
    offsets_s: Mapping[str, float],
    *,
    copies: Mapping[str, int],
    seed: int,
    n_processes: int = 1,
) -> list[Path]:
    """Write examples for each shard of speech; those that exist already are kept.

    Args:
        folder: Where to write.
        shards: Files of utterances.
        offsets_s: How late each engine's labels are.
        copies: How many disturbed copies of its speech each engine gets.
        seed: Examples depend on it and their shard's name only.
        n_processes: How many shards to prepare at once.
    """
    folder.mkdir(parents=True, exist_ok=True)
    made = [folder / shard.name for shard in shards]
    jobs = [job for job in zip(shards, made, strict=True) if not job[1].exists()]
    do = partial(_prepare_shard, offsets_s=dict(offsets_s), copies=dict(copies), seed=seed)
    share(do, jobs, n_processes)
    return made


def _prepare_shard(
    job: tuple[Path, Path],
    *,
    offsets_s: Mapping[str, float],
    copies: Mapping[str, int],
    seed: int,
) -> None:
    shard, path = job
    rng = np.random.default_rng([seed, *shard.stem.encode()])
    utterances = [
        end_with_sound(utterance, offset_s=offsets_s[utterance.engine])
        for utterance in load_utterances(shard)
    ]
    parts: list[tuple[NDArray[np.float16], NDArray[np.uint8], NDArray[np.uint8]]] = []
    for copy in range(max(copies.values())):
        for utterance in utterances:
            if copy >= copies[utterance.engine]:
                continue
            sound, segments = augment(utterance, utterances, rng)
            features = _features(sound)
            phones, voices = label(segments, len(features), offset_s=offsets_s[utterance.engine])
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
