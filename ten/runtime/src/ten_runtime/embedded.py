"""Runs app folders: what this runtime offers beyond TEN's own API.

from ten_runtime.embedded import AppRun, run_app_dir

run_app_dir("ten/apps/voice_avatar", graph="demo")       # until it ends, or Ctrl-C

with AppRun("ten/apps/voice_avatar") as run:              # in the background
    run.wait_ready()
    ...                                                   # closed when the block is left
"""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

from ten_runtime._engine.app_life import AppLife
from ten_runtime._engine.discovery import add_search_path
from ten_runtime._engine.fault import AddonError, AppError, EngineError, GraphError, PropertyError
from ten_runtime._engine.policy import Policy, set_policy
from ten_runtime.app import App

__all__ = [
    "AddonError",
    "AppError",
    "AppRun",
    "EngineError",
    "GraphError",
    "Policy",
    "PropertyError",
    "add_search_path",
    "run_app_dir",
    "set_policy",
]


class AppRun:
    """An app folder that runs in a thread of its own, from construction on.

    Args:
        path: The app's folder, with its ``property.json``.
        graph: Start this predefined graph instead of those with ``auto_start``.

    Raises:
        AppError: The folder is not an app's.
    """

    def __init__(self, path: str | os.PathLike[str], graph: str | None = None) -> None:
        folder = Path(path).resolve()
        if not folder.is_dir():
            raise AppError(f"{path}: there is no such folder.")
        if not (folder / "property.json").is_file():
            raise AppError(f"{path}: is not the folder of an app: it has no property.json.")
        self._is_up = threading.Event()
        self._life = AppLife(folder, graph=graph, ready=self._is_up.set, must_start=True)
        self._app = App()
        self._app._attach(self._life)
        self._thread = threading.Thread(target=self._run, name="ten-app")
        self._escaped: BaseException | None = None
        self._lock = threading.Lock()
        self._is_over = False
        self._over: Callable[[], None] | None = None
        self._thread.start()

    @property
    def is_running(self) -> bool:
        """Whether the app has not ended yet."""
        return self._thread.is_alive()

    def wait_ready(self, timeout_s: float | None = None) -> bool:
        """Wait until every graph that starts with the app runs.

        Returns:
            False if that takes longer than the timeout.

        Raises:
            EngineError: The app could not start.
        """
        if not self._is_up.wait(timeout_s):
            return False
        self._raise_failure()
        return True

    def close(self) -> None:
        """Ask the app to stop, from any thread; returns at once."""
        self._life.close()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until the app has ended.

        Returns:
            False if that takes longer than the timeout.

        Raises:
            EngineError: The app ended because it, or a graph of it, could not start.
        """
        self._thread.join(timeout_s)
        if self._thread.is_alive():
            return False
        self._raise_failure()
        return True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.close()
        self._thread.join()

    def _run(self) -> None:
        try:
            self._app._live()
        except BaseException as exc:  # noqa: BLE001 - raised again by whoever waits
            self._escaped = exc
        finally:
            self._is_up.set()
            with self._lock:
                self._is_over = True
                over = self._over
            if over is not None:
                over()

    def _when_over(self, call: Callable[[], None]) -> None:
        """Call when the app has ended, from its thread, or now if it has."""
        with self._lock:
            self._over = call
            is_over = self._is_over
        if is_over:
            call()

    def _raise_failure(self) -> None:
        failure = self._escaped or self._life.failure
        if failure is not None:
            raise failure


def run_app_dir(path: str | os.PathLike[str], graph: str | None = None) -> None:
    """Run an app folder until it ends. In the main thread, SIGINT and SIGTERM close it.

    Args:
        path: The app's folder, with its ``property.json``.
        graph: Start this predefined graph instead of those with ``auto_start``.

    Raises:
        EngineError: The app, or a graph of it, could not start; the message is for the user.
    """
    with _first_signal() as first_signal:
        run = AppRun(path, graph)
        run._when_over(first_signal.wake)
        first_signal.calls(run.close)
        while not run._is_over:
            first_signal.sleep()
        run.wait()


class _FirstSignal:
    """What the first signal does; later ones do what they would do without it.

    The main thread waits on a socket that signals write to: waiting for a thread would miss a
    signal that the system hands to another thread than the main one.
    """

    def __init__(self) -> None:
        self.came = False
        self._sleeper, self._waker = socket.socketpair()
        self._waker.setblocking(False)
        self._call: Callable[[], None] | None = None

    def calls(self, call: Callable[[], None]) -> None:
        """Say what to call, which happens at once if the signal came already."""
        self._call = call
        if self.came:
            call()

    def sleep(self) -> None:
        """Wait for a signal or for :meth:`wake`."""
        self._sleeper.recv(64)

    def wake(self) -> None:
        """End :meth:`sleep`, from any thread."""
        with suppress(OSError):  # full: enough is written already; closed: nobody sleeps
            self._waker.send(b"\0")

    @contextmanager
    def woken_by_signals(self) -> Iterator[None]:
        """Let signals end :meth:`sleep`."""
        previous = signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(previous)

    def close(self) -> None:
        """Let go of the socket."""
        self._sleeper.close()
        self._waker.close()

    def receive(self) -> None:
        """Take the signal."""
        self.came = True
        if self._call is not None:
            self._call()


@contextmanager
def _first_signal() -> Iterator[_FirstSignal]:
    """Catch the first SIGINT or SIGTERM, where that is possible: in the main thread."""
    first = _FirstSignal()
    if threading.current_thread() is not threading.main_thread():
        with closing(first):
            yield first
        return
    previous = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def restore() -> None:
        for number, handler in previous.items():
            signal.signal(number, handler)

    def receive(_number: int, _frame: FrameType | None) -> None:
        restore()
        first.receive()

    for number in previous:
        signal.signal(number, receive)
    try:
        with closing(first), first.woken_by_signals():
            yield first
    finally:
        restore()
