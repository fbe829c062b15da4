"""Nothing is left behind, and idling is free (A15)."""

from __future__ import annotations

import asyncio
import threading
import time

from ten_runtime import (
    AsyncExtension,
    AsyncTenEnv,
    AsyncTenEnvTester,
    Cmd,
    CmdResult,
    Extension,
    StatusCode,
)
from ten_world import AsyncProbe, World, ended, node, wait_for


class Echo(AsyncExtension):
    """Answers commands."""

    async def on_cmd(self, async_ten_env: AsyncTenEnv, cmd: Cmd) -> None:
        await async_ten_env.return_result(CmdResult.create(StatusCode.OK, cmd))


class Quiet(Extension):
    """Does nothing."""


async def begin(env: AsyncTenEnvTester) -> None:
    """Ask once."""
    await env.send_cmd(Cmd.create("hello"))


def test_every_thread_is_joined_when_run_returns(world: World) -> None:
    before = set(threading.enumerate())
    for addon in (world.addon(Echo), world.addon(Quiet)):
        AsyncProbe(lambda env: asyncio.sleep(0)).probe(addon)
    app = world.start([node("a", world.addon(Echo)), node("b", world.addon(Quiet))])
    app.close()
    assert ended(app)
    assert set(threading.enumerate()) == before


def test_a_background_task_that_outlives_its_extension_is_cancelled(world: World) -> None:
    cancelled = threading.Event()

    class Careless(Echo):
        async def on_init(self, async_ten_env: AsyncTenEnv) -> None:
            self.task = asyncio.create_task(self.work())

        async def work(self) -> None:
            try:
                await asyncio.Event().wait()
            finally:
                cancelled.set()

    assert AsyncProbe(begin).probe(world.addon(Careless)) is None
    assert cancelled.is_set()


def test_a_task_that_ignores_its_cancellation_does_not_keep_the_process(world: World) -> None:
    class Stubborn(Echo):
        async def on_init(self, async_ten_env: AsyncTenEnv) -> None:
            self.task = asyncio.create_task(self.work())

        async def work(self) -> None:
            while True:
                try:
                    await asyncio.Event().wait()
                except asyncio.CancelledError:
                    if self.ignored:
                        raise
                    self.ignored = True

        ignored = False

    assert AsyncProbe(begin).probe(world.addon(Stubborn)) is None


def test_an_idle_graph_runs_no_code_at_all(world: World) -> None:
    started = threading.Event()

    class Ready(Echo):
        async def on_start(self, async_ten_env: AsyncTenEnv) -> None:
            started.set()

    app = world.start([node("a", world.addon(Ready)), node("b", world.addon(Quiet))])
    wait_for(started)
    ran = threading.Event()
    app._life.home.post(ran.set)
    wait_for(ran)
    before = time.process_time()
    threading.Event().wait(0.2)  # the one law that needs the clock: nothing happens for a while
    assert time.process_time() - before < 0.05
