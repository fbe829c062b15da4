"""Which turn a piece of audio belongs to, and whether it may still be spoken.

Sans-I/O: messages and time in, decisions out.

TTS extensions say what a frame belongs to in its metadata (``turn_id``, ``request_id``), or not at
all. After an interrupt, frames that were already on their way arrive late. The gate holds them back
until something proves that the next turn has begun: another turn's key, another request's start,
and for audio without a key the end of the old request, a pause, or the time limit.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

__all__ = ["Admission", "Drop", "EndReason", "Ending", "Turn", "TurnGate", "TurnKey"]

# Turns that are remembered as interrupted. A frame older than this many turns is not in flight.
_MAX_DEAD_KEYS = 64


class Drop(Enum):
    """Why audio is not spoken."""

    INTERRUPTED = "interrupted"
    CONNECTION_LOST = "connection_lost"
    WAITED_TOO_LONG = "waited_too_long"
    QUEUE_FULL = "queue_full"
    WRONG_FORMAT = "wrong_format"
    SESSION_ENDED = "session_ended"


class EndReason(Enum):
    """Why a TTS request ended, numbered as in ``tts_audio_end``."""

    REQUEST_END = 1
    INTERRUPTED = 2
    ERROR = 3


@dataclass(frozen=True, slots=True)
class TurnKey:
    """What a message says about the turn it belongs to.

    Attributes:
        turn: The ``turn_id``, or None.
        request: The ``request_id``, or None.
    """

    turn: str | None = None
    request: str | None = None

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, object], request: object = None) -> "TurnKey":
        """Read a key out of a frame's metadata, or of a data message's metadata and request id."""
        return cls(
            _text(metadata.get("turn_id")), _text(metadata.get("request_id")) or _text(request)
        )

    def __bool__(self) -> bool:
        return self.turn is not None or self.request is not None

    def is_same(self, other: "TurnKey") -> bool | None:
        """Return whether both name the same turn, or None if that cannot be told."""
        if self.turn is not None and other.turn is not None:
            return self.turn == other.turn
        if self.request is not None and other.request is not None:
            return self.request == other.request
        return None


@dataclass(slots=True, eq=False)
class Turn:
    """One run of avatar speech.

    Attributes:
        serial: Number of the turn in this session, from 1.
        key: What the sender called it.
        metadata: Metadata of its first message.
        has_audio: Whether any of its audio was accepted.
        is_abandoned: Whether the rest of its audio is dropped, because the connection broke.
    """

    serial: int
    key: TurnKey
    metadata: Mapping[str, object] = field(default_factory=dict)
    has_audio: bool = False
    is_abandoned: bool = False


@dataclass(frozen=True, slots=True)
class Ending:
    """The end of a turn that had audio.

    Attributes:
        turn: The turn.
        interrupted: Whether what is left of it must not be spoken.
    """

    turn: Turn
    interrupted: bool = False


@dataclass(frozen=True, slots=True)
class Admission:
    """Audio that may be spoken.

    Attributes:
        turn: The turn it belongs to.
        ending: The turn before it, if this audio ended that one.
    """

    turn: Turn
    ending: Ending | None = None


class TurnGate:
    """Sorts audio into turns, and holds back what was interrupted.

    Args:
        quiet_s: After an interrupt, a pause that ends the old turn where audio has no key.
        limit_s: After an interrupt, audio is held back no longer than this, unless a newer turn
            was seen.
        end_of_turn_s: A turn without audio for this long is over.
    """

    def __init__(self, *, quiet_s: float, limit_s: float, end_of_turn_s: float) -> None:
        self._quiet_s = quiet_s
        self._limit_s = limit_s
        self._end_of_turn_s = end_of_turn_s
        self._serial = 0
        self._open: Turn | None = None
        self._last_audio_at = 0.0
        self._recent: list[TurnKey] = []
        # Interrupted turns, and when each may be believed again; never, once turns are known to
        # have keys that differ.
        self._dead: dict[TurnKey, float | None] = {}
        self._is_closed = False
        self._old_had_key = False
        self._closed_at = 0.0
        self._stale_at = 0.0

    def receive_start(
        self, key: TurnKey, metadata: Mapping[str, object], *, now: float
    ) -> Ending | None:
        """Take a ``tts_audio_start``. Returns the ending of the turn before, if it had one."""
        dead = self._dead_match(key, now)
        if dead is not None:
            if key.request is None or dead.request is None or key.request == dead.request:
                return None
            # Another request under the same turn id: this sender's turn ids do not change.
            self._forget(key)
        self._is_closed = False
        if self._open is not None and key.is_same(self._open.key):
            return None
        ending = self._end_open()
        self._begin(key, metadata, now)
        return ending

    def receive_audio(
        self, key: TurnKey, metadata: Mapping[str, object], *, now: float
    ) -> Admission | Drop:
        """Take one frame. Returns the turn it belongs to, or why it must not be spoken."""
        if self._is_stale(key, now):
            return Drop.INTERRUPTED
        turn = self._open
        ending = None
        if turn is not None and key.is_same(turn.key) is False:
            ending = self._end_open()
            turn = None
        if turn is None:
            turn = self._begin(key, metadata, now)
        elif key and not turn.key:
            turn.key = key
            self._remember(key)
        if not turn.metadata:
            turn.metadata = metadata
        self._last_audio_at = now
        if turn.is_abandoned:
            return Drop.CONNECTION_LOST
        turn.has_audio = True
        return Admission(turn, ending)

    def receive_end(self, key: TurnKey, reason: EndReason, *, now: float) -> Ending | None:
        """Take an end of turn. Returns the ending, or None if there was nothing to end."""
        if self._is_closed and not self._old_had_key:
            # Its frames came before it: whatever comes now belongs to the next turn.
            self._is_closed = False
        turn = self._open
        if turn is None or key.is_same(turn.key) is False:
            return None
        if reason is not EndReason.INTERRUPTED:
            return self._end_open()
        self._bury(turn.key, None)
        if turn.key:
            # A TTS that was flushed may still emit audio, which no longer says what it belongs to.
            self._close(turn, now)
        ending = self._end_open()
        return Ending(turn, interrupted=True) if ending else None

    def interrupt(self, *, now: float) -> None:
        """Hold back what is still in flight of every turn so far."""
        turn, self._open = self._open, None
        # With a single key so far, it may be one that this sender never changes.
        keys_differ = any(key.is_same(self._recent[0]) is False for key in self._recent)
        for key in self._recent:
            self._bury(key, None if keys_differ else now + self._limit_s)
        # Without an open turn, the last one had ended: nothing of it is in flight.
        if turn is not None or self._is_closed:
            self._close(turn, now)

    def get_timer(self) -> float | None:
        """Return when :meth:`handle_timer` is due, or None if it never is."""
        if self._open is None or not (self._open.has_audio or self._open.is_abandoned):
            return None
        return self._last_audio_at + self._end_of_turn_s

    def handle_timer(self, *, now: float) -> Ending | None:
        """End a turn that gets no more audio."""
        due = self.get_timer()
        return self._end_open() if due is not None and now >= due else None

    def _close(self, turn: Turn | None, now: float) -> None:
        if turn is not None:
            self._old_had_key = bool(turn.key)
        self._is_closed = True
        self._closed_at = self._stale_at = now

    def _is_stale(self, key: TurnKey, now: float) -> bool:
        if key:
            if self._dead_match(key, now) is not None:
                return True
            if self._is_closed:
                self._is_closed = False
                # Turns have keys that differ, so an interrupted one never comes back.
                self._dead = dict.fromkeys(self._dead)
            return False
        if not self._is_closed:
            return False
        waited_out = now - self._closed_at >= self._limit_s
        paused = not self._old_had_key and now - self._stale_at >= self._quiet_s
        if waited_out or paused:
            self._is_closed = False
            return False
        self._stale_at = now
        return True

    def _dead_match(self, key: TurnKey, now: float) -> TurnKey | None:
        for dead, until in self._dead.items():
            if key.is_same(dead):
                if until is not None and now >= until:
                    del self._dead[dead]
                    self._is_closed = False
                    return None
                return dead
        return None

    def _begin(self, key: TurnKey, metadata: Mapping[str, object], now: float) -> Turn:
        self._serial += 1
        self._open = Turn(self._serial, key, metadata)
        self._last_audio_at = now
        self._remember(key)
        return self._open

    def _end_open(self) -> Ending | None:
        turn, self._open = self._open, None
        return Ending(turn) if turn is not None and turn.has_audio else None

    def _remember(self, key: TurnKey) -> None:
        if key and key not in self._recent:
            self._recent = [*self._recent[1 - _MAX_DEAD_KEYS :], key]

    def _forget(self, key: TurnKey) -> None:
        self._recent = [other for other in self._recent if not key.is_same(other)]
        self._dead = {other: until for other, until in self._dead.items() if not key.is_same(other)}

    def _bury(self, key: TurnKey, until: float | None) -> None:
        if not key or (key in self._dead and self._dead[key] is None):
            return
        self._dead.pop(key, None)
        self._dead[key] = until
        while len(self._dead) > _MAX_DEAD_KEYS:
            del self._dead[next(iter(self._dead))]


def _text(value: object) -> str | None:
    return None if value is None or value == "" else str(value)
