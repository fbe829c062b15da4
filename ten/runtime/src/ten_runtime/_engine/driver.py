"""Calls an extension's callbacks: directly in its thread, or as tasks on its loop."""

from __future__ import annotations

import asyncio
import contextvars
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from ten_runtime._engine.handle import wrap
from ten_runtime._engine.message import CALLBACKS, Core
from ten_runtime._engine.node import Node, Stage
from ten_runtime._engine.path import Json
from ten_runtime._engine.policy import Policy, current_policy, exit_process

if TYPE_CHECKING:
    from ten_runtime._engine.home import LoopHome

__all__ = ["AsyncDriver", "SyncDriver", "settle_uncaught", "uncaught"]

_STAGES = {
    Stage.CONFIGURE: "on_configure",
    Stage.INIT: "on_init",
    Stage.START: "on_start",
    Stage.STOP: "on_stop",
    Stage.DEINIT: "on_deinit",
}


class SyncDriver:
    """Calls callbacks in the node's own thread; the user acknowledges stages."""

    def __init__(self, node: Node, instance: Json, env: Json) -> None:
        self._node = node
        self._instance = instance
        self._env = env

    def stage(self, stage: Stage) -> None:
        """Call a life-cycle callback."""
        callback = _STAGES[stage]
        try:
            getattr(self._instance, callback)(self._env)
        except BaseException as exc:  # noqa: BLE001 - the policy decides
            uncaught(self._node, callback, exc)
            self._node.stage_done(stage)

    def message(self, core: Core) -> None:
        """Call the callback for a message."""
        callback = CALLBACKS[core.kind]
        try:
            getattr(self._instance, callback)(self._env, wrap(core))
        except BaseException as exc:  # noqa: BLE001 - the policy decides
            uncaught(self._node, callback, exc)


class AsyncDriver:
    """Makes every callback a task; a stage is acknowledged when its coroutine returns."""

    def __init__(self, node: Node, instance: Json, env: Json, home: LoopHome) -> None:
        self._node = node
        self._instance = instance
        self._env = env
        self._home = home
        self._tasks: set[asyncio.Task[None]] = set()

    def stage(self, stage: Stage) -> None:
        """Start a life-cycle callback."""
        self._spawn(self._run_stage(stage))

    def message(self, core: Core) -> None:
        """Start the callback for a message."""
        callback = CALLBACKS[core.kind]
        self._spawn(self._run(callback, getattr(self._instance, callback), wrap(core)))

    def _spawn(self, coroutine: Json) -> None:
        # A context of its own: a message brings none of its sender's context variables along.
        task = self._home.loop.create_task(coroutine, context=contextvars.Context())
        self._tasks.add(task)  # the loop itself keeps only weak references
        task.add_done_callback(self._tasks.discard)

    async def _run_stage(self, stage: Stage) -> None:
        await self._run(_STAGES[stage], getattr(self._instance, _STAGES[stage]))
        self._node.stage_done(stage)

    async def _run(self, name: str, callback: Callable[..., Awaitable[None]], *args: Json) -> None:
        try:
            await callback(self._env, *args)
        except asyncio.CancelledError as exc:
            if self._home.is_closing or self._node.is_closed:
                raise  # the loop is going away: a normal end
            self._node.log.warning("%s was cancelled", name, exc_info=exc)
        except BaseException as exc:  # noqa: BLE001 - the policy decides
            uncaught(self._node, name, exc)


def uncaught(node: Node, callback: str, exc: BaseException) -> None:
    """Do with an exception that escaped from an extension what the policy says."""
    settle_uncaught(node.log, callback, exc, lambda error: node.graph.node_failed(node, error))


def settle_uncaught(
    log: logging.Logger, callback: str, exc: BaseException, fail: Callable[[BaseException], object]
) -> None:
    """Do with an exception that escaped from a callback what the policy says.

    Args:
        log: Where it is told.
        callback: What raised it.
        exc: The exception.
        fail: Closes the app because of it.
    """
    log.critical("%s raised %s", callback, type(exc).__name__, exc_info=exc)
    match current_policy():
        case Policy.EXIT:
            exit_process()
        case Policy.RAISE:
            fail(exc)
        case Policy.LOG:
            pass
