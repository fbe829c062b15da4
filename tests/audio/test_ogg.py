"""The Ogg reader: however the bytes are sliced, the same packets."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avamotion.audio.ogg import OggReader
from avamotion.errors import AudioError


def page(packets: list[bytes], *, serial: int = 1, flags: int = 0) -> bytes:
    lacing = b"".join(b"\xff" * (len(p) // 255) + bytes([len(p) % 255]) for p in packets)
    header = struct.pack("<4sBBqIIIB", b"OggS", 0, flags, 0, serial, 0, 0, len(lacing))
    return header + lacing + b"".join(packets)


def read(data: bytes, cuts: list[int] | None = None) -> list[bytes]:
    reader = OggReader(max_packet_bytes=1000)
    packets: list[bytes] = []
    at = 0
    for cut in [*sorted(cuts or []), len(data)]:
        packets += reader.receive_data(data[at:cut])
        at = max(at, cut)
    reader.receive_eof()
    return packets


@given(
    st.lists(st.lists(st.binary(max_size=600), min_size=1, max_size=3), max_size=4),
    st.lists(st.integers(0, 3000), max_size=6),
)
def test_slicing_changes_nothing(pages: list[list[bytes]], cuts: list[int]) -> None:
    data = b"".join(page(packets) for packets in pages)
    expected = [packet for packets in pages for packet in packets]
    assert read(data, [min(cut, len(data)) for cut in cuts]) == expected


def test_a_packet_may_span_two_pages() -> None:
    header = struct.pack("<4sBBqIIIB", b"OggS", 0, 0, 0, 1, 0, 0, 1)
    assert read(header + b"\xff" + bytes(255) + page([b"end"], flags=1)) == [bytes(255) + b"end"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"RIFF", "not an Ogg stream"),
        (page([b"a"]) + b"junk", "not an Ogg stream"),
        (page([b"a"]) + page([b"b"], serial=2), "second logical stream"),
        (page([bytes(1001)]), "more than 1000 bytes"),
        (page([b"abc"])[:-1], "middle of a page"),
    ],
)
def test_what_is_no_ogg_is_named(data: bytes, words: str) -> None:
    with pytest.raises(AudioError, match=words):
        read(data)


@given(st.lists(st.binary(max_size=300), max_size=3), st.integers(0, 400), st.binary(max_size=40))
def test_no_bytes_can_break_it(packets: list[bytes], cut: int, tail: bytes) -> None:
    valid = page(packets[:2]) if packets else b"OggS"
    try:
        read(valid[:cut] + tail)
    except AudioError:
        return
