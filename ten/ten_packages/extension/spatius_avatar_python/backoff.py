"""How long to wait before the next attempt."""

from collections.abc import Callable

__all__ = ["Backoff"]


class Backoff:
    """Doubles from a first delay up to a limit, with jitter so that sessions spread out.

    Args:
        first_s: Delay after the first failure.
        max_s: Longest delay.
        random: Returns a number in [0, 1); the delay is scaled to between half and all of itself.
    """

    def __init__(self, *, first_s: float, max_s: float, random: Callable[[], float]) -> None:
        self._first_s = first_s
        self._max_s = max_s
        self._random = random
        self._failures = 0

    def next_delay_s(self) -> float:
        """Return the delay after one more failure."""
        # The exponent is bounded too: two to the power of a week's failures is no float.
        delay_s = min(self._max_s, self._first_s * 2.0 ** min(self._failures, 30))
        self._failures += 1
        return delay_s * (0.5 + 0.5 * self._random())

    def reset(self) -> None:
        """Start over: the attempt succeeded."""
        self._failures = 0
