"""Ogg pages to packets (RFC 3533), for one logical stream, sliced anywhere."""

import struct
from typing import Final

from avamotion.errors import AudioError

__all__ = ["OggReader"]

_CAPTURE: Final = b"OggS"
_HEADER: Final = struct.Struct("<4sBBqIIIB")
_CONTINUED: Final = 0x01


class OggReader:
    """Collects bytes and returns the packets that they complete.

    TCP already guards against flipped bits, so that the checksum of a page is not looked at.

    Args:
        max_packet_bytes: A longer packet is an error; a peer must not choose what we allocate.
    """

    def __init__(self, *, max_packet_bytes: int) -> None:
        self._max_packet_bytes = max_packet_bytes
        self._buffer = bytearray()
        self._partial = bytearray()
        self._serial: int | None = None

    def receive_data(self, data: bytes) -> list[bytes]:
        """Take bytes, return the packets that are now whole.

        Raises:
            AudioError: If the bytes are no Ogg stream.
        """
        self._buffer += data
        packets: list[bytes] = []
        while self._read_page(packets):
            pass
        return packets

    def receive_eof(self) -> None:
        """Note that no more bytes come.

        Raises:
            AudioError: If they ended inside a page or a packet.
        """
        if self._buffer or self._partial:
            raise AudioError("the Ogg stream ends in the middle of a page")

    def _read_page(self, packets: list[bytes]) -> bool:
        """Read one page if it is whole."""
        prefix = bytes(self._buffer[:5])
        if not (_CAPTURE + b"\0").startswith(prefix):
            raise AudioError("not an Ogg stream: a page must begin with OggS and version 0")
        if len(self._buffer) < _HEADER.size:
            return False
        _, _, flags, _, serial, _, _, n_segments = _HEADER.unpack_from(self._buffer)
        body_at = _HEADER.size + n_segments
        if len(self._buffer) < body_at:
            return False
        lacing = self._buffer[_HEADER.size : body_at]
        end = body_at + sum(lacing)
        if len(self._buffer) < end:
            return False
        if self._serial is None:
            self._serial = serial
        if serial != self._serial:
            raise AudioError("a second logical stream in the Ogg stream")
        if not flags & _CONTINUED and self._partial:
            raise AudioError("a packet of the Ogg stream is never finished")
        at = body_at
        for length in lacing:
            self._partial += self._buffer[at : at + length]
            at += length
            if len(self._partial) > self._max_packet_bytes:
                raise AudioError(f"an Ogg packet of more than {self._max_packet_bytes} bytes")
            if length < 255:
                packets.append(bytes(self._partial))
                self._partial.clear()
        del self._buffer[:end]
        return True
