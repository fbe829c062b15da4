"""What was heard: follows the service's control signals, request by request.

Sans-I/O. In an egress session the service answers a request with empty control signals: the first
when it begins to play, the last when all of it has been played.
"""

from dataclasses import dataclass
from enum import Enum

from .turn import Turn

__all__ = ["PlaybackEvent", "PlaybackState", "PlaybackTracker"]

# A service that never says that a request was played must not make us remember all of them.
_MAX_REQUESTS = 64


class PlaybackState(Enum):
    """What became of a turn."""

    STARTED = "started"
    ENDED = "ended"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class PlaybackEvent:
    """Something the listener heard.

    Attributes:
        state: What happened.
        turn: The turn it happened to.
        played_ms: How much of the turn was played by then.
        first_frame_ms: Time from the first audio sent to the first signal, with STARTED.
        reason: Why it was interrupted, or an empty string.
    """

    state: PlaybackState
    turn: Turn
    played_ms: int
    first_frame_ms: int | None = None
    reason: str = ""


@dataclass(slots=True)
class _Request:
    turn: Turn
    first_sent_at: float
    sent_s: float = 0.0
    started_at: float | None = None

    def played_s(self, now: float) -> float:
        return 0.0 if self.started_at is None else min(self.sent_s, now - self.started_at)


class PlaybackTracker:
    """Knows which requests of one session are still being played."""

    def __init__(self) -> None:
        self._requests: dict[str, _Request] = {}
        # The service may answer before the write that it answers has returned.
        self._early: tuple[str, float] | None = None
        # When everything sent so far has been played at the latest, if the service plays at once.
        self._drained_at = 0.0

    def receive_sent(
        self, req_id: str, turn: Turn, duration_s: float, *, now: float
    ) -> list[PlaybackEvent]:
        """Note that audio of a request was sent."""
        request = self._requests.get(req_id)
        if request is None:
            request = self._requests[req_id] = _Request(turn, now)
            if len(self._requests) > _MAX_REQUESTS:
                del self._requests[next(iter(self._requests))]
        request.sent_s += duration_s
        self._drained_at = max(self._drained_at, now) + duration_s
        if self._early is not None and self._early[0] == req_id:
            _, signalled_at = self._early
            self._early = None
            return self.receive_signal(req_id, end=False, now=signalled_at)
        return []

    def receive_signal(self, req_id: str, end: bool, *, now: float) -> list[PlaybackEvent]:
        """Take a control signal of the service."""
        request = self._requests.get(req_id)
        if request is None:
            self._early = (req_id, now)
            return []
        events = []
        if request.started_at is None:
            request.started_at = now
            waited_ms = max(0, round(1000 * (now - request.first_sent_at)))
            events.append(PlaybackEvent(PlaybackState.STARTED, request.turn, 0, waited_ms))
        if end:
            del self._requests[req_id]
            if not self._requests:
                self._drained_at = now
            # The service has played everything it was sent.
            played_ms = round(1000 * request.sent_s)
            events.append(PlaybackEvent(PlaybackState.ENDED, request.turn, played_ms))
        return events

    def stop(self, reason: str, *, now: float) -> list[PlaybackEvent]:
        """Note that everything stops at once: an interrupt, or a broken connection."""
        events = [
            PlaybackEvent(
                PlaybackState.INTERRUPTED,
                request.turn,
                round(1000 * request.played_s(now)),
                reason=reason,
            )
            for request in self._requests.values()
        ]
        self._requests.clear()
        self._drained_at = now
        return events

    def is_idle(self, *, now: float) -> bool:
        """Return whether nothing is being played, as far as can be known."""
        return not self._requests or now >= self._drained_at

    @property
    def has_requests(self) -> bool:
        """Whether some request has not been reported as played."""
        return bool(self._requests)
