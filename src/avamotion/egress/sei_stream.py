"""A session's packets as SEI packets, 25 a second. Pure: no clock, no vendor."""

from collections.abc import Sequence
from typing import Final

from avamotion.egress.rest import ease_to_rest
from avamotion.media import MotionFrame
from avamotion.playout.packet import PACKET_US, Packet
from avamotion.protocol.payload import encode_animation
from avamotion.protocol.sei import SEI_FPS, SeiFlag, SeiPacket

__all__ = ["SeiStream"]

_SPAN_US: Final = 1_000_000 // SEI_FPS


class SeiStream:
    """Cuts turns into animation packets and puts transitions around them.

    A turn is ``TO_SPEECH START … END TO_IDLE``; between turns every picture says ``IDLE``. Each
    animation packet holds the frames of up to 40 ms, the newest of them due with the sound that
    leaves at the same time.
    """

    def __init__(self) -> None:
        self.speaking = False
        """Whether a turn has begun and not ended."""
        self._sequence = 0
        self._begun = False
        self._pending: list[MotionFrame] = []
        self._last: MotionFrame | None = None

    def receive_packet(self, packet: Packet) -> list[SeiPacket]:
        """Take a packet; return what is due with it."""
        if packet.start or not self.speaking:
            self.speaking = True
            self._begun = False
            self._pending.clear()
        if packet.block is not None and packet.block.frames:
            self._pending.extend(packet.block.frames)
            self._last = packet.block.frames[-1]
        due = packet.end or packet.pts_us % _SPAN_US < PACKET_US
        packets: list[SeiPacket] = []
        if due and self._last is not None and (self._pending or packet.end):
            if not self._begun:
                first = [*self._pending, self._last][:1]
                packets.append(self._transition(SeiFlag.TO_SPEECH, first))
            packets.append(self._animation(end=packet.end))
        if packet.end:
            self.speaking = False
            if self._last is not None:
                packets.append(self._transition(SeiFlag.TO_IDLE, [self._last]))
        return packets

    def clear(self) -> list[SeiPacket]:
        """Drop what waits: the turn was interrupted.

        Returns:
            What tells the readers so: the way to rest, and that the face is idle.
        """
        self._pending.clear()
        if not self.speaking:
            return []
        self.speaking = False
        if not self._begun or self._last is None:
            return [self.idle()]
        way = [self._last, *ease_to_rest(self._last)]
        return [self._transition(SeiFlag.TO_IDLE, way), self.idle()]

    def idle(self) -> SeiPacket:
        """Return what a picture says between turns."""
        return SeiPacket(SeiFlag.IDLE)

    def _animation(self, *, end: bool) -> SeiPacket:
        assert self._last is not None
        flags = SeiFlag(0)
        if not self._begun:
            flags |= SeiFlag.START
            self._begun = True
        if end:
            flags |= SeiFlag.END
        # A turn may end without a new frame: the last one stands for the end.
        packet = SeiPacket(flags, self._sequence, encode_animation(self._pending or [self._last]))
        self._sequence += 1
        self._pending.clear()
        return packet

    def _transition(self, flag: SeiFlag, frames: Sequence[MotionFrame]) -> SeiPacket:
        return SeiPacket(flag, None, encode_animation(frames))
