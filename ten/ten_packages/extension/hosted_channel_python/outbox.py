"""What waits to be sent into the channel."""

from collections import deque

__all__ = ["Outbox"]


class Outbox:
    """Texts that wait for a connection; what is too old when it comes is dropped.

    Args:
        max_texts: How many may wait; the oldest goes first.
        max_age_s: How long a text may wait, in seconds.
    """

    def __init__(self, *, max_texts: int, max_age_s: float) -> None:
        self._texts: deque[tuple[float, str]] = deque(maxlen=max_texts)
        self._max_age_s = max_age_s

    def push(self, text: str, *, now: float) -> None:
        """Add a text."""
        self._texts.append((now, text))

    def take(self, *, now: float) -> list[str]:
        """Return what is to be sent, oldest first."""
        fresh = [text for since, text in self._texts if now - since <= self._max_age_s]
        self._texts.clear()
        return fresh
