"""How long to wait before trying again."""

import random

__all__ = ["Backoff"]


class Backoff:
    """Waits that double with every failure, spread so that clients do not return all at once.

    Args:
        first_s: The first wait in seconds, at most.
        limit_s: The longest wait in seconds.
        rng: Where the spread comes from.
    """

    def __init__(self, *, first_s: float, limit_s: float, rng: random.Random) -> None:
        self._first_s = first_s
        self._limit_s = limit_s
        self._rng = rng
        self._n_failures = 0

    def reset(self) -> None:
        """Note a success."""
        self._n_failures = 0

    def next_s(self) -> float:
        """Note a failure and return how long to wait: half of the nominal wait, up to all of it."""
        # 2.0**1024 would overflow; the limit holds long before.
        nominal_s = min(self._limit_s, self._first_s * 2.0 ** min(self._n_failures, 64))
        self._n_failures += 1
        return nominal_s * self._rng.uniform(0.5, 1.0)
