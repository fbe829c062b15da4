"""Laws of the engine: what goes in decides what comes out, and nothing else does."""

import gc
import weakref
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avamotion.errors import ModelError
from avamotion.media import BLENDSHAPES, FloatArray, MotionFrame, blendshape_index
from avamotion.motion import FRAME_US, SAMPLE_RATE_HZ, MotionEngine, MotionStyle

ENGINE = MotionEngine.load()
MOUTH = [i for i, name in enumerate(BLENDSHAPES) if name.startswith(("jaw", "mouth", "tongue"))]


def babble(seed: int, duration_s: float) -> FloatArray:
    """Make something with the rhythm of speech: buzzes, hisses and gaps."""
    rng = np.random.default_rng(seed)
    pieces: list[FloatArray] = []
    while sum(map(len, pieces)) < duration_s * SAMPLE_RATE_HZ:
        n = int(rng.uniform(0.04, 0.2) * SAMPLE_RATE_HZ)
        time_s = np.arange(n) / SAMPLE_RATE_HZ
        kind = rng.integers(4)
        if kind == 0:
            pieces.append(np.zeros(n, dtype=np.float32))
        elif kind == 1:
            pieces.append(rng.normal(0, 0.1, n).astype(np.float32))
        else:
            pitch_hz = rng.uniform(90, 250)
            buzz = sum(
                np.sin(2 * np.pi * pitch_hz * k * time_s)
                * np.exp(-(((pitch_hz * k - f) / 200) ** 2))
                for k in range(1, 25)
                for f in rng.uniform(300, 2500, 2)
            )
            pieces.append((0.2 * np.asarray(buzz)).astype(np.float32))
    return np.concatenate(pieces)[: int(duration_s * SAMPLE_RATE_HZ)]


def speak(samples: FloatArray, style: MotionStyle | None = None) -> list[MotionFrame]:
    stream = ENGINE.open(style)
    stream.push(samples)
    stream.finish()
    return ENGINE.step([stream])[0]


def rows(frames: list[MotionFrame]) -> FloatArray:
    return np.array([[*f.weights, *f.head, *f.gaze] for f in frames], dtype=np.float32)


STYLES = st.builds(
    MotionStyle,
    intensity=st.sampled_from([0.0, 1.0, 1.7]),
    lead_ms=st.sampled_from([-50.0, -37.0, 0.0, 10.0, 30.0, 55.5, 100.0]),
    lookahead_ms=st.sampled_from([40, 80]),
    seed=st.integers(0, 9),
    emotion=st.sampled_from(["neutral", "happy", "angry"]),
)


@settings(max_examples=30, deadline=None)
@given(st.lists(STYLES, min_size=1, max_size=4), st.integers(0, 2**32 - 1))
def test_neither_cuts_nor_company_change_a_frame(styles: list[MotionStyle], seed: int) -> None:
    rng = np.random.default_rng(seed)
    sounds = [babble(i, 0.9 + 0.13 * i) for i in range(len(styles))]
    streams = [ENGINE.open(style) for style in styles]
    frames: list[list[MotionFrame]] = [[] for _ in streams]
    at = [0] * len(styles)
    while not all(stream.finished and not stream.pending_hops for stream in streams):
        company = rng.permutation(len(styles))[: rng.integers(1, len(styles) + 1)]
        for i in company:
            n = int(rng.choice([0, 1, 159, 320, 1000, 5000]))
            if at[i] < len(sounds[i]):
                streams[i].push(sounds[i][at[i] : at[i] + n])
                at[i] += n
            else:
                streams[i].finish()
        steps = ENGINE.step([streams[i] for i in company])
        for i, some in zip(company, steps, strict=True):
            frames[i] += some
    for sound, style, got in zip(sounds, styles, frames, strict=True):
        np.testing.assert_allclose(rows(got), rows(speak(sound, style)), atol=1e-5)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 20_000), STYLES)
def test_every_started_20_ms_has_one_frame(n_samples: int, style: MotionStyle) -> None:
    frames = speak(babble(1, 1.25)[:n_samples], style)
    assert [frame.pts_us for frame in frames] == [FRAME_US * k for k in range(-(-n_samples // 320))]


@pytest.mark.parametrize(("lookahead_ms", "delay_ms"), [(40, 80), (80, 120)])
def test_a_frame_is_out_as_soon_as_the_lookahead_is_heard(lookahead_ms: int, delay_ms: int) -> None:
    stream = ENGINE.open(MotionStyle(lookahead_ms=lookahead_ms))
    assert stream.delay_us == delay_ms * 1000
    stream.push(babble(3, (delay_ms - 1) / 1000))
    assert ENGINE.step([stream]) == [[]]
    stream.push(np.zeros(16, dtype=np.float32))
    assert [frame.pts_us for frame in ENGINE.step([stream])[0]] == [0]


HOSTILE = st.sampled_from([np.nan, np.inf, -np.inf, 1e30, -1e30, 1.5, 0.0, 1e-30, -0.3])


@settings(max_examples=25, deadline=None)
@given(st.lists(HOSTILE, min_size=1, max_size=50))
def test_no_sample_can_make_a_frame_invalid(values: list[float]) -> None:
    frames = speak(np.resize(np.array(values, dtype=np.float32), 8000))
    table = rows(frames)
    assert np.isfinite(table).all()
    assert (table[:, :52] >= 0).all()
    assert (table[:, :52] <= 1).all()
    np.testing.assert_allclose(np.linalg.norm(table[:, 52:56], axis=1), 1, atol=1e-5)


@settings(max_examples=10, deadline=None)
@given(STYLES, st.integers(0, 50))
def test_lips_never_close_further_than_the_jaw_opens(style: MotionStyle, seed: int) -> None:
    weights = rows(speak(babble(seed, 1.0), style))
    jaw, close = blendshape_index("jawOpen"), blendshape_index("mouthClose")
    assert (weights[:, close] <= weights[:, jaw]).all()


def test_the_same_seed_gives_the_same_face_and_another_seed_another() -> None:
    sound = babble(4, 2.0)
    again = rows(speak(sound, MotionStyle(seed=7)))
    np.testing.assert_array_equal(rows(speak(sound, MotionStyle(seed=7))), again)
    other = rows(speak(sound, MotionStyle(seed=8)))
    assert np.abs(other[:, 52:] - again[:, 52:]).max() > 0.005
    np.testing.assert_array_equal(other[:, MOUTH], again[:, MOUTH])


@pytest.mark.parametrize("layer", ["head", "blink", "gaze", "brow"])
def test_each_layer_can_be_switched_off(layer: str) -> None:
    sound = np.tile(babble(5, 4.0), 4)
    style = MotionStyle.from_params({f"motion.{layer}": "off"})
    table = rows(speak(sound, style))
    with_layer = rows(speak(sound))
    columns = {
        "head": [52, 53, 54],
        "blink": [blendshape_index("eyeBlinkLeft")],
        "gaze": [56, 57, blendshape_index("eyeLookOutLeft")],
        "brow": [blendshape_index("browInnerUp")],
    }[layer]
    assert (table[:, columns] == 0).all()
    assert (np.abs(with_layer[:, columns]).max(axis=0) > 0).all()
    others = [i for i in range(58) if i not in columns and i < 52]
    mouth_others = [i for i in others if i in MOUTH]
    np.testing.assert_array_equal(table[:, mouth_others], with_layer[:, mouth_others])


def test_intensity_scales_the_mouth_and_zero_keeps_it_shut() -> None:
    sound = babble(6, 2.0)
    jaw = blendshape_index("jawOpen")
    normal = rows(speak(sound))
    assert rows(speak(sound, MotionStyle(intensity=0.0)))[:, MOUTH].max() == 0
    more = rows(speak(sound, MotionStyle(intensity=1.5)))
    np.testing.assert_allclose(more[:, jaw], np.minimum(1, 1.5 * normal[:, jaw]), atol=1e-6)


def test_a_lead_shows_the_same_mouth_earlier() -> None:
    sound = babble(7, 2.0)
    later = rows(speak(sound, MotionStyle(lead_ms=10)))[:, MOUTH]
    earlier = rows(speak(sound, MotionStyle(lead_ms=50)))[:, MOUTH]
    np.testing.assert_allclose(earlier[:-2], later[2:], atol=1e-6)


@pytest.mark.parametrize("cut", [1, 4])
def test_a_new_style_is_reached_soon_and_without_a_jump(cut: int) -> None:
    calm = MotionStyle(blink=False, gaze=False, head=False)
    sad = replace(calm, emotion="sad", emotion_intensity=1.0)
    sound = babble(3, 4.0)
    stream = ENGINE.open(calm)
    stream.push(sound[: 2 * SAMPLE_RATE_HZ])
    frames = ENGINE.step([stream])[0]
    n_before = len(frames)
    stream.restyle(sad)
    for piece in np.array_split(sound[2 * SAMPLE_RATE_HZ :], 50 // cut):
        stream.push(piece)
        frames += ENGINE.step([stream])[0]
    stream.finish()
    frames += ENGINE.step([stream])[0]

    before, after = rows(speak(sound, calm)), rows(speak(sound, sad))
    np.testing.assert_allclose(rows(frames)[:n_before], before[:n_before], atol=1e-6)
    np.testing.assert_allclose(rows(frames)[n_before + 60 :], after[n_before + 60 :], atol=2e-3)
    frown = rows(frames)[:, blendshape_index("mouthFrownLeft")]
    assert np.abs(np.diff(frown)).max() < 0.1


def test_a_turn_without_sound_has_no_frames() -> None:
    stream = ENGINE.open()
    stream.finish()
    assert ENGINE.step([stream]) == [[]]
    assert ENGINE.step([]) == []


def test_a_finished_stream_takes_no_more_sound() -> None:
    stream = ENGINE.open()
    stream.finish()
    stream.finish()
    with pytest.raises(ValueError, match="open a new stream"):
        stream.push(np.zeros(1, dtype=np.float32))


def test_sound_must_be_mono() -> None:
    with pytest.raises(ValueError, match="mono"):
        ENGINE.open().push(np.zeros((2, 10), dtype=np.float32))


@pytest.fixture
def no_collector() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_collector")
def test_abandoned_streams_are_forgotten_at_once() -> None:
    kept = ENGINE.open()
    forgotten = []
    for seed in range(5):
        stream = ENGINE.open(MotionStyle(seed=seed))
        for one in (kept, stream):
            one.push(babble(seed, 0.2))
        ENGINE.step([kept, stream])
        forgotten.append(weakref.ref(stream))
        del stream, one
    kept.push(babble(9, 0.2))
    ENGINE.step([kept])
    assert [reference() for reference in forgotten] == [None] * 5


def test_a_missing_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"there is no motion model at .*nothing\.onnx"):
        MotionEngine.load(tmp_path / "nothing.onnx")


def test_a_file_that_is_no_model_is_named(tmp_path: Path) -> None:
    path = tmp_path / "junk.onnx"
    path.write_bytes(b"junk")
    with pytest.raises(ModelError, match="not an ONNX model"):
        MotionEngine.load(path)
