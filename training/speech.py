"""The first stage: let the engines speak, shard by shard."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np

from training.engine import ENGINES
from training.utterance import Utterance, save_utterances

__all__ = ["speak"]

_SHARD_S: Final = 300.0
"""Seconds of speech in one file."""


def speak(folder: Path, minutes: Mapping[str, float], *, seed: int) -> list[Path]:
    """Write shards of speech; those that exist already are kept.

    Args:
        folder: Where to write.
        minutes: How much each engine speaks.
        seed: Shards depend on it, the engine and their number only.

    Returns:
        All shards, in a fixed order.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shards: list[Path] = []
    for name, engine_minutes in minutes.items():
        n_shards = max(1, round(engine_minutes * 60 / _SHARD_S))
        length_s = min(_SHARD_S, engine_minutes * 60)
        paths = [folder / f"{name}_{i:03d}.npz" for i in range(n_shards)]
        missing = [(i, path) for i, path in enumerate(paths) if not path.exists()]
        engine = ENGINES[name](folder) if missing else None
        for i, path in missing:
            assert engine is not None
            rng = np.random.default_rng([seed, i, *name.encode()])
            utterances: list[Utterance] = []
            spoken_s = 0.0
            for utterance in engine.utterances(rng):
                utterances.append(utterance)
                spoken_s += utterance.duration_s
                if spoken_s >= length_s:
                    break
            save_utterances(path, utterances)
            print(f"{path.name}: {len(utterances)} utterances, {spoken_s / 60:.1f} min", flush=True)
        shards += paths
    return shards
