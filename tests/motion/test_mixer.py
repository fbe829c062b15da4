"""Laws of the layers."""

import numpy as np
import pytest

from avamotion.media import BLENDSHAPES, FloatArray, blendshape_index
from avamotion.motion import MotionStyle
from avamotion.motion.emotion import EMOTIONS, emotion_pose
from avamotion.motion.idle import N_COLUMNS
from avamotion.motion.mixer import N_VARIABLES, MixedFrames, mix, traits
from avamotion.motion.phone import CHANNELS, channel_index
from avamotion.motion.pitch import UNVOICED

N_HOPS = 200


def syllables(n_hops: int, pace: float) -> FloatArray:
    """Return how much of a vowel a sound is that goes to and fro between 0.05 and 0.95."""
    way = np.arange(n_hops, dtype=np.float32) * np.float32(pace / 0.9)
    vowels: FloatArray = (0.95 - 0.9 * np.abs(way % 2 - 1))[None]
    return vowels


def mixed(
    style: MotionStyle,
    *,
    jaw: float = 0.3,
    closure: float = 0.0,
    loudness: float = 0.83,
    pace: float = 0.15,
) -> MixedFrames:
    """Mix four seconds of an unchanging mouth.

    Args:
        pace: By how much of a vowel the sound changes per hop.
    """
    mouth = np.zeros((1, N_HOPS, len(CHANNELS)), dtype=np.float32)
    mouth[..., channel_index("jawOpen")] = jaw
    mouth[..., channel_index("closure")] = closure
    ones = np.ones((1, N_HOPS), dtype=np.float32)
    frames, _ = mix(
        mouth,
        0 * ones,
        ones,
        loudness * ones,
        np.full((1, N_HOPS), UNVOICED),
        syllables(N_HOPS, pace),
        np.zeros((1, N_HOPS, N_COLUMNS), dtype=np.float32),
        traits(style)[None, None],
        np.zeros((1, N_VARIABLES), dtype=np.float32),
    )
    return frames


def weight(frames: MixedFrames, name: str) -> FloatArray:
    row: FloatArray = frames.weights[0, :, blendshape_index(name)]
    return row


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_no_emotion_opens_closed_lips(emotion: str) -> None:
    style = MotionStyle(emotion=emotion, emotion_intensity=1.0)
    frames = mixed(style, jaw=0.08, closure=1.0)
    np.testing.assert_array_equal(weight(frames, "mouthClose"), weight(frames, "jawOpen"))
    for name in BLENDSHAPES:
        if name.startswith(("mouthUpperUp", "mouthLowerDown", "jaw")) and name != "jawOpen":
            assert (weight(frames, name) == 0).all(), name


@pytest.mark.parametrize("emotion", [name for name in EMOTIONS if name != "neutral"])
def test_an_emotion_comes_slowly_and_stays(emotion: str) -> None:
    pose = emotion_pose(emotion, 0.8)
    strongest = int(pose.argmax())
    course = mixed(MotionStyle(emotion=emotion, emotion_intensity=0.8)).weights[0, :, strongest]
    assert np.abs(np.diff(course)).max() < 0.05
    assert course[-1] == pytest.approx(pose[strongest], abs=0.01)


def test_emotions_differ() -> None:
    poses = np.stack([emotion_pose(name, 1.0) for name in EMOTIONS])
    distances = np.abs(poses[:, None] - poses[None]).max(axis=2)
    assert (distances[~np.eye(len(EMOTIONS), dtype=bool)] > 0.2).all()


def test_a_whisper_moves_less_than_normal_speech_and_a_shout_more() -> None:
    jaw = {
        loudness: float(weight(mixed(MotionStyle(), loudness=loudness), "jawOpen")[-1])
        for loudness in (0.2, 0.83, 1.2)
    }
    assert jaw[0.2] < 0.85 * jaw[0.83]
    assert jaw[0.83] == pytest.approx(0.3, abs=0.005)
    assert jaw[1.2] > 1.05 * jaw[0.83]


def test_who_hurries_moves_less_than_who_drawls() -> None:
    jaw = {pace: weight(mixed(MotionStyle(), pace=pace), "jawOpen")[-1] for pace in (0.08, 0.25, 0)}
    assert jaw[0.25] < 0.92 * 0.3
    assert jaw[0.08] > 1.06 * 0.3
    assert jaw[0] < 1.15 * 0.3


def test_a_stress_lifts_the_brows_and_nods_the_head() -> None:
    mouth = np.zeros((1, 60, len(CHANNELS)), dtype=np.float32)
    ones = np.ones((1, 60), dtype=np.float32)
    loudness = 0.3 * ones
    loudness[0, 30:40] = 1.0
    frames, _ = mix(
        mouth,
        0 * ones,
        ones,
        loudness,
        np.full((1, 60), UNVOICED),
        syllables(60, 0.15),
        np.zeros((1, 60, N_COLUMNS), dtype=np.float32),
        traits(MotionStyle())[None],
        np.zeros((1, N_VARIABLES), dtype=np.float32),
    )
    brow = weight(frames, "browInnerUp")
    assert brow[38] > brow[29] + 0.05
    assert frames.heads[0, 38, 0] > frames.heads[0, 29, 0] + 0.002  # about +x: downwards
