"""A channel's packets for viewers over WebRTC: one every 20 ms, silence in between. Sans-I/O.

Packets leave a session a little ahead of real time, to fill the buffer of a player. A WebRTC
receiver keeps its own buffer and would speed sound up to get rid of what came early: so they wait
here for their time. That also leaves less to be silenced when the session is interrupted.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final

from avamotion.protocol.payload import split_media

__all__ = ["SILENCE", "RtcFeed", "RtcUnit"]

SILENCE: Final = b"\xf8\xff\xfe"
"""20 ms of silence as an Opus packet: full-band CELT, one frame, nothing coded."""

# A publisher that leaves in mid-turn makes room for another after a second.
_ABANDONED_AFTER: Final = 50


@dataclass(frozen=True, slots=True)
class RtcUnit:
    """What leaves in one tick.

    Attributes:
        opus: 20 ms of sound.
        motion: A ``ChannelPacket`` without sound, or empty.
    """

    opus: bytes
    motion: bytes = b""


_QUIET: Final = RtcUnit(SILENCE)


class RtcFeed:
    """The packets of one channel, on their way to its viewers.

    One face has one voice: while a publisher is in a turn, packets of the others are dropped.

    Args:
        max_units: How many may wait; beyond, the oldest is dropped.
    """

    def __init__(self, *, max_units: int) -> None:
        self.dropped = 0
        """Packets of other publishers, and packets that waited too long."""
        self._units: deque[RtcUnit] = deque(maxlen=max_units)
        self._newest: bytes | None = None
        self._speaker: int | None = None
        self._quiet_ticks = 0

    def receive_packet(self, packet: bytes) -> None:
        """Take a packet. The same one again, for another viewer, changes nothing."""
        if packet is self._newest:
            return
        self._newest = packet
        parts = split_media(packet)
        if self._speaker not in (None, parts.uid):
            self.dropped += 1
            return
        self._speaker = None if parts.end else parts.uid
        self._quiet_ticks = 0
        if len(self._units) == self._units.maxlen:
            self.dropped += 1
        self._units.append(RtcUnit(parts.opus or SILENCE, parts.motion))

    def clear(self, uid: int) -> None:
        """Drop what waits of a publisher that was interrupted."""
        if self._speaker in (None, uid):
            self._units.clear()
            self._speaker = None

    def next_unit(self) -> RtcUnit:
        """Return what leaves now. Call it every 20 ms."""
        if self._units:
            return self._units.popleft()
        self._quiet_ticks += 1
        if self._quiet_ticks >= _ABANDONED_AFTER:
            self._speaker = None
        return _QUIET
