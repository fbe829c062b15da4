"""Let a task sleep until a time comes or somebody wakes it, at the price of one future."""

import asyncio

__all__ = ["Alarm"]


class Alarm:
    """Wakes one task. An ``asyncio.Event`` under ``asyncio.timeout_at`` does the same at thrice
    the price, and a server with a hundred speaking sessions sleeps five thousand times a second."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._rung = False
        self._sleeper: asyncio.Future[None] | None = None

    def ring(self) -> None:
        """Wake the task, now or as soon as it sleeps."""
        self._rung = True
        sleeper = self._sleeper
        if sleeper is not None and not sleeper.done():
            sleeper.set_result(None)

    async def sleep(self, until: float | None) -> bool:
        """Sleep until ``until`` on the loop's clock, for ever if None, or until :meth:`ring`.

        Returns:
            Whether it was rung.
        """
        if not self._rung and (until is None or until > self._loop.time()):
            sleeper = self._sleeper = self._loop.create_future()
            timer = None if until is None else self._loop.call_at(until, _expire, sleeper)
            try:
                await sleeper
            finally:
                self._sleeper = None
                if timer is not None:
                    timer.cancel()
        rung, self._rung = self._rung, False
        return rung


def _expire(sleeper: asyncio.Future[None]) -> None:
    if not sleeper.done():
        sleeper.set_result(None)
