"""The life of an extension (A6)."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

from ten_runtime import (
    AsyncExtension,
    AsyncTenEnv,
    AsyncTenEnvTester,
    Cmd,
    CmdResult,
    Data,
    Extension,
    Loc,
    StartGraphCmd,
    StatusCode,
    StopGraphCmd,
    TenEnv,
    TriggerLifeCycleCmd,
)
from ten_world import AsyncProbe, Journal, World, ended, node, wait_for

STAGES = ["configure", "init", "start", "stop", "deinit"]


class Diary(AsyncExtension):
    """Writes down its stages."""

    journal: Journal

    async def on_configure(self, async_ten_env: AsyncTenEnv) -> None:
        self.journal.write("configure")

    async def on_init(self, async_ten_env: AsyncTenEnv) -> None:
        self.journal.write("init")

    async def on_start(self, async_ten_env: AsyncTenEnv) -> None:
        self.journal.write("start")

    async def on_stop(self, async_ten_env: AsyncTenEnv) -> None:
        self.journal.write("stop")

    async def on_deinit(self, async_ten_env: AsyncTenEnv) -> None:
        self.journal.write("deinit")


class SyncDiary(Extension):
    """Writes down its stages, and acknowledges each from another thread."""

    journal: Journal

    def on_configure(self, ten_env: TenEnv) -> None:
        self.journal.write("configure")
        threading.Thread(target=ten_env.on_configure_done).start()

    def on_init(self, ten_env: TenEnv) -> None:
        self.journal.write("init")
        threading.Thread(target=ten_env.on_init_done).start()

    def on_start(self, ten_env: TenEnv) -> None:
        self.journal.write("start")
        threading.Thread(target=ten_env.on_start_done).start()

    def on_stop(self, ten_env: TenEnv) -> None:
        self.journal.write("stop")
        threading.Thread(target=ten_env.on_stop_done).start()

    def on_deinit(self, ten_env: TenEnv) -> None:
        self.journal.write("deinit")
        threading.Thread(target=ten_env.on_deinit_done).start()


def noting(kind: type[Diary | SyncDiary], journal: Journal) -> Callable[[str], Diary | SyncDiary]:
    """Return what makes diaries that write into a journal."""

    def make(name: str) -> Diary | SyncDiary:
        extension = kind(name)
        extension.journal = journal
        return extension

    return make


def test_stages_come_in_order(world: World) -> None:
    journal = Journal()
    app = world.start([node("a", world.addon(noting(Diary, journal)))])
    assert journal.take(3) == STAGES[:3]
    app.close()
    assert journal.take(2) == STAGES[3:]


def test_a_synchronous_extension_acknowledges_from_any_thread(world: World) -> None:
    journal = Journal()
    app = world.start([node("a", world.addon(noting(SyncDiary, journal)))])
    assert journal.take(3) == STAGES[:3]
    app.close()
    assert journal.take(2) == STAGES[3:]


def test_a_message_to_an_extension_that_initialises_waits_and_comes_before_on_start(
    world: World,
) -> None:
    journal = Journal()
    sent = threading.Event()

    class Slow(Diary):
        async def on_init(self, async_ten_env: AsyncTenEnv) -> None:
            await asyncio.to_thread(sent.wait)
            await super().on_init(async_ten_env)

        async def on_data(self, async_ten_env: AsyncTenEnv, data: Data) -> None:
            journal.write(data.get_name())

    class Early(AsyncExtension):
        async def on_init(self, async_ten_env: AsyncTenEnv) -> None:
            for name in ("first", "second"):
                data = Data.create(name)
                data.set_dests([Loc("", "", "slow")])
                await async_ten_env.send_data(data)
            sent.set()

    world.start(
        [node("slow", world.addon(noting(Slow, journal))), node("early", world.addon(Early))]
    )
    assert journal.take(5) == ["configure", "init", "first", "second", "start"]


def test_no_extension_waits_for_another_to_start(world: World) -> None:
    started, may_init = threading.Event(), threading.Event()

    class Slow(AsyncExtension):
        async def on_init(self, async_ten_env: AsyncTenEnv) -> None:
            await asyncio.to_thread(may_init.wait)

    class Quick(AsyncExtension):
        async def on_start(self, async_ten_env: AsyncTenEnv) -> None:
            started.set()

    world.start([node("slow", world.addon(Slow)), node("quick", world.addon(Quick))])
    wait_for(started)
    may_init.set()


def test_messages_are_handled_while_on_start_awaits(world: World) -> None:
    answered = asyncio.Event()

    class Connecting(AsyncExtension):
        async def on_start(self, async_ten_env: AsyncTenEnv) -> None:
            await answered.wait()

        async def on_cmd(self, async_ten_env: AsyncTenEnv, cmd: Cmd) -> None:
            await async_ten_env.return_result(CmdResult.create(StatusCode.OK, cmd))
            answered.set()

    async def begin(env: AsyncTenEnvTester) -> None:
        result, error = await env.send_cmd(Cmd.create("hello"))
        assert error is None
        assert result is not None

    assert AsyncProbe(begin).probe(world.addon(Connecting)) is None


def test_an_app_that_closes_lets_each_extension_finish_its_stage(world: World) -> None:
    journal = Journal()
    starting, go_on = threading.Event(), threading.Event()

    class Slow(Diary):
        async def on_start(self, async_ten_env: AsyncTenEnv) -> None:
            starting.set()
            await asyncio.to_thread(go_on.wait)
            await super().on_start(async_ten_env)

    app = world.start([node("a", world.addon(noting(Slow, journal)))])
    wait_for(starting)
    app.close()
    go_on.set()
    assert journal.take(5) == STAGES


def test_closing_during_on_init_skips_on_start(world: World) -> None:
    journal = Journal()
    initialising, go_on = threading.Event(), threading.Event()

    class Slow(Diary):
        async def on_init(self, async_ten_env: AsyncTenEnv) -> None:
            initialising.set()
            await asyncio.to_thread(go_on.wait)
            await super().on_init(async_ten_env)

    app = world.start([node("a", world.addon(noting(Slow, journal)))])
    wait_for(initialising)
    app.close()
    # The app's thread has passed the order on once another call to it is through.
    seen = threading.Event()
    app._life.home.post(seen.set)
    wait_for(seen)
    go_on.set()
    assert journal.take(4) == ["configure", "init", "stop", "deinit"]
    assert ended(app)


def stopping(world: World, *, sync_stop: bool) -> list[str]:
    """Return what happens when a quick and a slow extension stop."""
    journal = Journal()
    may_stop = threading.Event()

    class Quick(AsyncExtension):
        async def on_stop(self, async_ten_env: AsyncTenEnv) -> None:
            journal.write("quick stopped")
            if sync_stop:
                may_stop.set()

        async def on_deinit(self, async_ten_env: AsyncTenEnv) -> None:
            journal.write("quick deinit")
            may_stop.set()

    class Slow(AsyncExtension):
        async def on_stop(self, async_ten_env: AsyncTenEnv) -> None:
            await asyncio.to_thread(may_stop.wait)
            journal.write("slow stopped")

    class Starter(AsyncExtension):
        async def on_start(self, async_ten_env: AsyncTenEnv) -> None:
            start = StartGraphCmd.create()
            start.set_graph_from_json(
                f'{{"nodes": [{{"type": "extension", "name": "q", "addon": "{quick}"}},'
                f'{{"type": "extension", "name": "s", "addon": "{slow}"}}]}}'
            )
            start.set_sync_stop_before_deinit(sync_stop)
            start.set_dests([Loc("")])
            result, _ = await async_ten_env.send_cmd(start)
            assert result is not None
            graph_id, error = result.get_property_string("graph_id")
            assert error is None
            stop = StopGraphCmd.create()
            stop.set_graph_id(graph_id)
            stop.set_dests([Loc("")])
            await async_ten_env.send_cmd(stop)

    quick, slow = world.addon(Quick), world.addon(Slow)
    world.start([node("starter", world.addon(Starter))])
    return list(journal.take(3))


def test_an_extension_does_not_wait_for_others_to_stop(world: World) -> None:
    assert stopping(world, sync_stop=False) == ["quick stopped", "quick deinit", "slow stopped"]


def test_a_synchronised_stop_waits_for_all_before_any_deinit(world: World) -> None:
    assert stopping(world, sync_stop=True) == ["quick stopped", "slow stopped", "quick deinit"]


def test_a_manual_start_waits_for_its_trigger(world: World) -> None:
    journal = Journal()

    async def begin(env: AsyncTenEnvTester) -> None:
        async def trigger(stage: str) -> tuple[StatusCode, str]:
            cmd = TriggerLifeCycleCmd.create()
            cmd.set_stage(stage)
            result, _ = await env.send_cmd(cmd)
            assert result is not None
            return result.get_status_code(), result.get_property_string("detail")[0]

        assert journal.take(2) == ["configure", "init"]
        status, detail = await trigger("stop")
        assert status is StatusCode.ERROR
        assert "not manual" in detail
        status, detail = await trigger("sing")
        assert status is StatusCode.ERROR
        assert journal.rest() == []
        assert await trigger("start") == (StatusCode.OK, "")
        assert journal.next() == "start"
        status, detail = await trigger("start")
        assert status is StatusCode.ERROR
        assert "passed" in detail

    addon = world.addon(noting(Diary, journal))
    settings = {"manual_trigger_life_cycle": [{"stage": "start"}]}
    assert AsyncProbe(begin).probe(addon, ten=settings) is None
    assert journal.take(2) == ["stop", "deinit"]


def test_a_manual_stop_waits_for_its_trigger_when_the_app_closes(world: World) -> None:
    journal = Journal()
    started = threading.Event()

    class Releasing(AsyncExtension):
        async def on_stop(self, async_ten_env: AsyncTenEnv) -> None:
            journal.write("released")
            cmd = TriggerLifeCycleCmd.create()
            cmd.set_stage("stop")
            cmd.set_dests([Loc("", "", "held")])
            result, _ = await async_ten_env.send_cmd(cmd)
            assert result is not None
            assert result.get_status_code() is StatusCode.OK

    class Held(Diary):
        async def on_start(self, async_ten_env: AsyncTenEnv) -> None:
            started.set()

    app = world.start(
        [
            node(
                "held",
                world.addon(noting(Held, journal)),
                ten={"manual_trigger_life_cycle": ["stop"]},
            ),
            node("releasing", world.addon(Releasing)),
        ]
    )
    wait_for(started)
    assert journal.take(2) == ["configure", "init"]
    app.close()
    assert journal.take(3) == ["released", "stop", "deinit"]
    assert ended(app)


def test_commands_are_refused_from_on_deinit_on(world: World) -> None:
    journal = Journal()
    asked = threading.Event()

    class Leaving(AsyncExtension):
        async def on_deinit(self, async_ten_env: AsyncTenEnv) -> None:
            journal.write("leaving")
            await asyncio.to_thread(asked.wait)

        async def on_cmd(self, async_ten_env: AsyncTenEnv, cmd: Cmd) -> None:
            journal.write("handled")

    class Asking(AsyncExtension):
        async def on_stop(self, async_ten_env: AsyncTenEnv) -> None:
            await asyncio.to_thread(journal.next)
            cmd = Cmd.create("hello")
            cmd.set_dests([Loc("", "", "leaving")])
            result, error = await async_ten_env.send_cmd(cmd)
            assert error is None
            assert result is not None
            journal.write((result.get_status_code(), result.get_property_string("detail")[0]))
            asked.set()

    started = threading.Event()

    class Ready(Asking):
        async def on_start(self, async_ten_env: AsyncTenEnv) -> None:
            started.set()

    app = world.start([node("leaving", world.addon(Leaving)), node("asking", world.addon(Ready))])
    wait_for(started)
    app.close()
    assert ended(app)
    status, detail = journal.next()
    assert status is StatusCode.ERROR
    assert "de-initialization phase" in detail
    assert journal.rest() == []


def test_after_on_deinit_every_call_answers_closed(world: World) -> None:
    envs: list[AsyncTenEnv] = []
    sync_envs: list[TenEnv] = []
    answers = Journal()

    class Keeper(AsyncExtension):
        async def on_configure(self, async_ten_env: AsyncTenEnv) -> None:
            envs.append(async_ten_env)

    class SyncKeeper(Extension):
        def on_deinit(self, ten_env: TenEnv) -> None:
            ten_env.on_deinit_done()
            answers.write(ten_env.log_info("gone"))
            answers.write(ten_env.send_data(Data.create("d")))
            answers.write(ten_env.get_property_int("x")[1])
            answers.write(ten_env.set_property_int("x", 1))
            sync_envs.append(ten_env)

    async def begin(_env: AsyncTenEnvTester) -> None:
        return None

    assert AsyncProbe(begin).probe(world.addon(SyncKeeper)) is None
    assert [error.error_code() for error in answers.take(4)] == [6] * 4
    assert AsyncProbe(begin).probe(world.addon(Keeper)) is None

    async def after() -> None:
        _, error = await envs[0].get_property_to_json()
        assert error is not None
        assert error.error_code() == 6
        _, error = await envs[0].send_cmd(Cmd.create("c"))
        assert error is not None
        assert error.error_code() == 6

    asyncio.run(after())
