"""What is no speech leaves the mouth at rest. All signals are computed."""

from collections.abc import Callable

import numpy as np
import pytest

from avamotion.media import BLENDSHAPES, FloatArray
from avamotion.motion import SAMPLE_RATE_HZ, MotionEngine

ENGINE = MotionEngine.load()
MOUTH = [i for i, name in enumerate(BLENDSHAPES) if name.startswith(("jaw", "mouth", "tongue"))]
JAW = BLENDSHAPES.index("jawOpen")
TIME_S = np.arange(4 * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
Signal = Callable[[np.random.Generator], "np.ndarray[tuple[int, ...], np.dtype[np.float64]]"]


def animate(samples: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]") -> FloatArray:
    stream = ENGINE.open()
    stream.push(samples.astype(np.float32))
    stream.finish()
    return np.stack([frame.weights for frame in ENGINE.step([stream])[0]])


def harmonics(base_hz: float, n: int) -> "np.ndarray[tuple[int, ...], np.dtype[np.float64]]":
    return np.asarray(sum(np.sin(2 * np.pi * base_hz * k * TIME_S) / k for k in range(1, n + 1)))


def notes(_: np.random.Generator) -> "np.ndarray[tuple[int, ...], np.dtype[np.float64]]":
    scale_hz = [262, 330, 392, 523, 440, 349, 294, 494]
    n = SAMPLE_RATE_HZ // 4
    time_s = np.arange(n) / SAMPLE_RATE_HZ
    envelope = 0.25 * np.minimum(1, time_s / 0.01) * np.exp(-time_s / 0.2)
    return np.concatenate(
        [
            envelope
            * sum(np.sin(2 * np.pi * scale_hz[i % 8] * k * time_s) / k for k in range(1, 8))
            for i in range(16)
        ]
    )


def clicks(_: np.random.Generator) -> "np.ndarray[tuple[int, ...], np.dtype[np.float64]]":
    sound = np.zeros_like(TIME_S)
    sound[::3777], sound[1::3777] = 0.9, -0.9
    return sound


NONSPEECH: dict[str, Signal] = {
    "silence": lambda _: 0 * TIME_S,
    "faint noise": lambda rng: 1e-4 * rng.standard_normal(len(TIME_S)),
    "noise": lambda rng: 0.05 * rng.standard_normal(len(TIME_S)),
    "50 Hz hum": lambda _: 0.2 * harmonics(50, 8),
    "60 Hz hum": lambda _: 0.4 * harmonics(60, 8),
    "120 Hz hum": lambda _: 0.2 * harmonics(120, 8),
    "a tone": lambda _: 0.3 * np.sin(2 * np.pi * 1000 * TIME_S),
    "beeps": lambda _: 0.3 * np.sin(2 * np.pi * 800 * TIME_S) * (TIME_S % 0.5 < 0.2),
    "notes": notes,
    "clicks": clicks,
    "an offset": lambda _: 0 * TIME_S + 0.5,
}


@pytest.mark.parametrize("name", NONSPEECH)
def test_the_mouth_rests_without_speech(name: str) -> None:
    weights = animate(NONSPEECH[name](np.random.default_rng(0)))[:, MOUTH]
    assert np.percentile(weights.max(axis=1), 95) < 0.1


@pytest.mark.parametrize("name", NONSPEECH)
def test_the_jaw_does_not_chatter_without_speech(name: str) -> None:
    jaw = animate(NONSPEECH[name](np.random.default_rng(0)))[:, JAW]
    assert np.abs(np.diff(jaw)).mean() * 50 < 0.15  # per second
