"""Apps."""

from __future__ import annotations

import threading
from typing import Self

from ten_runtime._engine.app_life import AppLife
from ten_runtime._engine.fault import EngineError
from ten_runtime.ten_env import TenEnv
from ten_runtime.ten_env_attach_to_enum import _TenEnvAttachTo

__all__ = ["App"]


class App:
    """Runs graphs. Several apps may run in one process, each in a thread of its own.

    Whoever overrides a callback acknowledges it with ``ten_env.on_..._done()``.
    """

    _life: AppLife
    _env: TenEnv
    _thread: threading.Thread | None

    def __new__(cls, *_args: object, **_kwargs: object) -> Self:
        """Make an app; subclasses may take arguments of their own."""
        app = super().__new__(cls)
        app._attach(AppLife(None))
        app._thread = None
        return app

    def run(self, run_in_background: bool = False) -> None:
        """Run until closed.

        Args:
            run_in_background: Return at once and run in a thread; :meth:`wait_internal` waits.
        """
        if not run_in_background:
            self._run()
            return
        self._thread = threading.Thread(target=self._run, name="ten-app")
        self._thread.start()

    def wait_internal(self) -> None:
        """Wait for an app that runs in the background."""
        if self._thread is not None:
            self._thread.join()

    def close(self) -> None:
        """Stop all graphs and end, from any thread."""
        self._life.close()

    def on_configure(self, ten_env: TenEnv) -> None:
        """Prepare; ``ten_env.init_property_from_json`` replaces ``property.json``."""
        ten_env.on_configure_done()

    def on_init(self, ten_env: TenEnv) -> None:
        """Initialise, before any graph is started."""
        ten_env.on_init_done()

    def on_deinit(self, ten_env: TenEnv) -> None:
        """Let go of everything, after all graphs have ended."""
        ten_env.on_deinit_done()

    def _attach(self, life: AppLife) -> None:
        self._life = life
        self._env = TenEnv(life, _TenEnvAttachTo.APP)

    def _run(self) -> None:
        failure = self._live()
        if isinstance(failure, EngineError):
            self._life.log.error("%s", failure)
        elif failure is not None:
            raise failure  # an uncaught exception, under the policy "raise"

    def _live(self) -> BaseException | None:
        """Live until closed; return what went wrong."""
        self._life.run(_Callbacks(self))
        return self._life.failure


class _Callbacks:
    """An app's callbacks, with its environment filled in."""

    def __init__(self, app: App) -> None:
        self._app = app

    def configure(self) -> None:
        self._app.on_configure(self._app._env)

    def init(self) -> None:
        self._app.on_init(self._app._env)

    def deinit(self) -> None:
        self._app.on_deinit(self._app._env)
