"""Audio on its way to the service, measured in seconds.

Sans-I/O. While there is no connection the queue holds a bounded amount and the oldest audio goes
first; while there is one, only a hard limit applies, because the service may take audio no faster
than it plays it.
"""

from collections import deque
from dataclasses import dataclass

from .turn import Turn

__all__ = ["AudioQueue", "Chunk", "EndOfTurn"]

_BYTES_PER_SAMPLE = 2


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of PCM.

    Attributes:
        turn: The turn it belongs to.
        pcm: Mono s16le samples.
        sample_rate_hz: Its rate.
        arrived_at: When it came in, in seconds.
    """

    turn: Turn
    pcm: bytes
    sample_rate_hz: int
    arrived_at: float

    @property
    def duration_s(self) -> float:
        """Return how long it plays."""
        return len(self.pcm) / (_BYTES_PER_SAMPLE * self.sample_rate_hz)


@dataclass(frozen=True, slots=True)
class EndOfTurn:
    """The turn has no more audio."""

    turn: Turn


class AudioQueue:
    """First in, first out, with limits in seconds of audio.

    Args:
        max_waiting_s: Most that is kept while there is no connection.
        max_s: Most that is kept at all.
        max_chunk_s: Longer chunks are cut, so that an interrupt never waits for a long write.
    """

    def __init__(self, *, max_waiting_s: float, max_s: float, max_chunk_s: float) -> None:
        self._max_waiting_s = max_waiting_s
        self._max_s = max_s
        self._max_chunk_s = max_chunk_s
        self._items: deque[Chunk | EndOfTurn] = deque()
        self._duration_s = 0.0

    @property
    def duration_s(self) -> float:
        """Seconds of audio held."""
        return self._duration_s

    def __len__(self) -> int:
        return len(self._items)

    def push(self, chunk: Chunk, *, connected: bool) -> float:
        """Append audio. Returns how many seconds were dropped to keep the limits."""
        if connected and self._duration_s + chunk.duration_s > self._max_s:
            return chunk.duration_s
        step = max(1, int(self._max_chunk_s * chunk.sample_rate_hz)) * _BYTES_PER_SAMPLE
        for start in range(0, len(chunk.pcm), step):
            piece = Chunk(
                chunk.turn, chunk.pcm[start : start + step], chunk.sample_rate_hz, chunk.arrived_at
            )
            self._items.append(piece)
            self._duration_s += piece.duration_s
        return 0.0 if connected else self._trim()

    def push_end(self, turn: Turn) -> None:
        """Append the end of a turn, behind its audio."""
        self._items.append(EndOfTurn(turn))

    def pop(self) -> Chunk | EndOfTurn | None:
        """Take the oldest item, or None."""
        if not self._items:
            return None
        item = self._items.popleft()
        if isinstance(item, Chunk):
            self._duration_s -= item.duration_s
        if not self._items:
            self._duration_s = 0.0  # no drift from rounding
        return item

    def clear(self) -> float:
        """Forget everything. Returns the seconds of audio dropped."""
        dropped_s, self._duration_s = self._duration_s, 0.0
        self._items.clear()
        return dropped_s

    def discard_turn(self, turn: Turn) -> float:
        """Forget one turn, its end included. Returns the seconds of audio dropped."""
        return self._keep([item for item in self._items if item.turn is not turn])

    def discard_older(self, than: float) -> float:
        """Forget audio that arrived before a time. Returns the seconds dropped."""
        return self._keep(
            [item for item in self._items if isinstance(item, EndOfTurn) or item.arrived_at >= than]
        )

    def _keep(self, items: list[Chunk | EndOfTurn]) -> float:
        before_s = self._duration_s
        self._items = deque(items)
        self._duration_s = sum(item.duration_s for item in items if isinstance(item, Chunk))
        return max(0.0, before_s - self._duration_s)

    def _trim(self) -> float:
        dropped_s = 0.0
        while self._duration_s > self._max_waiting_s:
            item = self.pop()
            if isinstance(item, Chunk):
                dropped_s += item.duration_s
        return dropped_s
