"""Threads and order (A7)."""

from __future__ import annotations

import asyncio
import contextvars
import threading

import pytest
from ten_runtime import (
    AsyncExtension,
    AsyncTenEnv,
    AsyncTenEnvTester,
    AudioFrame,
    Cmd,
    CmdResult,
    Data,
    Extension,
    Loc,
    StatusCode,
    TenEnv,
    TenEnvTester,
)
from ten_world import AsyncProbe, Journal, Probe, World, ended, node, wait_for


def test_all_async_extensions_of_the_process_share_one_thread(world: World) -> None:
    journal = Journal()

    class Here(AsyncExtension):
        async def on_start(self, async_ten_env: AsyncTenEnv) -> None:
            journal.write((threading.current_thread().name, id(asyncio.get_running_loop())))

    addon = world.addon(Here)
    world.start([node("a", addon), node("b", addon, "group")])
    world.start([node("c", addon)])
    threads = journal.take(3)
    assert threads[0][0] == "PythonGlobalMainThread"
    assert len(set(threads)) == 1


def test_in_multi_thread_mode_every_async_extension_has_its_own(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEN_PYTHON_THREAD_MODE", "multi_thread")
    journal = Journal()

    class Here(AsyncExtension):
        async def on_start(self, async_ten_env: AsyncTenEnv) -> None:
            journal.write(threading.get_ident())

    addon = world.addon(Here)
    world.start([node("a", addon), node("b", addon)])
    assert len(set(journal.take(2))) == 2


def test_sync_extensions_share_a_thread_by_group(world: World) -> None:
    journal = Journal()

    class Here(Extension):
        def __init__(self, name: str) -> None:
            super().__init__(name)
            self.own_name = name

        def on_start(self, ten_env: TenEnv) -> None:
            journal.write((self.own_name, threading.get_ident()))
            ten_env.on_start_done()

    addon = world.addon(Here)
    world.start([node("a", addon, "x"), node("b", addon, "x"), node("c", addon), node("d", addon)])
    thread = dict(journal.take(4))
    assert thread["a"] == thread["b"]
    assert thread["c"] == thread["d"]
    assert thread["a"] != thread["c"]


def test_app_callbacks_run_in_the_thread_that_runs_the_app(world: World) -> None:
    journal = Journal()

    class Here(Extension):
        pass

    def make(name: str) -> Extension:
        journal.write(threading.get_ident())
        return Here(name)

    app = world.start([node("a", world.addon(make))])
    assert app._thread is not None
    assert journal.next() == app._thread.ident


class Pass(AsyncExtension):
    """Passes on whatever it gets, in the order in which it starts handling it."""

    async def on_data(self, async_ten_env: AsyncTenEnv, data: Data) -> None:
        await async_ten_env.send_data(data)

    async def on_audio_frame(self, async_ten_env: AsyncTenEnv, audio_frame: AudioFrame) -> None:
        await async_ten_env.send_audio_frame(audio_frame)


class SyncPass(Extension):
    """Passes on whatever it gets."""

    def on_data(self, ten_env: TenEnv, data: Data) -> None:
        ten_env.send_data(data)

    def on_audio_frame(self, ten_env: TenEnv, audio_frame: AudioFrame) -> None:
        ten_env.send_audio_frame(audio_frame)


class SyncSource(Extension):
    """Sends numbers, as data and frames in turn, from an outer thread."""

    def on_start(self, ten_env: TenEnv) -> None:
        threading.Thread(target=self.send, args=(ten_env,)).start()
        ten_env.on_start_done()

    def send(self, ten_env: TenEnv) -> None:
        for number in range(1000):
            if number % 2:
                data = Data.create("number")
                data.set_property_int("n", number)
                ten_env.send_data(data)
            else:
                frame = AudioFrame.create("number")
                frame.set_property_int("n", number)
                ten_env.send_audio_frame(frame)


@pytest.mark.parametrize("middle", [Pass, SyncPass])
@pytest.mark.parametrize("is_async", [False, True])
def test_between_two_nodes_messages_of_all_kinds_keep_their_order(
    world: World, middle: type[Pass] | type[SyncPass], is_async: bool
) -> None:
    journal = Journal()

    class Sink(AsyncExtension):
        async def on_data(self, async_ten_env: AsyncTenEnv, data: Data) -> None:
            journal.write(data.get_property_int("n")[0])

        async def on_audio_frame(self, async_ten_env: AsyncTenEnv, audio_frame: AudioFrame) -> None:
            journal.write(audio_frame.get_property_int("n")[0])

    class SyncSink(Extension):
        def on_data(self, ten_env: TenEnv, data: Data) -> None:
            journal.write(data.get_property_int("n")[0])

        def on_audio_frame(self, ten_env: TenEnv, audio_frame: AudioFrame) -> None:
            journal.write(audio_frame.get_property_int("n")[0])

    def link(source: str, dest: str) -> dict[str, object]:
        flow = [{"name": "number", "dest": [{"extension": dest}]}]
        return {"extension": source, "data": flow, "audio_frame": flow}

    sink = world.addon(Sink if is_async else SyncSink)
    world.start(
        [
            node("source", world.addon(SyncSource), "a"),
            node("middle", world.addon(middle), "b"),
            node("sink", sink, "c"),
        ],
        [link("source", "middle"), link("middle", "sink")],
    )
    assert journal.take(1000) == list(range(1000))


def test_two_messages_of_one_sender_interleave_wherever_their_handlers_await(
    world: World,
) -> None:
    both_began = asyncio.Barrier(2)

    class Meeting(AsyncExtension):
        async def on_cmd(self, async_ten_env: AsyncTenEnv, cmd: Cmd) -> None:
            await both_began.wait()  # one handler alone would wait forever
            await async_ten_env.return_result(CmdResult.create(StatusCode.OK, cmd))

    async def begin(env: AsyncTenEnvTester) -> None:
        await asyncio.gather(env.send_cmd(Cmd.create("one")), env.send_cmd(Cmd.create("two")))

    assert AsyncProbe(begin).probe(world.addon(Meeting)) is None


def test_sends_do_not_yield_to_the_loop_and_property_calls_do(world: World) -> None:
    turns: list[str] = []

    class Sending(AsyncExtension):
        async def on_cmd(self, async_ten_env: AsyncTenEnv, cmd: Cmd) -> None:
            asyncio.get_running_loop().call_soon(turns.append, "other")
            await async_ten_env.send_data(Data.create("d"))
            await async_ten_env.send_audio_frame(AudioFrame.create("f"))
            await async_ten_env.return_result(CmdResult.create(StatusCode.OK, cmd))
            turns.append("sent")
            await async_ten_env.get_property_to_json()
            turns.append("read")
            await async_ten_env.send_data(Data.create("done"))

    class Waiting(AsyncProbe):
        async def on_data(self, ten_env_tester: AsyncTenEnvTester, data: Data) -> None:
            if data.get_name() == "done":
                finished.set()

    finished = asyncio.Event()

    async def begin(env: AsyncTenEnvTester) -> None:
        await env.send_cmd(Cmd.create("go"))
        await finished.wait()

    assert Waiting(begin).probe(world.addon(Sending)) is None
    assert turns == ["sent", "other", "read"]


def test_context_variables_do_not_travel_with_messages(world: World) -> None:
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="unset")
    journal = Journal()

    class Receiving(AsyncExtension):
        async def on_data(self, async_ten_env: AsyncTenEnv, data: Data) -> None:
            journal.write(variable.get())

    class Sending(AsyncExtension):
        async def on_start(self, async_ten_env: AsyncTenEnv) -> None:
            variable.set("mine")
            data = Data.create("d")
            data.set_dests([Loc("", "", "receiving")])
            await async_ten_env.send_data(data)

    world.start([node("receiving", world.addon(Receiving)), node("s", world.addon(Sending))])
    assert journal.next() == "unset"


def test_properties_may_be_used_from_any_thread(world: World) -> None:
    class Threaded(Extension):
        def on_init(self, ten_env: TenEnv) -> None:
            def work(number: int) -> None:
                for _ in range(200):
                    ten_env.set_property_int(f"n{number}", number)
                    ten_env.get_property_to_json()

            threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            ten_env.on_init_done()

        def on_cmd(self, ten_env: TenEnv, cmd: Cmd) -> None:
            result = CmdResult.create(StatusCode.OK, cmd)
            result.set_property_from_json("all", ten_env.get_property_to_json()[0])
            ten_env.return_result(result)

    def begin(env: TenEnvTester) -> None:
        def check(env: TenEnvTester, result: CmdResult | None, _error: object) -> None:
            assert result is not None
            assert [result.get_property_int(f"all.n{n}")[0] for n in range(4)] == [0, 1, 2, 3]
            env.stop_test()

        env.send_cmd(Cmd.create("read"), check)

    probe = Probe(begin)
    probe.set_test_mode_single(world.addon(Threaded))
    assert probe.run() is None


def test_surplus_messages_are_dropped_before_memory_is_but_commands_never(world: World) -> None:
    blocked, go_on = threading.Event(), threading.Event()
    counted = Journal()

    class Slow(Extension):
        n_data = 0
        n_cmds = 0

        def on_start(self, ten_env: TenEnv) -> None:
            blocked.set()
            go_on.wait()
            ten_env.on_start_done()

        def on_data(self, ten_env: TenEnv, data: Data) -> None:
            self.n_data += 1

        def on_cmd(self, ten_env: TenEnv, cmd: Cmd) -> None:
            self.n_cmds += 1
            if cmd.get_name() == "last":
                counted.write((self.n_data, self.n_cmds))
            ten_env.return_result(CmdResult.create(StatusCode.OK, cmd))

    class Flood(Extension):
        def on_start(self, ten_env: TenEnv) -> None:
            blocked.wait()
            for _ in range(13_000):
                ten_env.send_data(Data.create("d"))
            for _ in range(50):
                ten_env.send_cmd(Cmd.create("c"))
            ten_env.send_cmd(Cmd.create("last"))
            go_on.set()
            ten_env.on_start_done()

    dest = [{"extension": "slow"}]
    app = world.start(
        [node("slow", world.addon(Slow), "a"), node("flood", world.addon(Flood), "b")],
        [
            {
                "extension": "flood",
                "data": [{"name": "d", "dest": dest}],
                "cmd": [{"names": ["c", "last"], "dest": dest}],
            }
        ],
    )
    n_data, n_cmds = counted.next()
    assert n_cmds == 51
    assert 12_000 < n_data <= 12_800
    app.close()
    assert ended(app)
    wait_for(go_on)
