"""From package registries to a model: ``python -m training [--config FILE] [--out DIR]``.

Stages: speak, measure label offsets, prepare examples, fit, export, report, judge. Each keeps its
results in the folder, and an interrupted run goes on where it stopped.
"""

import argparse
import json
import os
import sys
import tomllib
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from avamotion.motion.phone import PHONES
from training.engine import ENGINES
from training.example import Examples, load_examples, prepare
from training.export import write_onnx
from training.fit import FitConfig, fit, validate
from training.judge import judge
from training.network import DILATIONS, LOOKAHEADS_HOPS, PhoneNetwork
from training.offset import measure_offset
from training.report import draw_log
from training.speech import speak
from training.utterance import load_utterances

_CONFIGS = Path(__file__).with_name("config")
_N_CHANNELS = 112
_OFFSET_UTTERANCES = 100
_TEMPERATE_HOPS = 20_000
_SEQUENCE_HOPS = 200
_JUDGED_UTTERANCES = 5
_LEAST_JAW = 0.05
_MOST_PROCESSES = 8


@dataclass(frozen=True, slots=True)
class Config:
    """A run.

    Attributes:
        seed: Chooses everything that is random.
        copies: Disturbed copies of each utterance, by engine.
        minutes: How much each engine speaks.
        validation: How much each engine speaks to be judged on, never to learn from.
        fit: How to learn.
        start_from: The weights.npz of a run to begin with; empty begins from nothing.
        margin: By which share of hops what was written must hear more than by chance.
    """

    seed: int
    copies: dict[str, int]
    minutes: dict[str, float]
    validation: dict[str, float]
    fit: FitConfig
    start_from: str = ""
    margin: float = 0.0
    metadata: dict[str, str] = field(default_factory=dict)


def read_config(path: Path) -> Config:
    """Read a run's configuration.

    Raises:
        ValueError: If a key is unknown or a value has the wrong type.
    """
    values: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    unknown = {*values.get("minutes", {}), *values.get("validation", {})} - set(ENGINES)
    if unknown:
        raise ValueError(f"{path}: unknown engines {', '.join(sorted(unknown))}")
    try:
        return Config(**(values | {"fit": FitConfig(**values.get("fit", {}))}))
    except TypeError as exc:
        raise ValueError(f"{path}: {exc}") from exc


def main() -> int:
    """Run all stages."""
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    parser.add_argument("--config", type=Path, default=_CONFIGS / "full.toml")
    parser.add_argument("--smoke", action="store_true", help="the few minutes that CI runs")
    parser.add_argument("--out", type=Path, default=Path("out/training"))
    parser.add_argument("--threads", type=int, default=1, help="of the learning")
    parser.add_argument(
        "--processes",
        type=int,
        default=min(os.cpu_count() or 1, _MOST_PROCESSES),
        help="that speak and prepare, 0.7 GB each (%(default)s)",
    )
    arguments = parser.parse_args()
    try:
        config = read_config(_CONFIGS / "smoke.toml" if arguments.smoke else arguments.config)
    except (ValueError, OSError) as exc:
        print(f"error: {exc}", file=sys.stderr)
        return 2
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(config.seed)
    folder: Path = arguments.out
    folder.mkdir(parents=True, exist_ok=True)

    n = arguments.processes
    shards = speak(folder / "speech", config.minutes, seed=config.seed, n_processes=n)
    # Another seed: where no voice is held out, at least the sentences are.
    seed = config.seed + 1
    judged = speak(folder / "validation", config.validation, seed=seed, n_processes=n)
    offsets_s = _offsets(folder / "offsets.json", [*shards, *judged])
    paths = prepare(
        folder / "examples",
        shards,
        offsets_s,
        copies=config.copies,
        seed=config.seed,
        n_processes=n,
    )
    judged_paths = prepare(
        folder / "validation_examples",
        judged,
        offsets_s,
        copies=dict.fromkeys(offsets_s, 1),
        seed=seed,
        n_processes=n,
    )
    examples, validation = load_examples(paths), load_examples(judged_paths)
    print(f"{len(examples.phones) / 180_000:.1f} hours to learn from", flush=True)

    network = _begin(config, examples)
    before = validate(network, validation)
    fit(network, examples, validation, config.fit, folder)
    weights = network.weights()
    np.savez(folder / "weights.npz", allow_pickle=False, **weights)
    model = folder / "model.onnx"
    write_onnx(
        model,
        weights,
        peaks=network.peaks(_some_sound(examples)),
        dilations=DILATIONS,
        lookaheads_hops=LOOKAHEADS_HOPS,
        metadata={"phones": " ".join(PHONES), "config": json.dumps(asdict(config))},
    )
    if (log := folder / "log.csv").exists():
        draw_log(log, folder / "log.png")
    spoken = [utterance for shard in judged for utterance in load_utterances(shard)]
    written = judge(model, validation, spoken[:_JUDGED_UTTERANCES])
    figures = {
        "before": before,
        "after": validate(network, validation),
        "written": written,
        "offsets_s": offsets_s,
    }
    (folder / "figures.json").write_text(json.dumps(figures, indent=1), encoding="utf-8")
    right, chance, jaw = written["right"], written["chance"], written["jaw"]
    print(
        f"wrote {model}: right in {right:.3f} of the hops, chance {chance:.3f}; jaw moves {jaw:.2f}"
    )
    if right < chance + config.margin or jaw < _LEAST_JAW:
        print(
            f"error: it must be right in {config.margin:g} more than by chance, and move the jaw "
            f"by {_LEAST_JAW:g}",
            file=sys.stderr,
        )
        return 1
    return 0


def _offsets(path: Path, shards: list[Path]) -> dict[str, float]:
    """Measure how late each engine's labels are, or read what was measured."""
    if path.exists():
        known: dict[str, float] = json.loads(path.read_text(encoding="utf-8"))
        return known
    by_engine: dict[str, list[Any]] = {}
    for shard in shards:
        for utterance in load_utterances(shard):
            own = by_engine.setdefault(utterance.engine, [])
            if len(own) < _OFFSET_UTTERANCES:
                own.append(utterance)
    offsets_s = {engine: measure_offset(own) for engine, own in by_engine.items()}
    for engine, offset_s in offsets_s.items():
        print(f"labels of {engine} are {offset_s * 1000:.0f} ms late", flush=True)
    path.write_text(json.dumps(offsets_s), encoding="utf-8")
    return offsets_s


def _begin(config: Config, examples: Examples) -> PhoneNetwork:
    if config.start_from:
        return PhoneNetwork.from_weights(Path(config.start_from))
    step = max(1, len(examples.features) // _TEMPERATE_HOPS)
    some = examples.features[::step].astype(np.float32)
    return PhoneNetwork(_N_CHANNELS, some.mean(axis=0), some.std(axis=0) + 1e-3)


def _some_sound(examples: Examples) -> torch.Tensor:
    """Return features of a minute or ten from all over the examples, (B, T, F)."""
    n_sequences = len(examples.features) // _SEQUENCE_HOPS
    whole = examples.features[: n_sequences * _SEQUENCE_HOPS]
    sequences = whole.reshape(n_sequences, _SEQUENCE_HOPS, -1)
    some = sequences[:: max(1, n_sequences * _SEQUENCE_HOPS // _TEMPERATE_HOPS)]
    return torch.from_numpy(some.astype(np.float32))


if __name__ == "__main__":
    sys.exit(main())
