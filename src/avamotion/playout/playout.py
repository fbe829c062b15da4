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
        self._turns: deque[Turn] = deque()  # not wholly sent, the first one is being sent
        self._tail: deque[Turn] = deque()  # sent, but not heard to the end
        self._n_turns = 0
        self._gone: OrderedDict[str, PlayoutEvent | None] = OrderedDict()
        self._events: deque[PlayoutEvent] = deque()
        self._heard_until = 0.0
        self._paused_at: float | None = None

    @property
    def current(self) -> Turn | None:
        """The turn that is being sent, or comes next."""
        return self._turns[0] if self._turns else None

    @property
    def speaking(self) -> bool:
        """Whether something is heard, or will be."""
        return bool(self._turns or self._tail)

    @property
    def paused(self) -> bool:
        """Whether the playout is held."""
        return self._paused_at is not None

    def has(self, turn: Turn) -> bool:
        """Return whether a turn is being sent or waits."""
        return turn in self._turns

    def open_turn(self, req_id: str, *, now: float) -> Turn | None:
        """Return the turn of a request, new if need be; None if that request is over."""
        for turn in self._turns:
            if turn.req_id == req_id:
                return turn
        if req_id in self._gone or any(turn.req_id == req_id for turn in self._tail):
            return None
        if self._preempt:
            self._stop(now, "preempted")
        self._n_turns += 1
        turn = Turn(self._n_turns, req_id, arrived_at=now)
        self._turns.append(turn)
        return turn

    def add_blocks(self, turn: Turn, blocks: Iterable[MediaBlock], *, complete: bool) -> None:
        """Take media of a turn. Media of a turn that was interrupted meanwhile is dropped."""
        if turn in self._turns:
            turn.blocks.extend(blocks)
            turn.complete = turn.complete or complete

    def runs_out_at(self, turn: Turn, *, now: float) -> float:
        """Return when the last ready block of a turn will have left; before, more must be ready.

        A turn that has not begun is needed when the turns before it are over, or at once.
        """
        end = self._begins_at(turn)
        for earlier in self._turns:
            due = earlier.pacer.due() if earlier.pacer else end
            end = max(now, due) + len(earlier.blocks) * PACKET_S
            if earlier is turn:
                break
        return end if turn.pacer else end - len(turn.blocks) * PACKET_S - self._lead_s

    def next_packet(self, *, now: float) -> Packet | None:
        """Return the next packet if it is due."""
        self._retire(now)
        turn = self.current
        if turn is None or self.paused or not (turn.blocks or turn.complete):
            return None
        if turn.pacer is None:
            begins_at = self._begins_at(turn)
            if self._paced and now < begins_at:
                return None
            turn.begun_at = max(turn.arrived_at, begins_at)
            turn.pacer = Pacer(origin=max(now, self._free_at()), lead_s=self._lead_s)
            self._announce(turn)
        elif self._paced and turn.blocks and now < turn.pacer.due():
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
        end = turn.complete and not turn.blocks
        if end:
            self._tail.append(self._turns.popleft())
        return Packet(
            turn_id=turn.turn_id,
            req_id=turn.req_id,
            epoch=self.epoch,
            pts_us=index * PACKET_US,
            block=block,
            start=index == 0,
            end=end,
            first_frame_s=now - turn.begun_at if index == 0 else None,
            late_s=late_s,
        )

    def _free_at(self) -> float:
        """Return when all that has been sent will have been heard."""
        pacer = self._tail[-1].pacer if self._tail else None
        return pacer.end() if pacer is not None and self._paced else self._heard_until

    def _begins_at(self, turn: Turn) -> float:
        """Return when the first packet of the next turn may leave."""
        return max(turn.arrived_at, self._free_at() - self._lead_s)

    def _announce(self, turn: Turn) -> None:
        """Say that a turn plays; not before those before it have been heard."""
        if not self._tail and not turn.announced:
            turn.announced = True
            self._events.append(TurnPlaying(turn.req_id, 0))

    def interrupt(self, req_id: str, *, now: float, reason: str = "explicit") -> bool:
        """Stop whatever plays, forget whatever waits.

        The clients name their newest request, which may still be waiting: the one that is heard
        has to stop all the same.

        Returns:
            Whether there was anything to stop.
        """
        stopped = self._stop(now, reason)
        if req_id not in self._gone:
            self._forget(req_id, None)
        return stopped

    def _stop(self, now: float, reason: str) -> bool:
        self._retire(now)
        self._paused_at = None
        stopped = [*self._tail, *self._turns]
        self._tail.clear()
        self._turns.clear()
        self._heard_until = now
        if stopped:
            self.epoch += 1
        for turn in stopped:
            event = TurnInterrupted(turn.req_id, _played_us(turn, now), reason)
            self._forget(turn.req_id, event)
            self._events.append(event)
        return bool(stopped)

    def pause(self, req_id: str, *, now: float) -> None:
        """Hold the playout. Every pause is answered by an event that says how things stand."""
        turn = self._heard(now)
        if turn is None:
            self._recall(req_id)
            return
        if self._paused_at is None:
            self._paused_at = now
            for pacer in self._pacers():
                pacer.hold(now)
        self._events.append(TurnPaused(turn.req_id, _played_us(turn, now)))

    def resume(self, req_id: str, *, now: float) -> None:
        """Go on after a pause. Every resume is answered by an event that says how things stand."""
        turn = self._heard(now)
        if turn is None:
            self._recall(req_id)
            return
        if self._paused_at is not None:
            self._paused_at = None
            for pacer in self._pacers():
                pacer.release(now)
        self._events.append(TurnPlaying(turn.req_id, _played_us(turn, now)))

    def _heard(self, now: float) -> Turn | None:
        """Return the turn that is heard now, or comes next."""
        self._retire(now)
        return self._tail[0] if self._tail else self.current

    def _pacers(self) -> list[Pacer]:
        return [turn.pacer for turn in (*self._tail, *self._turns) if turn.pacer is not None]

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
        if not self.speaking:
            return None
        if self._paused_at is not None:
            return self._paused_at + self._pause_limit_s
        if not self._paced:
            turn = self.current
            return 0.0 if self._tail or (turn and (turn.blocks or turn.complete)) else None
        timers = []
        if self._tail and (heard := self._tail[0].pacer) is not None:
            timers.append(heard.end())
        turn = self.current
        if turn is not None and (turn.blocks or turn.complete):
            if turn.pacer is None:
                timers.append(self._begins_at(turn))
            else:  # what ends a turn without sound need not wait for a place in its schedule
                timers.append(turn.pacer.due() if turn.blocks else 0.0)
        return min(timers, default=None)

    def handle_timer(self, *, now: float) -> bool:
        """Act on the passing of time.

        Returns:
            Whether a pause has lasted too long, so that everything was interrupted.
        """
        self._retire(now)
        if self._paused_at is None or now < self._paused_at + self._pause_limit_s:
            return False
        return self._stop(now, "pause_timeout")

    def _retire(self, now: float) -> None:
        """Let go of turns that have been heard to their end."""
        while self._tail and not self.paused:
            turn = self._tail[0]
            pacer = turn.pacer
            assert pacer is not None  # it has been sent
            if self._paced and now < pacer.end():
                return
            self._tail.popleft()
            self._heard_until = pacer.end() if self._paced else now
            event = TurnEnded(turn.req_id, pacer.sent * PACKET_US)
            self._forget(turn.req_id, event)
            self._events.append(event)
            if self._turns and self._turns[0].pacer is not None:
                self._announce(self._turns[0])

    def _forget(self, req_id: str, event: PlayoutEvent | None) -> None:
        self._gone[req_id] = event
        self._gone.move_to_end(req_id)
        while len(self._gone) > _MAX_GONE_IDS:
            self._gone.popitem(last=False)


def _played_us(turn: Turn, now: float) -> int:
    return round(turn.pacer.played_s(now) * 1e6) if turn.pacer else 0
