"""How high a voice is, and what the face makes of it."""

import numpy as np
import pytest
from numpy.typing import NDArray

from avamotion.media import FloatArray, blendshape_index
from avamotion.motion import SAMPLE_RATE_HZ, MotionEngine, MotionStyle
from avamotion.motion.feature import CONTEXT_SAMPLES, HOP_SAMPLES, log_mel
from avamotion.motion.idle import N_COLUMNS
from avamotion.motion.mixer import N_VARIABLES, mix, traits
from avamotion.motion.phone import CHANNELS
from avamotion.motion.pitch import N_ECHOES, OCTAVES, UNVOICED, listen_pitch

ENGINE = MotionEngine.load()
FORMANTS_HZ = {"i": (300, 2300), "a": (700, 1200), "o": (450, 900)}
BROWS = [blendshape_index(name) for name in ("browInnerUp", "browOuterUpLeft", "browOuterUpRight")]


def buzz(pitch_hz: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]", vowel: str) -> FloatArray:
    """Sing a vowel: harmonics up to 4 kHz, louder near the formants."""
    phase = 2 * np.pi * np.cumsum(pitch_hz) / SAMPLE_RATE_HZ
    sound = np.zeros(len(pitch_hz))
    for k in range(1, int(4000 / pitch_hz.min()) + 1):
        harmonic_hz = k * pitch_hz
        near = sum(1 / (1 + ((harmonic_hz - f) / 90) ** 2) for f in FORMANTS_HZ[vowel])
        sound += np.where(harmonic_hz < 4000, (near + 0.02) / k**0.3, 0) * np.cos(k * phase)
    quiet: FloatArray = (0.25 * sound / np.abs(sound).max()).astype(np.float32)
    return quiet


def pitches(sound: FloatArray) -> NDArray[np.intp]:
    n_hops = len(sound) // HOP_SAMPLES
    echoes = np.empty((1, n_hops, N_ECHOES), dtype=np.float32)
    context = np.zeros(CONTEXT_SAMPLES, dtype=np.float32)
    log_mel(np.concatenate([context, sound[: n_hops * HOP_SAMPLES]])[None], echoes)
    heard: NDArray[np.intp] = listen_pitch(echoes)[0]
    return heard


@pytest.mark.parametrize("vowel", FORMANTS_HZ)
@pytest.mark.parametrize("pitch_hz", [95, 120, 160, 210, 280, 390])
def test_a_vowel_has_its_pitch(pitch_hz: float, vowel: str) -> None:
    heard = pitches(buzz(np.full(SAMPLE_RATE_HZ, float(pitch_hz)), vowel))[3:]
    octaves = OCTAVES[heard[heard != UNVOICED]]
    assert len(octaves) > 0.6 * len(heard)
    assert np.median(np.abs(octaves - np.log2(pitch_hz / 400))) < 1 / 12
    assert np.mean(np.abs(octaves - np.log2(pitch_hz / 400)) > 0.3) < 0.05


def test_silence_has_no_pitch_and_noise_seldom() -> None:
    assert (pitches(np.zeros(SAMPLE_RATE_HZ, dtype=np.float32)) == UNVOICED).all()
    noise = np.random.default_rng(0).normal(0, 0.1, 4 * SAMPLE_RATE_HZ).astype(np.float32)
    assert (pitches(noise) == UNVOICED).mean() > 0.6


def test_loudness_changes_no_pitch() -> None:
    sound = buzz(np.linspace(100.0, 200.0, SAMPLE_RATE_HZ), "a")
    np.testing.assert_array_equal(pitches(sound), pitches(sound * np.float32(0.25)))


def contour(n: int) -> "np.ndarray[tuple[int, ...], np.dtype[np.float64]]":
    """Return a pitch that rises in accents of a quarter second, in hertz."""
    time_s = np.arange(n) / SAMPLE_RATE_HZ
    rises = np.zeros(n)
    for at_s in (1.7, 2.6, 3.2, 4.4, 5.0):
        rises += 0.6 * np.exp(-(((time_s - at_s) / 0.12) ** 2))
    pitch_hz: np.ndarray[tuple[int, ...], np.dtype[np.float64]] = 120 * 2**rises
    return pitch_hz


def sing(style: MotionStyle) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return brows, (N, 3), nods, (N,), and octaves of a sung contour of even loudness, (N,)."""
    pitch_hz = contour(6 * SAMPLE_RATE_HZ)
    sound = np.concatenate(
        [
            buzz(pitch_hz[start : start + SAMPLE_RATE_HZ // 4], "aio"[i % 3])
            for i, start in enumerate(range(0, len(pitch_hz), SAMPLE_RATE_HZ // 4))
        ]
    )
    # Four syllables a second, or the network would hear nobody.
    time_s = np.arange(len(sound)) / SAMPLE_RATE_HZ
    sound = (sound * np.sin(np.pi * (4 * time_s % 1)) ** 0.5).astype(np.float32)
    stream = ENGINE.open(style)
    stream.push(sound)
    stream.finish()
    (frames,) = ENGINE.step([stream])
    weights = np.stack([frame.weights for frame in frames])
    nods = np.array([frame.head[0] for frame in frames], dtype=np.float32)
    octaves = np.log2(pitch_hz[::HOP_SAMPLES] / 120).astype(np.float32)
    return weights[:, BROWS], nods, octaves


def test_brows_follow_the_pitch_of_a_voice() -> None:
    brows, _, octaves = sing(MotionStyle())
    later = slice(70, None)  # the first second says what is usual
    for brow in brows.T:
        assert np.corrcoef(brow[later], octaves[later])[0, 1] > 0.5
    assert brows[later].max() > 0.1
    lags = range(-10, 11)
    likeness = [np.corrcoef(np.roll(brows[:, 0], -k)[later], octaves[later])[0, 1] for k in lags]
    assert abs(lags[int(np.argmax(likeness))]) <= 3  # within 60 ms of the voice


def test_no_brow_without_the_switch() -> None:
    brows, _, _ = sing(MotionStyle(brow=False))
    assert (brows == 0).all()


def accents(pitch: int, style: MotionStyle) -> tuple[FloatArray, FloatArray]:
    """Return brows and nods of a voice of even loudness whose pitch is another for 0.3 s."""
    n_hops = 150
    ones = np.ones((1, n_hops), dtype=np.float32)
    heard = np.full((1, n_hops), 20)
    heard[0, 100:115] = pitch
    frames, _ = mix(
        np.zeros((1, n_hops, len(CHANNELS)), dtype=np.float32),
        0 * ones,
        ones,
        0.83 * ones,
        heard,
        0 * ones,
        np.zeros((1, n_hops, N_COLUMNS), dtype=np.float32),
        traits(style)[None, None],
        np.zeros((1, N_VARIABLES), dtype=np.float32),
    )
    return frames.weights[0, :, BROWS[0]], frames.heads[0, :, 0]


def test_an_accent_of_pitch_lifts_the_brows_and_nods_the_head() -> None:
    brow, nod = accents(9, MotionStyle())
    assert brow[99] < 0.001
    assert brow[112] > 0.1
    assert nod[112] > nod[99] + 0.005  # about +x: downwards


@pytest.mark.parametrize("pitch", [20, 28, UNVOICED])
def test_what_is_no_higher_is_no_accent(pitch: int) -> None:
    brow, nod = accents(pitch, MotionStyle())
    np.testing.assert_allclose(brow[95:115], 0, atol=2e-3)
    np.testing.assert_allclose(nod[95:115], 0, atol=2e-3)


def test_no_nod_without_the_switch() -> None:
    _, nod = accents(9, MotionStyle(head=False))
    assert (nod == 0).all()


@pytest.mark.parametrize("seed", range(3))
def test_noise_lifts_no_brow(seed: int) -> None:
    noise = np.random.default_rng(seed).normal(0, 0.1, 4 * SAMPLE_RATE_HZ).astype(np.float32)
    stream = ENGINE.open()
    stream.push(noise)
    stream.finish()
    brows = np.stack([frame.weights[BROWS] for frame in ENGINE.step([stream])[0]])
    assert brows.max() < 0.05
