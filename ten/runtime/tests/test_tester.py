"""Both testers (A12)."""

from __future__ import annotations

import asyncio
import json
import threading

import pytest
from ten_runtime import (
    AsyncExtension,
    AsyncExtensionTester,
    AsyncTenEnv,
    AsyncTenEnvTester,
    Cmd,
    CmdResult,
    Data,
    Extension,
    ExtensionTester,
    LogLevel,
    StatusCode,
    TenEnv,
    TenEnvTester,
    TenError,
    TenErrorCode,
)
from ten_world import AsyncProbe, Journal, Probe, World


class Quiet(AsyncExtension):
    """Does nothing."""


def error(message: str) -> TenError:
    return TenError.create(TenErrorCode.ErrorCodeGeneric, message)


def test_run_returns_the_error_of_the_first_stop(world: World) -> None:
    def begin(env: TenEnvTester) -> None:
        env.stop_test(error("first"))
        env.stop_test(error("second"))
        env.stop_test()

    probe = Probe(begin)
    probe.set_test_mode_single(world.addon(Quiet))
    result = probe.run()
    assert result is not None
    assert (result.error_code(), result.error_message()) == (1, "first")


def test_a_clean_stop_returns_none_from_any_thread(world: World) -> None:
    def begin(env: TenEnvTester) -> None:
        threading.Thread(target=env.stop_test).start()

    probe = Probe(begin)
    probe.set_test_mode_single(world.addon(Quiet))
    assert probe.run() is None


def test_a_tester_that_is_never_stopped_times_out(world: World) -> None:
    for tester in (ExtensionTester(), AsyncExtensionTester()):
        tester.set_test_mode_single(world.addon(Quiet))
        tester.set_timeout(1000)
        result = tester.run()
        assert result is not None
        assert result.error_code() == TenErrorCode.ErrorCodeTimeout
        assert result.error_message() == "Test timeout."


def test_a_target_that_never_stops_does_not_hang_the_test(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ten_runtime._engine.trial.GRACE_S", 0.01)

    class Stuck(AsyncExtension):
        async def on_stop(self, async_ten_env: AsyncTenEnv) -> None:
            await asyncio.Event().wait()

    tester = AsyncExtensionTester()
    tester.set_test_mode_single(world.addon(Stuck))
    tester.set_timeout(1000)
    result = tester.run()
    assert result is not None
    assert result.error_code() == TenErrorCode.ErrorCodeTimeout


def test_properties_are_merged_over_those_of_the_extension(world: World) -> None:
    seen = Journal()

    class Reading(AsyncExtension):
        async def on_cmd(self, async_ten_env: AsyncTenEnv, cmd: Cmd) -> None:
            seen.write(json.loads((await async_ten_env.get_property_to_json())[0]))
            await async_ten_env.return_result(CmdResult.create(StatusCode.OK, cmd))

    async def begin(env: AsyncTenEnvTester) -> None:
        await env.send_cmd(Cmd.create("read"))

    assert AsyncProbe(begin).probe(world.addon(Reading), params={"key": "x"}) is None
    assert seen.next() == {"params": {"key": "x"}}


@pytest.mark.parametrize("text", ["[1]", "{", "null"])
def test_properties_of_a_test_are_a_json_object(text: str) -> None:
    with pytest.raises(ValueError, match=r"JSON|Expecting|object"):
        ExtensionTester().set_test_mode_single("x", text)


def test_an_unknown_addon_is_an_error_that_says_where_was_looked() -> None:
    tester = ExtensionTester()
    tester.set_test_mode_single("no_such_addon")
    result = tester.run()
    assert result is not None
    assert result.error_code() == TenErrorCode.ErrorCodeInvalidGraph
    assert "ten_packages.extension.no_such_addon" in result.error_message()


def test_the_tester_has_a_loop_of_its_own(world: World) -> None:
    threads = Journal()

    class Here(AsyncExtension):
        async def on_configure(self, async_ten_env: AsyncTenEnv) -> None:
            threads.write(threading.get_ident())

    async def begin(_env: AsyncTenEnvTester) -> None:
        threads.write(threading.get_ident())

    assert AsyncProbe(begin).probe(world.addon(Here)) is None
    assert len(set(threads.take(2))) == 2


def test_tasks_of_the_tester_are_really_cancelled(world: World) -> None:
    journal = Journal()

    class Tester(AsyncExtensionTester):
        async def on_start(self, ten_env_tester: AsyncTenEnvTester) -> None:
            self.task = asyncio.create_task(self.wait())
            await asyncio.sleep(0)
            ten_env_tester.stop_test()
            await self.wait()

        async def wait(self) -> None:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                journal.write("cancelled")
                raise

    tester = Tester()
    tester.set_test_mode_single(world.addon(Quiet))
    assert tester.run() is None
    assert journal.rest() == ["cancelled", "cancelled"]


def test_after_its_deinit_a_tester_cannot_log(world: World) -> None:
    journal = Journal()

    class Tester(ExtensionTester):
        def on_start(self, ten_env_tester: TenEnvTester) -> None:
            journal.write(ten_env_tester.log(LogLevel.INFO, "alive"))
            ten_env_tester.stop_test()

        def on_deinit(self, ten_env_tester: TenEnvTester) -> None:
            ten_env_tester.on_deinit_done()
            journal.write(ten_env_tester.log(LogLevel.INFO, "dead"))

    tester = Tester()
    tester.set_test_mode_single(world.addon(Quiet))
    assert tester.run() is None
    alive, dead = journal.rest()
    assert alive is None
    assert dead.error_code() == TenErrorCode.ErrorCodeTenIsClosed


def test_a_tester_answers_commands_in_its_on_stop(world: World) -> None:
    answers = Journal()

    class Asking(AsyncExtension):
        async def on_stop(self, async_ten_env: AsyncTenEnv) -> None:
            result, _ = await async_ten_env.send_cmd(Cmd.create("last question"))
            answers.write(result and result.get_status_code())

    class Tester(AsyncExtensionTester):
        async def on_start(self, ten_env_tester: AsyncTenEnvTester) -> None:
            self.answered = asyncio.Event()
            ten_env_tester.stop_test()

        async def on_stop(self, ten_env_tester: AsyncTenEnvTester) -> None:
            await self.answered.wait()

        async def on_cmd(self, ten_env_tester: AsyncTenEnvTester, cmd: Cmd) -> None:
            await ten_env_tester.return_result(CmdResult.create(StatusCode.OK, cmd))
            self.answered.set()

    tester = Tester()
    tester.set_test_mode_single(world.addon(Asking))
    assert tester.run() is None
    assert answers.next() is StatusCode.OK


@pytest.mark.parametrize("is_async", [True, False])
def test_what_the_target_says_last_reaches_the_tester(world: World, is_async: bool) -> None:
    heard = Journal()

    class Leaving(AsyncExtension):
        async def on_stop(self, async_ten_env: AsyncTenEnv) -> None:
            await async_ten_env.get_property_to_json()
            await async_ten_env.send_data(Data.create("in on_stop"))

        async def on_deinit(self, async_ten_env: AsyncTenEnv) -> None:
            await async_ten_env.send_data(Data.create("in on_deinit"))

    class AsyncTester(AsyncProbe):
        async def on_data(self, ten_env_tester: AsyncTenEnvTester, data: Data) -> None:
            heard.write(data.get_name())

    class SyncTester(Probe):
        def on_data(self, ten_env_tester: TenEnvTester, data: Data) -> None:
            heard.write(data.get_name())

    async def begin(_env: AsyncTenEnvTester) -> None:
        return None

    tester = AsyncTester(begin) if is_async else SyncTester(lambda env: env.stop_test())
    tester.set_test_mode_single(world.addon(Leaving))
    assert tester.run() is None
    assert heard.rest() == ["in on_stop", "in on_deinit"]


def test_both_ends_may_be_synchronous(world: World) -> None:
    class Echo(Extension):
        def on_data(self, ten_env: TenEnv, data: Data) -> None:
            ten_env.send_data(data)

    class Tester(Probe):
        def on_data(self, ten_env_tester: TenEnvTester, data: Data) -> None:
            assert data.get_source().extension_name == addon
            ten_env_tester.stop_test(error(data.get_name()))

    addon = world.addon(Echo)
    tester = Tester(lambda env: env.send_data(Data.create("ping")))
    tester.set_test_mode_single(addon)
    result = tester.run()
    assert result is not None
    assert result.error_message() == "ping"


def test_a_tester_can_be_a_node_of_a_graph(world: World) -> None:
    class Prefix(AsyncExtension):
        async def on_data(self, async_ten_env: AsyncTenEnv, data: Data) -> None:
            data.set_name("out")
            await async_ten_env.send_data(data)
            lost = await async_ten_env.send_cmd(Cmd.create("lost"))
            assert lost[1] is not None

    class Tester(AsyncProbe):
        async def on_data(self, ten_env_tester: AsyncTenEnvTester, data: Data) -> None:
            arrived.set()

    arrived = asyncio.Event()

    async def begin(env: AsyncTenEnvTester) -> None:
        await env.send_data(Data.create("in"))
        await arrived.wait()
        _, error = await env.send_cmd(Cmd.create("unconnected"))
        assert error is not None
        assert error.error_code() == 7

    def link(source: str, name: str, dest: str) -> dict[str, object]:
        return {"extension": source, "data": [{"name": name, "dest": [{"extension": dest}]}]}

    me = "ten:test_extension"
    tester = Tester(begin)
    tester.set_test_mode_graph(
        json.dumps(
            {
                "nodes": [
                    {"type": "extension", "name": me, "addon": me},
                    {"type": "extension", "name": "prefix", "addon": world.addon(Prefix)},
                ],
                "connections": [link(me, "in", "prefix"), link("prefix", "out", me)],
            }
        )
    )
    assert tester.run() is None


def test_a_bad_graph_is_refused_with_its_line() -> None:
    with pytest.raises(ValueError, match=r":2 \(nodes\[0\]\): node 'a' must name its addon"):
        ExtensionTester().set_test_mode_graph('{"nodes": [\n{"name": "a"}]}')


def test_nothing_to_test_is_said_so() -> None:
    with pytest.raises(ValueError, match="set_test_mode_single"):
        ExtensionTester().run()


def test_a_failed_assertion_in_a_callback_fails_the_test(world: World) -> None:
    class Tester(AsyncExtensionTester):
        async def on_start(self, ten_env_tester: AsyncTenEnvTester) -> None:
            raise AssertionError("as intended")

    tester = Tester()
    tester.set_test_mode_single(world.addon(Quiet))
    with pytest.raises(AssertionError, match="as intended"):
        tester.run()
