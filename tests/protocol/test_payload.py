"""Quantised frames: what comes back is what went in, to rounding."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avamotion.errors import RemoteProtocolError
from avamotion.media import N_BLENDSHAPES, MotionFrame
from avamotion.protocol.payload import (
    ChannelPacket,
    decode_animation,
    decode_channel_packet,
    encode_animation,
    encode_channel_packet,
)

unit = st.floats(0, 1, width=32)
angle = st.floats(-1.2, 1.2)


@st.composite
def frames(draw: st.DrawFn) -> MotionFrame:
    weights = np.zeros(N_BLENDSHAPES, np.float32)
    for index in draw(st.sets(st.integers(0, N_BLENDSHAPES - 1))):
        weights[index] = draw(unit)
    half = draw(angle) / 2
    return MotionFrame(
        pts_us=draw(st.integers(0, 2**40)),
        weights=weights,
        head=(0.0, math.sin(half), 0.0, math.cos(half)),
        gaze=(draw(angle), draw(angle)),
    )


@given(st.lists(frames(), max_size=3))
def test_decoding_undoes_encoding_to_rounding(sent: list[MotionFrame]) -> None:
    received = decode_animation(encode_animation(sent))
    assert [frame.pts_us for frame in received] == [frame.pts_us for frame in sent]
    for before, after in zip(sent, received, strict=True):
        np.testing.assert_allclose(after.weights, before.weights, atol=0.5 / 255 + 1e-6)
        np.testing.assert_allclose(after.head, before.head, atol=2e-4)
        np.testing.assert_allclose(after.gaze, before.gaze, atol=1e-4)


def test_a_face_at_rest_costs_next_to_nothing() -> None:
    rest = MotionFrame(pts_us=20_000, weights=np.zeros(N_BLENDSHAPES, np.float32))
    assert len(encode_animation([rest])) <= 10


def test_weights_beyond_their_range_are_clipped() -> None:
    wild = MotionFrame(pts_us=0, weights=np.full(N_BLENDSHAPES, 1.7, np.float32))
    (frame,) = decode_animation(encode_animation([wild]))
    assert frame.weights.max() == 1.0


def test_a_channel_packet_keeps_all_its_fields() -> None:
    frame = MotionFrame(pts_us=40_000, weights=np.zeros(N_BLENDSHAPES, np.float32))
    packet = ChannelPacket(2001, 3, 7, 99, 40_000, b"opus", (frame,), start=True, end=True)
    received = decode_channel_packet(encode_channel_packet(packet))
    assert received.frames[0].pts_us == 40_000
    assert (received.uid, received.epoch, received.turn, received.sequence) == (2001, 3, 7, 99)
    assert (received.pts_us, received.opus, received.start, received.end) == (
        40_000,
        b"opus",
        True,
        True,
    )


@given(frames(), st.integers(0, 60), st.binary(max_size=20))
def test_no_bytes_can_break_the_decoder(frame: MotionFrame, cut: int, tail: bytes) -> None:
    data = encode_animation([frame])[:cut] + tail
    try:
        decoded = decode_animation(data)
    except RemoteProtocolError:
        return
    assert all(np.isfinite(frame.weights).all() for frame in decoded)


def test_an_unknown_version_is_refused() -> None:
    with pytest.raises(RemoteProtocolError, match="version 9"):
        decode_animation(b"\x08\x09")
