"""What a session plays, and when: turns queue up, one clock decides, an interrupt ends them all.

Sans-I/O: media and time in, packets and events out.
"""

from collections import OrderedDict, deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from avamotion.playout.pacer import Pacer
from avamotion.playout.packet import PACKET_S, PACKET_US, MediaBlock, Packet
from avamotion.playout.turn import Turn

__all__ = ["Playout", "PlayoutEvent", "TurnEnded", "TurnInterrupted", "TurnPaused", "TurnPlaying"]

# A client that sends audio for a request long gone gets it dropped; ids beyond are forgotten, so
# that a session that lasts for hours does not grow.
_MAX_GONE_IDS: Final = 256


@dataclass(frozen=True, slots=True)
class TurnPlaying:
    """A turn has begun to play, or goes on after a pause."""

    req_id: str
    played_us: int


@dataclass(frozen=True, slots=True)
class TurnPaused:
    """A turn is held."""

    req_id: str
    played_us: int


@dataclass(frozen=True, slots=True)
class TurnEnded:
    """A turn has been heard to its end."""

    req_id: str
    played_us: int


@dataclass(frozen=True, slots=True)
class TurnInterrupted:
    """A turn was cut off. ``reason`` is ``explicit``, ``preempted`` or ``pause_timeout``."""

    req_id: str
    played_us: int
    reason: str


PlayoutEvent = TurnPlaying | TurnPaused | TurnEnded | TurnInterrupted


class Playout:
    """The turns of one session.

    Args:
        paced: Whether packets leave in real time; else each leaves as soon as it is ready.
        lead_s: How far ahead of real time packets leave.
        pause_limit_s: How long a pause may last before it becomes an interrupt.
        preempt: Whether a new request ends those before it; else it waits for its turn.
    """

    def __init__(
        self, *, paced: bool, lead_s: float, pause_limit_s: float, preempt: bool = False
    ) -> None:
        self.epoch = 0
        """How often the session was interrupted."""
        self._paced = paced
        self._lead_s = lead_s
        self._pause_limit_s = pause_limit_s
        self._preempt = preempt
        self._turns: deque[Turn] = deque()
        self._n_turns = 0
        self._gone: OrderedDict[str, PlayoutEvent | None] = OrderedDict()
        self._events: deque[PlayoutEvent] = deque()
        self._free_at = 0.0
        self._paused_at: float | None = None

    @property
    def current(self) -> Turn | None:
        """The turn that is being played, or comes next."""
        return self._turns[0] if self._turns else None

    @property
    def paused(self) -> bool:
        """Whether the playout is held."""
        return self._paused_at is not None

    def open_turn(self, req_id: str, *, now: float) -> Turn | None:
        """Return the turn of a request, new if need be; None if that request is over."""
        for turn in self._turns:
            if turn.req_id == req_id:
                return turn
        if req_id in self._gone:
            return None
        if self._preempt:
            self._stop(now, "preempted")
        self._n_turns += 1
        turn = Turn(self._n_turns, req_id, arrived_at=now)
        self._turns.append(turn)
        return turn

    def has(self, turn: Turn) -> bool:
        """Return whether a turn plays or waits."""
        return turn in self._turns

    def add_blocks(self, turn: Turn, blocks: Iterable[MediaBlock], *, complete: bool) -> None:
        """Take media of a turn. Media of a turn that was interrupted meanwhile is dropped."""
        if turn in self._turns:
            turn.blocks.extend(blocks)
            turn.complete = turn.complete or complete

    def runs_out_at(self, turn: Turn, *, now: float) -> float:
        """Return when the last ready block of a turn will have left; before, more must be ready.

        A turn that has not begun is needed at once, or when the turns before it are over.
        """
        if turn.pacer is None:
            return min(now, turn.arrived_at) if turn is self.current else self._queue_end(turn, now)
        return turn.pacer.due() + len(turn.blocks) * PACKET_S

    def _queue_end(self, turn: Turn, now: float) -> float:
        end = now
        for earlier in self._turns:
            if earlier is turn:
                break
            left = earlier.pacer.due() if earlier.pacer else end
            end = max(now, left) + len(earlier.blocks) * PACKET_S
        return end

    def next_packet(self, *, now: float) -> Packet | None:
        """Return the next packet if it is due."""
        self._retire(now)
        turn = self.current
        if turn is None or turn.end_sent or self.paused:
            return None
        if not turn.blocks and not turn.complete:
            return None
        if turn.pacer is None:
            if self._paced and now < self._free_at - self._lead_s:
                return None
            turn.pacer = Pacer(origin=max(now, self._free_at), lead_s=self._lead_s)
            self._events.append(TurnPlaying(turn.req_id, 0))
        elif self._paced and now < turn.pacer.due():
            return None
        return self._take(turn, turn.pacer, now)

    def _take(self, turn: Turn, pacer: Pacer, now: float) -> Packet:
        index = pacer.sent
        block = turn.blocks.popleft() if turn.blocks else None
        late_s = 0.0
        if block is not None:
            if self._paced and index:
                late_s = pacer.lateness(now, block.sound_at)
            pacer.advance(now)
        turn.end_sent = turn.complete and not turn.blocks
        return Packet(
            turn_id=turn.turn_id,
            req_id=turn.req_id,
            epoch=self.epoch,
            pts_us=index * PACKET_US,
            block=block,
            start=index == 0,
            end=turn.end_sent,
            first_frame_s=now - turn.arrived_at if index == 0 else None,
            late_s=late_s,
        )

    def interrupt(self, req_id: str, *, now: float, reason: str = "explicit") -> bool:
        """Stop whatever plays, forget whatever waits.

        The clients name their newest request, which may still be waiting: the one that is heard
        has to stop all the same.

        Returns:
            Whether there was anything to stop.
        """
        self._retire(now)
        if req_id not in self._gone:
            self._forget(req_id, None)
        return self._stop(now, reason)

    def _stop(self, now: float, reason: str) -> bool:
        self._retire(now)
        self._paused_at = None
        self._free_at = now
        stopped = bool(self._turns)
        if stopped:
            self.epoch += 1
        while self._turns:
            turn = self._turns.popleft()
            played_s = turn.pacer.played_s(now) if turn.pacer else 0.0
            event = TurnInterrupted(turn.req_id, round(played_s * 1e6), reason)
            self._forget(turn.req_id, event)
            self._events.append(event)
        return stopped

    def pause(self, req_id: str, *, now: float) -> None:
        """Hold the playout. Every pause is answered by an event that says how things stand."""
        self._retire(now)
        turn = self.current
        if turn is None:
            self._recall(req_id)
            return
        if self._paused_at is None:
            self._paused_at = now
            if turn.pacer is not None:
                turn.pacer.hold(now)
        self._events.append(TurnPaused(turn.req_id, self._played_us(turn, now)))

    def resume(self, req_id: str, *, now: float) -> None:
        """Go on after a pause. Every resume is answered by an event that says how things stand."""
        self._retire(now)
        turn = self.current
        if turn is None:
            self._recall(req_id)
            return
        if self._paused_at is not None:
            self._paused_at = None
            if turn.pacer is not None:
                turn.pacer.release(now)
        self._events.append(TurnPlaying(turn.req_id, self._played_us(turn, now)))

    def _recall(self, req_id: str) -> None:
        """Say again how a request ended."""
        event = self._gone.get(req_id)
        if event is not None:
            self._events.append(event)

    def starved_at(self) -> float | None:
        """Return since when the playing turn waits for media, or None if it does not."""
        turn = self.current
        if turn is None or turn.pacer is None or turn.blocks or turn.complete or self.paused:
            return None
        return turn.pacer.due()

    def next_event(self) -> PlayoutEvent | None:
        """Return the oldest event not yet taken, or None."""
        return self._events.popleft() if self._events else None

    def get_timer(self) -> float | None:
        """Return when to act again: :meth:`handle_timer`, then :meth:`next_packet`.

        None means that media must come first.
        """
        turn = self.current
        if turn is None:
            return None
        if self._paused_at is not None:
            return self._paused_at + self._pause_limit_s
        if turn.end_sent:
            return turn.pacer.end() if turn.pacer and self._paced else 0.0
        if not turn.blocks and not turn.complete:
            return None
        if not self._paced:
            return 0.0
        return turn.pacer.due() if turn.pacer else self._free_at - self._lead_s

    def handle_timer(self, *, now: float) -> bool:
        """Act on the passing of time.

        Returns:
            Whether a pause has lasted too long, so that everything was interrupted.
        """
        self._retire(now)
        turn = self.current
        if turn is None or self._paused_at is None:
            return False
        if now < self._paused_at + self._pause_limit_s:
            return False
        return self.interrupt(turn.req_id, now=now, reason="pause_timeout")

    def _retire(self, now: float) -> None:
        """Let go of a turn that has been heard to its end."""
        turn = self.current
        if turn is None or not turn.end_sent or turn.pacer is None or self.paused:
            return
        if self._paced and now < turn.pacer.end():
            return
        self._turns.popleft()
        self._free_at = turn.pacer.end() if self._paced else now
        event = TurnEnded(turn.req_id, turn.pacer.sent * PACKET_US)
        self._forget(turn.req_id, event)
        self._events.append(event)

    def _forget(self, req_id: str, event: PlayoutEvent | None) -> None:
        self._gone[req_id] = event
        self._gone.move_to_end(req_id)
        while len(self._gone) > _MAX_GONE_IDS:
            self._gone.popitem(last=False)

    def _played_us(self, turn: Turn, now: float) -> int:
        return round(turn.pacer.played_s(now) * 1e6) if turn.pacer else 0
