"""The SEI stream: every reader that exists gets back what was written."""

import contextlib
import random
import struct
import zlib

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avamotion.errors import LocalProtocolError, RemoteProtocolError
from avamotion.protocol.sei import (
    FRAME_HEIGHT,
    FRAME_WIDTH,
    SeiFlag,
    SeiPacket,
    decode_sei_body,
    encode_access_unit,
)
from tests.agora_reader import read_with_agora
from tests.protocol.native_reader import nal_units, native_body

KINDS = [SeiFlag(0), SeiFlag.START, SeiFlag.END, SeiFlag.START | SeiFlag.END]
# Zeros and 255s are what escaping is about; 1 to 3 are what emulation prevention is about.
ANIMATIONS = st.one_of(
    st.binary(max_size=600), st.lists(st.sampled_from(b"\0\1\2\3\xff")).map(bytes)
)
PACKETS = st.one_of(
    st.builds(SeiPacket, st.sampled_from(KINDS), st.integers(0, 2**32 - 1), ANIMATIONS),
    st.builds(
        SeiPacket,
        st.sampled_from([SeiFlag.TO_SPEECH, SeiFlag.TO_IDLE]),
        st.none(),
        ANIMATIONS,
    ),
    st.just(SeiPacket(SeiFlag.IDLE)),
)


def session(n_packets: int) -> list[SeiPacket]:
    """A session of turns with animations of every size, and idle and transition packets."""
    dice = random.Random(7)
    packets: list[SeiPacket] = []
    sequence = 0
    while len(packets) < n_packets:
        n_frames = dice.randrange(1, 40)
        packets += [SeiPacket(SeiFlag.IDLE)] * dice.randrange(5)
        packets.append(SeiPacket(SeiFlag.TO_SPEECH, None, dice.randbytes(100)))
        for index in range(n_frames):
            flags = SeiFlag.START * (index == 0) | SeiFlag.END * (index == n_frames - 1)
            size = dice.choice([0, 1, 200, 240, 250, 255, 256, 500, 1000, 66_000 // 4])
            animation = bytes(dice.choice(b"\0\0\1\2\3\xff\x80") for _ in range(size))
            if dice.random() < 0.5:
                animation = dice.randbytes(size)
            packets.append(SeiPacket(SeiFlag(flags), sequence, animation))
            sequence += 1
        packets.append(SeiPacket(SeiFlag.TO_IDLE, None, dice.randbytes(100)))
    return packets[:n_packets]


@given(PACKETS)
def test_a_native_reader_gets_back_what_was_written(packet: SeiPacket) -> None:
    assert decode_sei_body(native_body(encode_access_unit(packet))) == packet


def test_agoras_own_web_reader_gets_back_a_thousand_packets() -> None:
    packets = session(1000)
    bodies = read_with_agora([encode_access_unit(packet) for packet in packets])
    assert [decode_sei_body(body) if body is not None else None for body in bodies] == packets


def test_agoras_reader_sees_no_sei_in_a_frame_that_begins_with_an_sps() -> None:
    """Why the SEI comes first, and why the header bytes are 27 and not 67."""
    unit = encode_access_unit(SeiPacket(SeiFlag.START, 0, b"motion"))
    sei, sps, *rest = nal_units(unit)
    usual = b"".join(b"\0\0\0\1" + nal for nal in (b"\x67" + sps[1:], sei, *rest))
    assert read_with_agora([usual, unit])[0] is None


@given(PACKETS)
def test_at_most_one_emulation_byte_falls_into_a_body(packet: SeiPacket) -> None:
    sei = nal_units(encode_access_unit(packet))[0]
    assert sei.count(b"\0\0\3") <= 1
    assert b"\0\0\0" not in sei


def test_a_body_that_needs_two_emulation_bytes_is_never_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("avamotion.protocol.sei._escape", lambda payload: payload)
    monkeypatch.setattr(zlib, "compress", lambda payload, level: bytes(8))
    with pytest.raises(LocalProtocolError, match="emulation"):
        encode_access_unit(SeiPacket(SeiFlag.START, 0, b"x"))


def test_the_published_layout_holds_byte_by_byte() -> None:
    unit = encode_access_unit(SeiPacket(SeiFlag.START, 0x01020304, b"motion"))
    body = native_body(unit)
    flags, length = struct.unpack_from("<BI", body)
    assert flags == 0x02 | 0x08
    escaped = body[5:]
    payload = bytearray()
    at = 0
    while len(payload) < length:
        payload.append(escaped[at])
        if escaped[at] in (0x00, 0xFF):
            assert escaped[at + 1] == 0xFF
            at += 1
        at += 1
    assert zlib.decompress(payload) == b"\4\3\2\1motion"


def test_an_idle_packet_is_these_bytes() -> None:
    unit = encode_access_unit(SeiPacket(SeiFlag.IDLE))
    assert unit.startswith(bytes.fromhex("00000001 0665 06 010000030000 80 00000001 27"))


def test_the_sei_comes_first_and_the_picture_is_black() -> None:
    unit = encode_access_unit(SeiPacket(SeiFlag.START, 0, bytes(200)))
    assert [nal[0] for nal in nal_units(unit)] == [0x06, 0x27, 0x28, 0x25]
    decoder = av.CodecContext.create("h264", "r")
    (picture,) = [*decoder.decode(av.Packet(unit)), *decoder.decode(None)]
    assert isinstance(picture, av.VideoFrame)
    assert (picture.width, picture.height) == (FRAME_WIDTH, FRAME_HEIGHT)
    planes = picture.to_ndarray()
    assert np.unique(planes[:FRAME_HEIGHT]).tolist() == [16]
    assert np.unique(planes[FRAME_HEIGHT:]).tolist() == [128]


@pytest.mark.parametrize(
    ("flags", "sequence", "animation"),
    [
        (SeiFlag.IDLE, None, b"x"),
        (SeiFlag.IDLE, 1, b""),
        (SeiFlag.IDLE | SeiFlag.END, None, b""),
        (SeiFlag.TO_SPEECH, 1, b"x"),
        (SeiFlag.TO_SPEECH | SeiFlag.TO_IDLE, None, b"x"),
        (SeiFlag.START, None, b"x"),
        (SeiFlag(0), None, b"x"),
    ],
)
def test_a_packet_that_no_reader_expects_cannot_be_made(
    flags: SeiFlag, sequence: int | None, animation: bytes
) -> None:
    with pytest.raises(LocalProtocolError):
        SeiPacket(flags, sequence, animation)


BODIES = st.builds(
    bytes.__add__,
    st.sampled_from(
        [b"", b"\1", b"\0\4\0\0\0", b"\x08\x09\0\0\0", b"\x0a\xff\0\0\0", b"\x30\0\0\0\0"]
    ),
    st.binary(),
)


@given(BODIES)
def test_no_body_can_break_the_reader(body: bytes) -> None:
    with contextlib.suppress(RemoteProtocolError):
        decode_sei_body(body)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"\0\0", "at least 5"),
        (b"\0\5\0\0\0abc", "cut off"),
        (b"\0\5\0\0\0a\0bcd", "not escaped"),
        (b"\0\1\0\0\0a", "number"),
        (b"\x08\1\0\0\0a", "inflated"),
        (b"\1\1\0\0\0a", "idle"),
    ],
)
def test_a_broken_body_is_named(body: bytes, words: str) -> None:
    with pytest.raises(RemoteProtocolError, match=words):
        decode_sei_body(body)


def test_a_compression_bomb_is_refused_before_it_unfolds() -> None:
    packed = zlib.compress(bytes(10_000_000))
    escaped = packed.replace(b"\xff", b"\xff\xff").replace(b"\0", b"\0\xff")
    with pytest.raises(RemoteProtocolError, match="inflated"):
        decode_sei_body(struct.pack("<BI", 0x08, len(packed)) + escaped)
