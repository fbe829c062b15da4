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
import threading
from collections.abc import Iterator
from contextlib import contextmanager
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
    run = AppRun(path, graph)
    with _closed_by_signals(run):
        run.wait()


@contextmanager
def _closed_by_signals(run: AppRun) -> Iterator[None]:
    """Close the app on the first signal; a second one ends the process as usual."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = (signal.SIGINT, signal.SIGTERM)
    previous = {number: signal.getsignal(number) for number in numbers}

    def close(_number: int, _frame: FrameType | None) -> None:
        for number in numbers:
            signal.signal(number, previous[number])
        run.close()

    for number in numbers:
        signal.signal(number, close)
    try:
        yield
    finally:
        for number in numbers:
            signal.signal(number, previous[number])
