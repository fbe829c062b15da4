"""The way to rest: there within 300 ms, and never back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from avamotion.egress.rest import ease_to_rest
from avamotion.media import N_BLENDSHAPES, MotionFrame
from avamotion.protocol.payload import decode_animation, encode_animation

ANGLES = st.floats(-0.9, 0.9)


@st.composite
def poses(draw: st.DrawFn) -> MotionFrame:
    weights = draw(arrays.arrays(np.float32, N_BLENDSHAPES, elements=st.floats(0, 1, width=32)))
    x, y, z = (draw(ANGLES) * 0.5 for _ in range(3))
    w = float(np.sqrt(1 - min(0.99, x * x + y * y + z * z)))
    length = float(np.sqrt(x * x + y * y + z * z + w * w))
    head = (x / length, y / length, z / length, w / length)
    return MotionFrame(40_000, weights, head, (draw(ANGLES), draw(ANGLES)))


@given(poses())
def test_everything_comes_nearer_to_rest_with_every_frame(last: MotionFrame) -> None:
    frames = ease_to_rest(last)
    values = np.array([[*f.weights, *f.head[:3], *f.gaze] for f in (last, *frames)])
    assert (np.diff(np.abs(values), axis=0) <= 1e-6).all()
    assert (values * np.sign(values[0]) >= 0).all()  # nothing swings past
    np.testing.assert_array_equal(values[-1], 0)
    for frame in frames:
        assert np.linalg.norm(frame.head) == pytest.approx(1)
        assert frame.head[3] > 0
    assert [f.pts_us for f in frames] == [40_000 + 20_000 * k for k in range(1, 13)]
    # The newest motion that left is 60 ms ahead of the sound.
    assert 60_000 + len(frames) * 20_000 <= 300_000


def test_the_face_does_not_jump() -> None:
    last = MotionFrame(0, np.ones(N_BLENDSHAPES, np.float32), (0.0, 0.3, 0.0, 0.954), (0.5, -0.5))
    frames = ease_to_rest(last)
    steps = np.abs(np.diff([f.weights[0] for f in (last, *frames)]))
    assert steps.max() < 0.13
    assert steps[0] < 0.03
    assert steps[-1] < 0.03


def test_it_survives_the_wire() -> None:
    last = MotionFrame(0, np.full(N_BLENDSHAPES, 0.8, np.float32), (0.1, 0.2, 0.0, 0.975))
    payload = encode_animation(ease_to_rest(last))
    assert len(payload) < 1200  # LiveKit sends larger ones in two pieces, or not at all
    assert decode_animation(payload)[-1].weights.max() == 0
