"""Commands, their results and time limits (A9)."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest
from ten_runtime import (
    AsyncExtension,
    AsyncTenEnv,
    AsyncTenEnvTester,
    Cmd,
    CmdResult,
    Extension,
    Loc,
    StatusCode,
    TenEnv,
    TenEnvTester,
)
from ten_world import AsyncProbe, Journal, Probe, World, ended, node, wait_for


class Answering(AsyncExtension):
    """Answers as its property ``answers`` says: a string of o(k), e(rror) and lower-case p(art)."""

    async def on_cmd(self, async_ten_env: AsyncTenEnv, cmd: Cmd) -> None:
        answers, _ = await async_ten_env.get_property_string("answers")
        for number, answer in enumerate(answers):
            status = StatusCode.ERROR if answer == "e" else StatusCode.OK
            result = CmdResult.create(status, cmd)
            result.set_final(answer != "p")
            result.set_property_string("detail", f"{self.name}{number}{answer}")
            error = await async_ten_env.return_result(result)
            assert error is None


async def one(env: AsyncTenEnv | AsyncTenEnvTester) -> tuple[StatusCode, str]:
    """Send a command and return its one result."""
    result, error = await env.send_cmd(Cmd.create("ask"))
    assert error is None
    assert result is not None
    assert result.is_completed()
    return result.get_status_code(), result.get_property_string("detail")[0]


async def every(env: AsyncTenEnv | AsyncTenEnvTester) -> list[tuple[str, bool, bool]]:
    """Send a command and return all of its results."""
    results = []
    async for result, error in env.send_cmd_ex(Cmd.create("ask")):
        assert error is None
        assert result is not None
        detail, _ = result.get_property_string("detail")
        results.append((detail, result.is_final(), result.is_completed()))
    return results


def ask(world: World, question: Callable[[AsyncTenEnv], Any], **answers: str) -> Any:  # noqa: ANN401 - whatever the question returns
    """Ask extensions, which answer as they are told, from a node of a graph."""
    journal = Journal()

    class Asking(AsyncExtension):
        async def on_start(self, async_ten_env: AsyncTenEnv) -> None:
            journal.write(await question(async_ten_env))

    addon = world.addon(Answering)
    dests = [{"extension": name} for name in answers]
    world.start(
        [
            node("asking", world.addon(Asking)),
            *(node(name, addon, answers=text) for name, text in answers.items()),
        ],
        [{"extension": "asking", "cmd": [{"name": "ask", "dest": dests}]}],
    )
    return journal.next()


def test_one_destination_gives_its_result(world: World) -> None:
    assert ask(world, one, a="o") == (StatusCode.OK, "a0o")
    assert ask(world, one, a="e") == (StatusCode.ERROR, "a0e")


def test_a_second_answer_is_dropped_silently(world: World) -> None:
    assert ask(world, one, a="oe") == (StatusCode.OK, "a0o")
    assert ask(world, every, a="oo") == [("a0o", True, True)]


def test_of_several_destinations_the_last_one_in_the_graph_speaks_for_all(world: World) -> None:
    assert ask(world, one, a="o", b="o", c="o") == (StatusCode.OK, "c0o")
    assert ask(world, one, a="o", b="o", c="po") == (StatusCode.OK, "c1o")


def test_of_several_destinations_the_first_error_counts_at_once(world: World) -> None:
    assert ask(world, one, a="o", b="e", c="") == (StatusCode.ERROR, "b0e")


def test_a_stream_of_results_ends_with_the_completed_one(world: World) -> None:
    assert ask(world, every, a="ppo") == [
        ("a0p", False, False),
        ("a1p", False, False),
        ("a2o", True, True),
    ]


def test_a_stream_from_several_destinations_is_completed_once(world: World) -> None:
    results = ask(world, every, a="po", b="pe")
    assert sorted(detail for detail, _, _ in results) == ["a0p", "a1o", "b0p", "b1e"]
    assert [is_completed for _, _, is_completed in results] == [False, False, False, True]


def test_a_stream_may_be_abandoned(world: World) -> None:
    async def first(env: AsyncTenEnv) -> str:
        async for result, _ in env.send_cmd_ex(Cmd.create("ask")):
            assert result is not None
            return result.get_property_string("detail")[0]
        raise AssertionError("there was no result")

    assert ask(world, first, a="pppp") == "a0p"


def test_a_partial_result_breaks_a_plain_send(world: World) -> None:
    async def question(env: AsyncTenEnv) -> str:
        with pytest.raises(AssertionError):
            await env.send_cmd(Cmd.create("ask"))
        return "asserted"

    assert ask(world, question, a="p") == "asserted"


def test_commands_may_be_answered_later_and_in_any_order(world: World) -> None:
    class Lazy(Extension):
        kept: list[Cmd]

        def on_init(self, ten_env: TenEnv) -> None:
            self.kept = []
            ten_env.on_init_done()

        def on_cmd(self, ten_env: TenEnv, cmd: Cmd) -> None:
            self.kept.append(cmd)
            if len(self.kept) == 2:
                for each in reversed(self.kept):
                    result = CmdResult.create(StatusCode.OK, each)
                    result.set_property_string("name", each.get_name())
                    ten_env.return_result(result)

    async def begin(env: AsyncTenEnvTester) -> None:
        answers = await asyncio.gather(
            env.send_cmd(Cmd.create("one")), env.send_cmd(Cmd.create("two"))
        )
        names = [result.get_property_string("name")[0] for result, _ in answers if result]
        assert names == ["one", "two"]

    assert AsyncProbe(begin).probe(world.addon(Lazy)) is None


@pytest.mark.parametrize("with_handler", [False, True])
def test_the_answer_to_a_passed_on_command_finds_its_way_back(
    world: World, with_handler: bool
) -> None:
    class Pass(Extension):
        def on_cmd(self, ten_env: TenEnv, cmd: Cmd) -> None:
            if not with_handler:
                ten_env.send_cmd(cmd, None)
                return
            twin = cmd.clone()

            def answer(env: TenEnv, result: CmdResult | None, _error: object) -> None:
                assert result is not None
                answer = CmdResult.create(result.get_status_code(), cmd)
                answer.set_property_string("detail", result.get_property_string("detail")[0])
                env.return_result(answer)

            ten_env.send_cmd(twin, answer)

    journal = Journal()

    class Asking(AsyncExtension):
        async def on_start(self, async_ten_env: AsyncTenEnv) -> None:
            journal.write(await one(async_ten_env))

    def flow(dest: str) -> list[dict[str, object]]:
        return [{"name": "ask", "dest": [{"extension": dest}]}]

    world.start(
        [
            node("asking", world.addon(Asking)),
            node("pass", world.addon(Pass)),
            node("a", world.addon(Answering), answers="o"),
        ],
        [
            {"extension": "asking", "cmd": flow("pass")},
            {"extension": "pass", "cmd": flow("a")},
        ],
    )
    assert journal.next() == (StatusCode.OK, "a0o")


def test_sync_handlers_run_in_the_thread_of_their_extension(world: World) -> None:
    threads = Journal()

    def begin(env: TenEnvTester) -> None:
        threads.write(threading.get_ident())

        def handle(env: TenEnvTester, result: CmdResult | None, error: object) -> None:
            assert error is None
            assert result is not None
            assert result.is_completed()
            threads.write(threading.get_ident())
            env.stop_test()

        assert env.send_cmd(Cmd.create("ask"), handle) is None

    probe = Probe(begin)
    probe.set_test_mode_single(world.addon(Answering), '{"answers": "o"}')
    assert probe.run() is None
    assert len(set(threads.take(2))) == 1


@pytest.mark.parametrize("side", ["in_path", "out_path"])
def test_an_unanswered_command_times_out(world: World, side: str) -> None:
    settings = {"path_timeout": {side: 1000}, "path_check_interval": 1000}
    journal = Journal()

    class Asking(AsyncExtension):
        async def on_start(self, async_ten_env: AsyncTenEnv) -> None:
            journal.write(await one(async_ten_env))

    impatient, patient = {"ten": settings}, {"x": 1}
    asking, silent = (patient, impatient) if side == "in_path" else (impatient, patient)
    world.start(
        [
            node("asking", world.addon(Asking), **asking),
            node("silent", world.addon(Answering), **silent, answers=""),
        ],
        [{"extension": "asking", "cmd": [{"name": "ask", "dest": [{"extension": "silent"}]}]}],
    )
    assert journal.next() == (StatusCode.ERROR, "Path timeout.")


def test_who_waits_for_a_vanished_extension_is_released(world: World) -> None:
    journal = Journal()
    asked = threading.Event()

    class Silent(AsyncExtension):
        async def on_cmd(self, async_ten_env: AsyncTenEnv, cmd: Cmd) -> None:
            asked.set()

    class Asking(AsyncExtension):
        async def on_start(self, async_ten_env: AsyncTenEnv) -> None:
            self.task = asyncio.create_task(self.ask(async_ten_env))

        async def ask(self, ten_env: AsyncTenEnv) -> None:
            cmd = Cmd.create("ask")
            cmd.set_dests([Loc("", "", "silent")])
            result, _ = await ten_env.send_cmd(cmd)
            assert result is not None
            journal.write(result.get_status_code())

        async def on_stop(self, async_ten_env: AsyncTenEnv) -> None:
            await self.task

    app = world.start([node("asking", world.addon(Asking)), node("silent", world.addon(Silent))])
    wait_for(asked)
    app.close()
    assert journal.next() is StatusCode.ERROR
    assert ended(app)


def test_whoever_leaves_first_is_released_while_the_other_still_stops(world: World) -> None:
    asked, released = threading.Event(), threading.Event()

    class Silent(AsyncExtension):
        async def on_cmd(self, async_ten_env: AsyncTenEnv, cmd: Cmd) -> None:
            asked.set()

        async def on_stop(self, async_ten_env: AsyncTenEnv) -> None:
            await asyncio.to_thread(wait_for, released)

    class Asking(AsyncExtension):
        async def on_start(self, async_ten_env: AsyncTenEnv) -> None:
            self.task = asyncio.create_task(self.ask(async_ten_env))

        async def ask(self, ten_env: AsyncTenEnv) -> None:
            cmd = Cmd.create("ask")
            cmd.set_dests([Loc("", "", "silent")])
            result, _ = await ten_env.send_cmd(cmd)
            assert result is not None
            assert result.get_status_code() is StatusCode.ERROR
            released.set()

    app = world.start([node("asking", world.addon(Asking)), node("silent", world.addon(Silent))])
    wait_for(asked)
    app.close()
    wait_for(released)


def test_whoever_leaves_while_waiting_gets_an_error_result(world: World) -> None:
    journal = Journal()
    waiting = threading.Event()

    class Asking(AsyncExtension):
        async def on_start(self, async_ten_env: AsyncTenEnv) -> None:
            self.task = asyncio.create_task(self.ask(async_ten_env))

        async def ask(self, ten_env: AsyncTenEnv) -> None:
            waiting.set()
            result, error = await ten_env.send_cmd(Cmd.create("never answered"))
            journal.write((result and result.get_status_code(), error))
            _, error = await ten_env.get_property_int("x")
            journal.write(error and error.error_code())

    async def begin(_env: AsyncTenEnvTester) -> None:
        await asyncio.to_thread(waiting.wait)

    assert AsyncProbe(begin).probe(world.addon(Asking)) is None
    assert journal.next() == (StatusCode.ERROR, None)
    assert journal.next() == 6
