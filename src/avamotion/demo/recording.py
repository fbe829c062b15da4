"""What a viewer of the hosted channel receives, kept and judged. Sans-I/O; see docs/channel.md."""

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from avamotion.errors import RemoteProtocolError
from avamotion.protocol.payload import ChannelPacket, decode_channel_packet

__all__ = ["Arrival", "Recording", "TurnRecord"]


@dataclass(frozen=True, slots=True, eq=False)
class Arrival:
    """A packet and when it came, in seconds."""

    packet: ChannelPacket
    at: float


@dataclass(slots=True, eq=False)
class TurnRecord:
    """One turn of the publisher.

    Attributes:
        turn: Its number.
        epoch: Its epoch.
        first_frame_ms: From the turn's first sound at the server to its first packet.
        arrivals: Its packets, in the order in which they came.
        ended: Whether its last packet has come.
        cleared_at: When it was interrupted, in seconds, if it was.
    """

    turn: int
    epoch: int
    first_frame_ms: float | None = None
    arrivals: list[Arrival] = field(default_factory=list)
    ended: bool = False
    cleared_at: float | None = None


class Recording:
    """Keeps one publisher's turns, as a viewer is meant to: what is dropped has a reason.

    Args:
        uid: The publisher's uid.

    Attributes:
        turns: The turns, oldest first.
        dropped: Packets that are missing or were not used, by reason: ``lost`` (a gap in the
            sequence), ``repeated``, ``stale`` (of an older epoch), ``undecodable``.
        problems: What other members sent with topic ``error``, oldest first.
        present: Uids of the other members who are there now.
    """

    def __init__(self, uid: int) -> None:
        self.turns: list[TurnRecord] = []
        self.dropped: Counter[str] = Counter(lost=0, repeated=0, stale=0, undecodable=0)
        self.problems: list[str] = []
        self.present: set[int] = set()
        self.n_bytes = 0
        self._uid = uid
        self._epoch = 0
        self._next_sequence: int | None = None

    def receive_packet(self, data: bytes, *, now: float) -> None:
        """Take a binary message."""
        try:
            packet = decode_channel_packet(data)
        except RemoteProtocolError:
            self.dropped["undecodable"] += 1
            return
        if packet.uid != self._uid:
            return
        self.n_bytes += len(data)
        if self._next_sequence is not None:
            if packet.sequence < self._next_sequence:
                self.dropped["repeated"] += 1
                return
            self.dropped["lost"] += packet.sequence - self._next_sequence
        self._next_sequence = packet.sequence + 1
        if packet.epoch < self._epoch:
            self.dropped["stale"] += 1
            return
        self._epoch = packet.epoch
        record = self._record(packet.turn, packet.epoch)
        record.arrivals.append(Arrival(packet, now))
        record.ended = record.ended or packet.end

    def receive_text(self, text: str, *, now: float) -> None:
        """Take a text message; what it does not know it ignores."""
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            return
        match value:
            case {"type": "joined", "members": list(members)}:
                self.present = {uid for uid in map(_uid, members) if uid is not None}
            case {"type": "member_joined", "uid": int(uid)}:
                self.present.add(uid)
                if uid == self._uid:  # a new session counts its packets anew
                    self._next_sequence = None
                    self._epoch = 0
            case {"type": "member_left", "uid": int(uid)}:
                self.present.discard(uid)
            case {"type": "turn", "uid": self._uid, "turn": int(turn), "epoch": int(epoch)}:
                self._record(turn, epoch).first_frame_ms = value.get("first_frame_ms")
            case {"type": "clear", "uid": self._uid, "epoch": int(epoch)}:
                self._clear(epoch, now)
            case {"type": "message", "topic": "error", "data": {"message": str(message)}}:
                self.problems.append(message)

    def _record(self, turn: int, epoch: int) -> TurnRecord:
        newest = self.turns[-1] if self.turns else None
        # A new session of the publisher counts its turns anew.
        if newest is None or newest.ended or (newest.turn, newest.epoch) != (turn, epoch):
            newest = TurnRecord(turn, epoch)
            self.turns.append(newest)
        return newest

    def _clear(self, epoch: int, now: float) -> None:
        self._epoch = max(self._epoch, epoch)
        for record in self.turns:
            if record.epoch < epoch and record.cleared_at is None:
                record.cleared_at = now

    def summary(self) -> dict[str, Any]:
        """Return the counts: packets, frames, bytes, and what was dropped."""
        packets = [arrival.packet for turn in self.turns for arrival in turn.arrivals]
        return {
            "packets": len(packets),
            "frames": sum(len(packet.frames) for packet in packets),
            "bytes": self.n_bytes,
            "dropped": dict(self.dropped),
        }


def _uid(member: object) -> int | None:
    match member:
        case {"uid": int(uid)}:
            return uid
    return None
