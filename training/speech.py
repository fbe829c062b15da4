"""The first stage: let the engines speak, shard by shard."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from training.engine import ENGINES
from training.share import share
from training.utterance import Utterance, save_utterances

__all__ = ["speak"]

_SHARD_S: Final = 300.0
"""Seconds of speech in one file."""


def speak(
    folder: Path, minutes: Mapping[str, float], *, seed: int, n_processes: int = 1
) -> list[Path]:
    """Write shards of speech; those that exist already are kept.

    Args:
        folder: Where to write.
        minutes: How much each engine speaks.
        seed: Shards depend on it, the engine and their number only.
        n_processes: How many speak at once.

    Returns:
        All shards, in a fixed order.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shards: list[Path] = []
    missing: list[tuple[str, int, Path, float]] = []
    for name, engine_minutes in minutes.items():
        n_shards = max(1, round(engine_minutes * 60 / _SHARD_S))
        length_s = min(_SHARD_S, engine_minutes * 60)
        paths = [folder / f"{name}_{i:03d}.npz" for i in range(n_shards)]
        new = [(name, i, path, length_s) for i, path in enumerate(paths) if not path.exists()]
        if new:
            ENGINES[name](folder)  # fetches what it needs, once
        missing += new
        shards += paths
    share(partial(_speak_shard, seed=seed), missing, n_processes)
    return shards


def _speak_shard(job: tuple[str, int, Path, float], *, seed: int) -> None:
    name, number, path, length_s = job
    rng = np.random.default_rng([seed, number, *name.encode()])
    utterances: list[Utterance] = []
    spoken_s = 0.0
    for utterance in ENGINES[name](path.parent).utterances(rng):
        utterances.append(utterance)
        spoken_s += utterance.duration_s
        if spoken_s >= length_s:
            break
    save_utterances(path, utterances)
    print(f"{path.name}: {len(utterances)} utterances, {spoken_s / 60:.1f} min", flush=True)
