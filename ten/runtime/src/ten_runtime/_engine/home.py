"""Where callbacks run: a thread with a queue, or an asyncio loop in a thread.

``post`` may be called from any thread, keeps the order of its callers, and returns False once the
home is closed; what was accepted is always run.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import logging
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Protocol

from ten_runtime._engine.path import Json

__all__ = ["Home", "LoopHome", "QueueHome"]

_log = logging.getLogger("ten.runtime")

CANCEL_GRACE_S = 0.5
SETTLING_TURNS = 10
"""Turns of the loop for tasks whose TEN calls were just answered with "closed"."""


class Home(Protocol):
    """Runs calls one after the other, in one thread."""

    def post(self, call: Callable[..., object], *args: Json) -> bool:
        """Run a call soon; return False if the home is closed."""
        ...

    def later(self, delay_s: float, call: Callable[[], object]) -> None:
        """Run a call after a delay, if the home still is open then."""
        ...

    @property
    def backlog(self) -> int:
        """Calls that wait."""
        ...


class QueueHome:
    """A thread with a queue. Someone's thread becomes the home by calling :meth:`run`.

    Args:
        name: Name of the thread that :meth:`start` makes.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._queue: queue.SimpleQueue[tuple[Callable[..., object], tuple[Any, ...]] | None] = (
            queue.SimpleQueue()
        )
        self._timers: list[tuple[float, int, Callable[[], object]]] = []
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        self._is_closed = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Run in a new thread."""
        self._thread = threading.Thread(target=self.run, name=self._name, daemon=True)
        self._thread.start()

    def run(self) -> None:
        """Run calls in this thread until :meth:`stop`."""
        while True:
            try:
                item = self._queue.get(timeout=self._patience_s())
            except queue.Empty:
                self._run_due_timers()
                continue
            if item is None:
                break
            call, args = item
            call(*args)
            if self._timers:
                self._run_due_timers()
        with self._lock:
            self._is_closed = True
        while not self._queue.empty():  # accepted before the door closed
            item = self._queue.get()
            if item is not None:
                call, args = item
                call(*args)

    def post(self, call: Callable[..., object], *args: Json) -> bool:
        """Run a call soon; return False if the home is closed."""
        with self._lock:
            if self._is_closed:
                return False
            self._queue.put((call, args))
        return True

    def later(self, delay_s: float, call: Callable[[], object]) -> None:
        """Run a call after a delay, if the home still is open then."""
        self.post(self._add_timer, time.monotonic() + delay_s, call)

    @property
    def backlog(self) -> int:
        """Calls that wait."""
        return self._queue.qsize()

    def stop(self) -> None:
        """Finish what is queued, then end."""
        self._queue.put(None)

    def join(self, timeout_s: float | None = None) -> bool:
        """Wait for the thread that :meth:`start` made; return whether it ended."""
        thread = self._thread
        if thread is None or thread is threading.current_thread():
            return True
        thread.join(timeout_s)
        return not thread.is_alive()

    def _add_timer(self, due_s: float, call: Callable[[], object]) -> None:
        heapq.heappush(self._timers, (due_s, next(self._numbers), call))

    def _patience_s(self) -> float | None:
        if not self._timers:
            return None
        return max(0.0, self._timers[0][0] - time.monotonic())

    def _run_due_timers(self) -> None:
        now = time.monotonic()
        while self._timers and self._timers[0][0] <= now:
            heapq.heappop(self._timers)[2]()


class LoopHome:
    """An asyncio loop in a thread of its own.

    Args:
        name: Name of the thread.
    """

    def __init__(self, name: str) -> None:
        self.loop = _new_loop()
        self.is_closing = False
        self._executor = ThreadPoolExecutor(thread_name_prefix=f"{name}-worker")
        self.loop.set_default_executor(self._executor)
        self._lock = threading.Lock()
        self._is_closed = False
        self._ident = 0
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def post(self, call: Callable[..., object], *args: Json) -> bool:
        """Run a call soon, or right now from the loop's own thread; False if closed."""
        if threading.get_ident() == self._ident:
            call(*args)
            return True
        with self._lock:
            if self._is_closed:
                return False
            self.loop.call_soon_threadsafe(call, *args)
        return True

    def later(self, delay_s: float, call: Callable[[], object]) -> None:
        """Run a call after a delay, if the home still is open then."""
        self.post(self._call_later, delay_s, call)

    @property
    def backlog(self) -> int:
        """Always 0: messages to a loop are tasks at once, and asyncio does not count those."""
        return 0

    def stop(self) -> None:
        """Cancel what is left and end; returns at once."""
        with self._lock:
            if not self._is_closed:
                self._is_closed = True
                self.loop.call_soon_threadsafe(self.loop.stop)

    def join(self, timeout_s: float | None = None) -> bool:
        """Wait for the thread; return whether it ended."""
        if self._thread is not threading.current_thread():
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _call_later(self, delay_s: float, call: Callable[[], object]) -> None:
        self.loop.call_later(delay_s, call)

    def _run(self) -> None:
        self._ident = threading.get_ident()
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_forever()
            self.is_closing = True
            self.loop.run_until_complete(_cancel_all(self.loop))
            self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        finally:
            self._executor.shutdown(wait=False, cancel_futures=True)
            asyncio.set_event_loop(None)
            self.loop.close()


async def _cancel_all(loop: asyncio.AbstractEventLoop) -> None:
    """Let settled awaits finish, cancel the rest, and give it a moment to take that."""
    for _ in range(SETTLING_TURNS):
        await asyncio.sleep(0)
    tasks = [task for task in asyncio.all_tasks(loop) if task is not asyncio.current_task()]
    for task in tasks:
        task.cancel()
    if tasks:
        _, stuck = await asyncio.wait(tasks, timeout=CANCEL_GRACE_S)
        for task in stuck:
            _log.warning("task %s ignores its cancellation and is abandoned", task.get_name())


def _new_loop() -> asyncio.AbstractEventLoop:
    """Return a uvloop loop where uvloop is installed, as the C runtime does."""
    with suppress(ImportError):
        import uvloop

        return uvloop.new_event_loop()
    return asyncio.new_event_loop()
