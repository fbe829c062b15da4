"""The third stage: learn.

Shapes: B sequences, T hops, F features, L lookaheads, D phones, V visemes.
"""

import csv
import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel

from avamotion.motion.feature import N_FEATURES
from avamotion.motion.phone import phone_index
from training.example import Examples
from training.network import LOOKAHEADS_HOPS, PhoneNetwork
from training.viseme import LABIAL, LIPS_CLOSED, N_VISEMES, VISEME_OF_PHONE

__all__ = ["FitConfig", "fit", "validate"]

_SMOOTHING: Final = 0.03
_HEADS: Final = ("phone", "lip", "voice")
_RATES: Final = (1.0, 0.5)
"""Shares of the learning rate that Muon and AdamW get."""
_MEAN_DECAY: Final = 0.998
_REPORT_STEPS: Final = 250
_SAVE_STEPS: Final = 250
_N_BANDS: Final = N_FEATURES // 2


@dataclass(frozen=True, slots=True)
class FitConfig:
    """How to learn.

    Attributes:
        n_steps: Number of batches.
        n_sequences: B.
        n_hops: T.
        learning_rate: Its highest value, root mean square of what a step changes; it warms up, and
            falls as a cosine.
        warmup_steps: Steps until it is reached.
        labial_weight: How much more than others the hops of p, b, m, f, v and w count: the eye
            does not forgive them.
        lip_weight: Weight of the closure head's loss.
        voice_weight: Weight of the voice head's loss.
        seed: Chooses batches and disturbances.
    """

    n_steps: int
    n_sequences: int = 24
    n_hops: int = 200
    learning_rate: float = 1e-3
    warmup_steps: int = 100
    labial_weight: float = 1.0
    lip_weight: float = 0.5
    voice_weight: float = 0.5
    seed: int = 0


def fit(
    network: PhoneNetwork,
    examples: Examples,
    validation: Examples,
    config: FitConfig,
    folder: Path,
) -> None:
    """Train a network in place; picks up where an interrupted run stopped.

    What remains in the network is the mean over the last steps. Writes ``checkpoint.pt`` and
    ``log.csv`` into the folder.
    """
    optimizers = _optimizers(network)
    # The mean over the last few hundred steps hears unknown voices better than any one of them.
    mean = AveragedModel(network, avg_fn=_average, use_buffers=True)
    checkpoint = folder / "checkpoint.pt"
    start = 0
    if checkpoint.exists():
        saved = torch.load(checkpoint, weights_only=True)
        network.load_state_dict(saved["network"])
        mean.load_state_dict(saved["mean"])
        for optimizer, state in zip(optimizers, saved["optimizers"], strict=True):
            optimizer.load_state_dict(state)
        start = int(saved["step"])
        print(f"going on after step {start}", flush=True)
    began_s = time.monotonic()
    running: dict[str, float] = {}
    for step in range(start, config.n_steps):
        network.train()
        # Dice by the step, so that a resumed run repeats what it would have done.
        rng = np.random.default_rng([config.seed, step])
        torch.manual_seed(int(rng.integers(2**31)))
        for optimizer, share in zip(optimizers, _RATES, strict=True):
            optimizer.param_groups[0]["lr"] = share * _learning_rate(step, config)
        # Half the time on CPUs with bfloat16 units; elsewhere it costs nothing.
        with torch.autocast("cpu", dtype=torch.bfloat16):
            batch = _batch(examples, config, rng)
            losses = _losses(network, *batch, labial_weight=config.labial_weight)
        loss = losses["phone"] + losses["viseme"]
        loss = loss + config.lip_weight * losses["lip"] + config.voice_weight * losses["voice"]
        network.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch's own
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        for optimizer in optimizers:
            optimizer.step()
        mean.update_parameters(network)
        for name, value in losses.items():
            running[name] = 0.98 * running.get(name, value.item()) + 0.02 * value.item()
        done = step + 1
        if done % _REPORT_STEPS == 0 or done == config.n_steps:
            figures = running | validate(cast(PhoneNetwork, mean.module), validation)
            _log(folder / "log.csv", done, figures)
            rate = (done - start) / (time.monotonic() - began_s)
            left_min = (config.n_steps - done) / rate / 60
            text = "  ".join(f"{name} {value:.3f}" for name, value in figures.items())
            print(f"step {done}/{config.n_steps}  {text}  {left_min:.0f} min left", flush=True)
        if done % _SAVE_STEPS == 0 or done == config.n_steps:
            part = checkpoint.with_suffix(".part")
            torch.save(
                {
                    "network": network.state_dict(),
                    "mean": mean.state_dict(),
                    "optimizers": [optimizer.state_dict() for optimizer in optimizers],
                    "step": done,
                },
                part,
            )
            part.replace(checkpoint)
    network.load_state_dict(mean.module.state_dict())


def _optimizers(network: PhoneNetwork) -> tuple[torch.optim.Optimizer, torch.optim.Optimizer]:
    """Return who teaches the matrices inside, and who the heads and what is added.

    Muon (K. Jordan and others, 2024) makes every direction of a matrix learn equally fast: it
    needs a quarter of AdamW's steps here, and hears unknown voices better in the end.
    """
    inside: list[Tensor] = []
    others: list[Tensor] = []
    for name, parameter in network.named_parameters():
        hidden = parameter.ndim == 2 and name.partition(".")[0] not in _HEADS
        (inside if hidden else others).append(parameter)
    return (
        torch.optim.Muon(inside, weight_decay=0.1, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW(others, weight_decay=0.01),
    )


def _average(mean: Tensor, new: Tensor, n_averaged: Tensor | int) -> Tensor:
    """Move a running mean on; while it is young it forgets its first steps sooner."""
    if not mean.is_floating_point():
        return new
    decay = min(_MEAN_DECAY, (1 + float(n_averaged)) / (10 + float(n_averaged)))
    return mean + (new - mean) * (1 - decay)


def _learning_rate(step: int, config: FitConfig) -> float:
    warmup = min(1.0, (step + 1) / config.warmup_steps)
    cosine = 0.5 * (1 + math.cos(math.pi * step / config.n_steps))
    return config.learning_rate * warmup * (0.02 + 0.98 * cosine)


def _batch(
    examples: Examples, config: FitConfig, rng: np.random.Generator
) -> tuple[Tensor, Tensor, Tensor]:
    """Cut sequences out of the examples, and disturb their spectra.

    Returns:
        Features (B, T, F), phones (B, T) and voices (B, T).
    """
    n_sequences, n_hops = config.n_sequences, config.n_hops
    x = np.empty((n_sequences, n_hops, N_FEATURES), dtype=np.float32)
    phones = np.empty((n_sequences, n_hops), dtype=np.int64)
    voices = np.empty((n_sequences, n_hops), dtype=np.float32)
    for row in range(n_sequences):
        # Sequences follow one another as turns do: a cut now and then is part of life.
        start = int(rng.integers(len(examples.phones) - n_hops))
        cut = slice(start, start + n_hops)
        frames = examples.features[cut].astype(np.float32).reshape(n_hops, 2, _N_BANDS)
        if rng.random() < 0.6:
            frames = _stretch_tract(frames, rng.uniform(0.87, 1.15))
        frames = frames + np.float32(rng.uniform(-2.0, 1.5))
        if rng.random() < 0.5:  # a room or a telephone colours the spectrum
            bend = np.cumsum(rng.normal(0, 0.12, _N_BANDS)).astype(np.float32)
            frames = frames + (bend - bend.mean())
        if rng.random() < 0.35:  # a floor of noise, beneath which a spectrum cannot fall
            floor = rng.uniform(-11, -5) + np.cumsum(rng.normal(0, 0.15, _N_BANDS))
            noise = rng.normal(0, 0.5, frames.shape) + floor
            frames = np.logaddexp(frames, noise.astype(np.float32))
        for _ in range(int(rng.integers(3))):
            band, width = int(rng.integers(_N_BANDS - 6)), int(rng.integers(2, 7))
            frames[..., band : band + width] = frames.mean()
        if rng.random() < 0.3:
            hop, length = int(rng.integers(n_hops - 5)), int(rng.integers(1, 5))
            frames[hop : hop + length] = frames.min()
        x[row] = frames.reshape(n_hops, N_FEATURES)
        phones[row] = examples.phones[cut]
        voices[row] = examples.voices[cut]
    return torch.from_numpy(x), torch.from_numpy(phones), torch.from_numpy(voices)


def _stretch_tract(frames: NDArray[np.float32], factor: float) -> NDArray[np.float32]:
    """Move the spectrum along the mel axis, as a longer or shorter vocal tract would."""
    at = np.clip(np.arange(_N_BANDS) * factor, 0, _N_BANDS - 1.001)
    low = at.astype(np.intp)
    share = (at - low).astype(np.float32)
    stretched: NDArray[np.float32] = frames[..., low] * (1 - share) + frames[..., low + 1] * share
    return stretched


def _losses(
    network: PhoneNetwork, x: Tensor, phones: Tensor, voices: Tensor, *, labial_weight: float
) -> dict[str, Tensor]:
    logits, lips, speaking = network(x)
    n_hops = x.shape[1]
    closed_of = torch.from_numpy(LIPS_CLOSED.astype(np.float32))
    weight_of = 1 + (labial_weight - 1) * torch.from_numpy(LABIAL.astype(np.float32))
    losses = {name: torch.zeros(()) for name in ("phone", "viseme", "lip", "voice")}
    for head, lookahead in enumerate(LOOKAHEADS_HOPS):
        heard = logits[:, lookahead:, head].float()
        truth = phones[:, : n_hops - lookahead]
        weights = weight_of[truth]
        weights = weights / weights.mean()
        phone = functional.cross_entropy(
            heard.flatten(0, 1), truth.flatten(), label_smoothing=_SMOOTHING, reduction="none"
        )
        losses["phone"] = losses["phone"] + (phone * weights.flatten()).mean()
        viseme = _viseme_log_likelihood(heard, truth).squeeze(-1)
        losses["viseme"] = losses["viseme"] - (viseme * weights).mean()
        losses["lip"] = losses["lip"] + functional.binary_cross_entropy_with_logits(
            lips[:, lookahead:, head].float(), closed_of[truth]
        )
        losses["voice"] = losses["voice"] + functional.binary_cross_entropy_with_logits(
            speaking[:, lookahead:, head].float(), voices[:, : n_hops - lookahead]
        )
    return {name: value / len(LOOKAHEADS_HOPS) for name, value in losses.items()}


def _viseme_log_likelihood(logits: Tensor, phones: Tensor) -> Tensor:
    """Return how likely the right mouth shape is, whichever of its phones is heard."""
    membership = torch.zeros(len(VISEME_OF_PHONE), N_VISEMES)
    membership[torch.arange(len(VISEME_OF_PHONE)), torch.from_numpy(VISEME_OF_PHONE)] = 1
    likelihood = torch.softmax(logits, dim=-1) @ membership
    truth = torch.from_numpy(VISEME_OF_PHONE)[phones]
    return torch.log(likelihood.gather(-1, truth[..., None]) + 1e-6)


@torch.no_grad()
def validate(network: PhoneNetwork, examples: Examples) -> dict[str, float]:
    """Return how often the network is right on sequences it never learned from.

    Returns:
        Per lookahead: ``right``, visemes right while somebody speaks; and for the first,
        ``found`` and ``true``, recall and precision of closed lips by hops, and ``voice``, the
        share of hops whose voice is judged right.
    """
    network.eval()
    figures: dict[str, float] = {}
    right = dict.fromkeys(LOOKAHEADS_HOPS, 0)
    n_spoken = found = n_closed = n_claimed = voiced = n_voices = 0
    start = 0
    for end in examples.ends.tolist():
        x = torch.from_numpy(examples.features[start:end].astype(np.float32))[None]
        logits, lips, speaking = network(x)
        phones = examples.phones[start:end]
        for head, lookahead in enumerate(LOOKAHEADS_HOPS):
            truth = phones[: len(phones) - lookahead]
            spoken = truth != phone_index("SIL")
            heard = logits[0, lookahead:, head].argmax(dim=-1).numpy()
            same = VISEME_OF_PHONE[heard] == VISEME_OF_PHONE[truth]
            right[lookahead] += int((same & spoken).sum())
            if head == 0:
                n_spoken += int(spoken.sum())
                closed, claimed = LIPS_CLOSED[truth], lips[0, lookahead:, head].numpy() > 0
                found += int((closed & claimed).sum())
                n_closed += int(closed.sum())
                n_claimed += int(claimed.sum())
                voices = examples.voices[start : end - lookahead] > 0
                voiced += int((voices == (speaking[0, lookahead:, head].numpy() > 0)).sum())
                n_voices += len(voices)
        start = end
    for lookahead in LOOKAHEADS_HOPS:
        figures[f"right@{lookahead * 20}ms"] = right[lookahead] / max(n_spoken, 1)
    figures["found"] = found / max(n_closed, 1)
    figures["true"] = found / max(n_claimed, 1)
    figures["voiced"] = voiced / max(n_voices, 1)
    return figures


def _log(path: Path, step: int, figures: dict[str, float]) -> None:
    new = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.writer(file)
        if new:
            writer.writerow(["step", *figures])
        writer.writerow([step, *(f"{value:.5f}" for value in figures.values())])
