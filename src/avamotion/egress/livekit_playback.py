"""What a room has heard of each turn, and what its agent must be told. Pure: time comes in."""

from collections import deque
from dataclasses import dataclass

__all__ = ["PlaybackFinished", "PlaybackLedger"]


@dataclass(frozen=True, slots=True)
class PlaybackFinished:
    """A turn is over for the listeners.

    Attributes:
        position_s: How much of it was heard, in seconds.
        interrupted: Whether it was cut off.
    """

    position_s: float
    interrupted: bool


@dataclass(slots=True)
class _Turn:
    turn_id: int
    pushed_s: float = 0.0
    ends_at: float | None = None


class PlaybackLedger:
    """Keeps account of turns between the moment they are pushed and the moment they are heard.

    The next turn is pushed a little before the last one has been heard, so more than one may be
    on its way.
    """

    def __init__(self) -> None:
        self._turns: deque[_Turn] = deque()

    def push(self, turn_id: int, duration_s: float) -> bool:
        """Note sound of a turn. Returns whether the turn begins with it."""
        begins = not self._turns or self._turns[-1].turn_id != turn_id
        if begins:
            self._turns.append(_Turn(turn_id))
        self._turns[-1].pushed_s += duration_s
        return begins

    def end(self, turn_id: int, *, ends_at: float) -> None:
        """Note that all of a turn was pushed, and when the last of it will have been heard."""
        for turn in self._turns:
            if turn.turn_id == turn_id:
                turn.ends_at = ends_at

    def get_timer(self) -> float | None:
        """Return when the oldest turn will have been heard, or None if that is not known yet."""
        return self._turns[0].ends_at if self._turns else None

    def handle_timer(self, *, now: float) -> list[PlaybackFinished]:
        """Return the turns that have been heard to their end."""
        finished = []
        while self._turns and (ends_at := self._turns[0].ends_at) is not None and now >= ends_at:
            finished.append(PlaybackFinished(self._turns.popleft().pushed_s, interrupted=False))
        return finished

    def clear(self, *, queued_s: float) -> list[PlaybackFinished]:
        """Cut off everything.

        Args:
            queued_s: Seconds that were pushed and not heard yet.

        Returns:
            One entry for each turn that had begun, oldest first; for a turn that nobody has heard
            anything of, one with position 0.
        """
        finished: deque[PlaybackFinished] = deque()
        while self._turns:
            turn = self._turns.pop()
            unheard_s = min(turn.pushed_s, queued_s)
            queued_s -= unheard_s
            finished.appendleft(PlaybackFinished(turn.pushed_s - unheard_s, interrupted=True))
        return list(finished) or [PlaybackFinished(0.0, interrupted=True)]
