"""A face that says nothing breathes."""

import numpy as np
import pytest

from avamotion.media import BLENDSHAPES, FloatArray, MotionFrame, blendshape_index
from avamotion.motion import SAMPLE_RATE_HZ, MotionEngine, MotionStyle
from avamotion.motion.idle import BREATH, IdleTrack
from avamotion.motion.mixer import N_VARIABLES, MixedFrames, mix, traits
from avamotion.motion.phone import CHANNELS, channel_index

ENGINE = MotionEngine.load()
NOSE = blendshape_index("noseSneerLeft")


def track(seed: int, n_frames: int) -> FloatArray:
    idle = IdleTrack(np.random.default_rng(seed))
    return np.concatenate([idle.rows(at, 50) for at in range(0, n_frames, 50)])


@pytest.mark.parametrize("seed", range(5))
def test_a_breath_takes_four_seconds_or_so(seed: int) -> None:
    breath = track(seed, 50 * 120)[:, BREATH]
    spectrum = np.abs(np.fft.rfft(breath - breath.mean()))
    assert 0.2 <= np.fft.rfftfreq(len(breath), 0.02)[spectrum.argmax()] <= 0.3
    assert breath.min() == pytest.approx(0, abs=1e-3)
    assert breath.max() == pytest.approx(1, abs=1e-3)
    assert np.abs(np.diff(breath)).max() < 0.04


def test_breath_has_a_seed_and_begins_breathed_out() -> None:
    assert (track(1, 500) == track(1, 500)).all()
    assert (track(1, 500)[:, BREATH] != track(2, 500)[:, BREATH]).any()
    assert track(1, 50)[0, BREATH] == 0


def silence(style: MotionStyle) -> list[MotionFrame]:
    stream = ENGINE.open(style)
    stream.push(np.zeros(12 * SAMPLE_RATE_HZ, dtype=np.float32))
    stream.finish()
    return ENGINE.step([stream])[0]


def test_the_switch_takes_breath_away_and_nothing_else() -> None:
    breathing, still = silence(MotionStyle(seed=4)), silence(MotionStyle(seed=4, breath=False))
    weights = np.stack([frame.weights for frame in breathing])
    others = np.stack([frame.weights for frame in still])
    moved = {BLENDSHAPES[i] for i in np.nonzero((weights != others).any(axis=0))[0]}
    assert moved == {"noseSneerLeft", "noseSneerRight"}
    assert (others[:, NOSE] == 0).all()
    assert 0.01 < weights[:, NOSE].max() < 0.1
    chins = np.array([a.head[0] - b.head[0] for a, b in zip(breathing, still, strict=True)])
    assert -0.01 < chins.min() < -0.002  # up, by half a degree
    assert all(a.gaze == b.gaze for a, b in zip(breathing, still, strict=True))


def test_no_breath_moves_a_head_that_is_switched_off() -> None:
    frames = silence(MotionStyle(head=False))
    assert all(frame.head == (0, 0, 0, 1) for frame in frames)


def breathe(voice: float, *, closure: float = 1.0) -> MixedFrames:
    """Mix a breathing face of ten seconds with lips that are closed, or not."""
    n_hops = 500
    mouth = np.zeros((1, n_hops, len(CHANNELS)), dtype=np.float32)
    mouth[..., channel_index("jawOpen")] = 0.08
    mouth[..., channel_index("closure")] = closure
    zeros = np.zeros((1, n_hops), dtype=np.float32)
    frames, _ = mix(
        mouth,
        zeros,
        zeros + np.float32(voice),
        zeros,
        np.zeros((1, n_hops), dtype=np.intp),
        zeros,
        track(0, n_hops)[None],
        traits(MotionStyle())[None, None],
        np.zeros((1, N_VARIABLES), dtype=np.float32),
    )
    return frames


def test_closed_lips_stay_closed() -> None:
    weights = breathe(0.0).weights[0]
    close, jaw = (weights[:, blendshape_index(name)] for name in ("mouthClose", "jawOpen"))
    np.testing.assert_array_equal(close, jaw)
    for name in ("mouthUpperUpLeft", "mouthLowerDownLeft", "mouthFunnel"):
        assert (weights[:, blendshape_index(name)] == 0).all()


def test_who_speaks_is_not_seen_to_breathe() -> None:
    late = slice(250, None)  # five seconds of speech
    assert breathe(0.0).weights[0, late, NOSE].max() > 0.03
    assert breathe(1.0).weights[0, late, NOSE].max() < 0.001
