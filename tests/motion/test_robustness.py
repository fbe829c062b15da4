"""Speech moves the mouth and nothing else does. All signals are computed."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from avamotion.media import BLENDSHAPES, FloatArray
from avamotion.motion import SAMPLE_RATE_HZ, MotionEngine

ENGINE = MotionEngine.load()
MOUTH = [i for i, name in enumerate(BLENDSHAPES) if name.startswith(("jaw", "mouth", "tongue"))]
JAW = BLENDSHAPES.index("jawOpen")
TIME_S = np.arange(4 * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
Signal = Callable[[np.random.Generator], NDArray[np.float64]]


def animate(samples: NDArray[np.floating]) -> FloatArray:
    stream = ENGINE.open()
    stream.push(samples.astype(np.float32))
    stream.finish()
    return np.stack([frame.weights for frame in ENGINE.step([stream])[0]])


def harmonics(base_hz: float, n: int) -> NDArray[np.float64]:
    return np.asarray(sum(np.sin(2 * np.pi * base_hz * k * TIME_S) / k for k in range(1, n + 1)))


def notes(_: np.random.Generator) -> NDArray[np.float64]:
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


def clicks(_: np.random.Generator) -> NDArray[np.float64]:
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


# A voice that can be computed: pulses and hiss through resonators, like a simple synthesiser.
_FORMANTS_HZ = {
    "a": (730, 1090, 2440),
    "i": (270, 2290, 3010),
    "u": (300, 870, 2240),
    "e": (530, 1840, 2480),
    "m": (250, 1000, 2200),
}
_BANDWIDTHS_HZ = (80, 100, 140)


def _resonate(
    sound: NDArray[np.float64], formant_hz: NDArray[np.float64], bandwidth_hz: float
) -> NDArray[np.float64]:
    radius = np.exp(-np.pi * bandwidth_hz / SAMPLE_RATE_HZ)
    turns = 2 * radius * np.cos(2 * np.pi * formant_hz / SAMPLE_RATE_HZ)
    gains = 1 - turns + radius**2
    out = np.zeros_like(sound)
    one, two = 0.0, 0.0
    for i, (x, turn, gain) in enumerate(zip(sound, turns, gains, strict=True)):
        one, two = gain * x + turn * one - radius**2 * two, one
        out[i] = one
    return out


def speak(sounds: str, *, pitch_hz: float = 120.0, sound_s: float = 0.12) -> FloatArray:
    """Say a string of ``a e i u m``, ``s`` and ``_`` (nothing), each for the same time."""
    n_each = int(sound_s * SAMPLE_RATE_HZ)
    n = n_each * len(sounds)
    rng = np.random.default_rng(0)
    pitch = pitch_hz * (1.1 - 0.2 * np.arange(n) / n + 0.02 * np.sin(np.arange(n) / 1500))
    phase = np.cumsum(pitch) / SAMPLE_RATE_HZ
    source = np.diff(np.floor(phase), prepend=0.0) + 0.01 * rng.standard_normal(n)
    smoothing = np.hanning(n_each // 2)
    smoothing /= smoothing.sum()

    def glide(values: list[float]) -> NDArray[np.float64]:
        steps = np.repeat(np.array(values), n_each)
        padded = np.pad(steps, len(smoothing), mode="edge")
        return np.convolve(padded, smoothing, "same")[len(smoothing) : -len(smoothing)]

    vowels = [sound if sound in _FORMANTS_HZ else "e" for sound in sounds]
    voice = source
    for k, bandwidth_hz in enumerate(_BANDWIDTHS_HZ):
        voice = _resonate(voice, glide([_FORMANTS_HZ[v][k] for v in vowels]), bandwidth_hz)
    strengths = {"m": 0.25, "s": 0.0, "_": 0.0}
    voice = voice / np.abs(voice).max() * glide([strengths.get(sound, 1.0) for sound in sounds])
    hiss = np.diff(rng.standard_normal(n + 2), 2)
    hiss *= 0.05 * glide([float(sound == "s") for sound in sounds])
    said: FloatArray = (0.6 * voice + hiss).astype(np.float32)
    return said


@pytest.mark.parametrize("name", NONSPEECH)
def test_the_mouth_rests_without_speech(name: str) -> None:
    weights = animate(NONSPEECH[name](np.random.default_rng(0)))[:, MOUTH]
    assert np.percentile(weights.max(axis=1), 95) < 0.1


@pytest.mark.parametrize("name", NONSPEECH)
def test_the_jaw_does_not_chatter_without_speech(name: str) -> None:
    jaw = animate(NONSPEECH[name](np.random.default_rng(0)))[:, JAW]
    assert np.abs(np.diff(jaw)).mean() * 50 < 0.15  # per second


def test_the_mouth_is_shut_300_ms_after_the_last_sound() -> None:
    sound = speak("_masamasama")
    weights = animate(np.concatenate([sound, np.zeros(SAMPLE_RATE_HZ, dtype=np.float32)]))
    end = len(sound) // 320
    assert weights[end - 10 : end, JAW].max() > 0.3
    assert weights[end + 15 :, MOUTH].max() < 0.08


def test_lips_meet_on_m_and_the_jaw_drops_on_a() -> None:
    weights = animate(speak("_masamasamasa_"))
    jaw, close = weights[:, JAW], weights[:, BLENDSHAPES.index("mouthClose")]
    frames_each = 6
    for at, sound in enumerate("_masamasamasa_"):
        here = slice(at * frames_each, (at + 1) * frames_each + 2)
        if sound == "m":
            assert (close[here] / np.maximum(jaw[here], 1e-3)).max() > 0.9
        elif sound == "a":
            assert jaw[here].max() > 0.25
    sealed = close > 0.5 * jaw + 1e-3
    assert not sealed[24:30].any()  # an s between two vowels


def test_speech_moves_the_mouth_alike_at_any_level_and_offset() -> None:
    voice = speak("_masamima_usasemi_masa_")
    normal = animate(voice)[:, JAW]
    for other in (0.1 * voice, 0.03 * voice, 0.5 * voice + 0.2, np.clip(4 * voice, -1, 1)):
        assert np.corrcoef(animate(other)[:, JAW], normal)[0, 1] > 0.9


def test_speech_through_a_telephone_and_in_noise_still_moves_the_mouth_alike() -> None:
    voice = speak("_masamima_usasemi_masa_")
    normal = animate(voice)[:, JAW]
    spectrum = np.fft.rfft(voice)
    hz = np.fft.rfftfreq(len(voice), 1 / SAMPLE_RATE_HZ)
    telephone = np.fft.irfft(spectrum * ((hz > 300) & (hz < 3400)), len(voice))
    noise = np.random.default_rng(1).standard_normal(len(voice))
    for other in (telephone, voice + 0.1 * voice.std() * noise):
        assert np.corrcoef(animate(other)[:, JAW], normal)[0, 1] > 0.7
