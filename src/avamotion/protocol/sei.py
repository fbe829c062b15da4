"""Motion inside H.264: one access unit a packet, its SEI unit carries the frames. Sans-I/O.

    access unit = 00 00 00 01 06 65 size body 80  00 00 00 01 SPS  00 00 00 01 PPS  00 00 00 01 IDR
    body        = flags (1 byte)  length (4, little endian)  payload, escaped
    payload     = sequence (4, little endian)  Animation        in an animation packet
                  Animation                                     in a transition packet
                  nothing                                       in an idle packet

Two readers that cannot be changed take it apart, and they disagree about ``size``: the one of
Agora's web SDK counts the body *after* H.264's emulation prevention, native readers count it
before, as the standard says. We write the former. With no emulation byte inside the body the two
are equal; with one, a native reader takes the closing 80 for the body's last byte and, because the
body carries its own length, never notices. With two it would read into the next unit: so a body
that needs two is never written.
"""

import enum
import re
import struct
import zlib
from dataclasses import dataclass
from typing import Final

from avamotion.errors import LocalProtocolError, RemoteProtocolError

__all__ = [
    "FRAME_HEIGHT",
    "FRAME_WIDTH",
    "SEI_FPS",
    "SeiFlag",
    "SeiPacket",
    "decode_sei_body",
    "encode_access_unit",
]

FRAME_WIDTH: Final = 64
FRAME_HEIGHT: Final = 64
SEI_FPS: Final = 25
"""Access units a second: a reader expects one every 40 ms."""

_START_CODE: Final = b"\0\0\0\1"
_SEI_UNIT: Final = 6  # NAL unit type, H.264 table 7-1
_PAYLOAD_TYPE: Final = 101
_END_OF_UNIT: Final = 0x80  # rbsp_trailing_bits, H.264 7.3.2.11
# One black picture of 64×64, H.264 baseline: SPS, PPS, IDR. Their NAL headers say nal_ref_idc 1
# (27 28 25): Agora's web reader takes a frame that begins with 67 for H.265 and drops its SEI.
_BLACK: Final = b"".join(
    _START_CODE + bytes.fromhex(unit)
    for unit in (
        "2742c00adc426840000003004000000ca3c489e0",
        "28ce0fc8",
        "2588843a2628000902c9c9c9d75d75d75d75d75d75e0",
    )
)
_START_OF_EMULATION: Final = re.compile(rb"\0\0(?=[\0-\3])")
_HEADER: Final = struct.Struct("<BI")
_SEQUENCE: Final = struct.Struct("<I")
# 40 ms of motion are some 200 bytes; the limit keeps a compression bomb small.
_MAX_ANIMATION_BYTES: Final = 1 << 16


class SeiFlag(enum.IntFlag):
    """The first byte of a body."""

    IDLE = 0x01
    START = 0x02
    END = 0x04
    ZLIB = 0x08
    TO_SPEECH = 0x10
    TO_IDLE = 0x20


_TRANSITION: Final = SeiFlag.TO_SPEECH | SeiFlag.TO_IDLE


@dataclass(frozen=True, slots=True)
class SeiPacket:
    """What one access unit says.

    Attributes:
        flags: What kind of packet it is. ``ZLIB`` is the codec's own business and never set here.
        sequence: Number of an animation packet, from 0; None in the other kinds.
        animation: An encoded ``Animation``; empty in an idle packet.
    """

    flags: SeiFlag
    sequence: int | None = None
    animation: bytes = b""

    def __post_init__(self) -> None:
        idle, transition = self.flags & SeiFlag.IDLE, self.flags & _TRANSITION
        if idle and (self.animation or self.sequence is not None or self.flags != SeiFlag.IDLE):
            raise LocalProtocolError("an idle packet carries nothing")
        if transition and (self.flags not in (SeiFlag.TO_SPEECH, SeiFlag.TO_IDLE)):
            raise LocalProtocolError("a transition packet goes one way and has no other flag")
        if not idle and (self.sequence is None) != bool(transition):
            raise LocalProtocolError("animation packets are numbered, transitions are not")


def encode_access_unit(packet: SeiPacket) -> bytes:
    """Encode a packet as a whole H.264 access unit (Annex B): its SEI, then a black picture."""
    return _sei_unit(_body(packet)) + _BLACK


def decode_sei_body(body: bytes) -> SeiPacket:
    """Decode the body of our SEI unit, as a reader hands it over.

    Args:
        body: The body without emulation prevention. What follows its declared end is ignored.

    Raises:
        RemoteProtocolError: If it is none.
    """
    if len(body) < _HEADER.size:
        raise RemoteProtocolError("an SEI body has at least 5 bytes")
    flags, length = _HEADER.unpack_from(body)
    payload = _unescape(body[_HEADER.size :], length)
    if flags & SeiFlag.ZLIB:
        payload = _inflate(payload)
    kind = SeiFlag(flags & ~SeiFlag.ZLIB)
    sequence = None
    if not kind & (SeiFlag.IDLE | _TRANSITION):
        if len(payload) < _SEQUENCE.size:
            raise RemoteProtocolError("an animation packet begins with its number")
        (sequence,) = _SEQUENCE.unpack_from(payload)
        payload = payload[_SEQUENCE.size :]
    try:
        return SeiPacket(kind, sequence, payload)
    except LocalProtocolError as exc:
        raise RemoteProtocolError(str(exc)) from exc


def _body(packet: SeiPacket) -> bytes:
    if packet.flags & SeiFlag.IDLE:
        return _HEADER.pack(packet.flags, 0)
    payload = packet.animation
    if packet.sequence is not None:
        payload = _SEQUENCE.pack(packet.sequence & 0xFFFFFFFF) + payload
    # Always deflated: it is what keeps the flags other than zero, and so the zeros of the header
    # to one run.
    payload = zlib.compress(payload, 1)
    return _HEADER.pack(packet.flags | SeiFlag.ZLIB, len(payload)) + _escape(payload)


def _sei_unit(body: bytes) -> bytes:
    protected = _protect(body)
    if len(protected) - len(body) > 1:
        raise LocalProtocolError("the body of an SEI unit needs more than one emulation byte")
    full, rest = divmod(len(protected), 255)
    size = b"\xff" * full + bytes([rest])
    head = bytes([_SEI_UNIT, _PAYLOAD_TYPE]) + size
    return _START_CODE + head + protected + bytes([_END_OF_UNIT])


def _protect(data: bytes) -> bytes:
    """Insert H.264's emulation prevention bytes (7.3.1)."""
    return _START_OF_EMULATION.sub(b"\0\0\3", data)


def _escape(payload: bytes) -> bytes:
    """No two zeros may meet: Agora's native SDK corrupts runs of them."""
    return payload.replace(b"\xff", b"\xff\xff").replace(b"\0", b"\0\xff")


def _unescape(data: bytes, length: int) -> bytes:
    """Undo :func:`_escape` until ``length`` bytes are there."""
    out = bytearray()
    at = 0
    while len(out) < length and at < len(data):
        byte = data[at]
        out.append(byte)
        at += 1
        if byte in (0x00, 0xFF):
            if data[at : at + 1] != b"\xff":
                raise RemoteProtocolError("the payload of an SEI body is not escaped")
            at += 1
    if len(out) < length:
        raise RemoteProtocolError("the payload of an SEI body is cut off")
    return bytes(out)


def _inflate(payload: bytes) -> bytes:
    inflater = zlib.decompressobj()
    try:
        data = inflater.decompress(payload, _MAX_ANIMATION_BYTES)
    except zlib.error as exc:
        raise RemoteProtocolError("the payload of an SEI body cannot be inflated") from exc
    if inflater.unconsumed_tail or not inflater.eof:
        raise RemoteProtocolError("the payload of an SEI body cannot be inflated")
    return data
