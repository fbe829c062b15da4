"""Who gets a message (A3, A8)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

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
    SendOptions,
    StatusCode,
    TenEnv,
    TenError,
)
from ten_world import AsyncProbe, Journal, World, node

WAIT = SendOptions(wait_for_result=True)


class Named(AsyncExtension):
    """Writes down who got what."""

    journal: Journal

    async def on_data(self, async_ten_env: AsyncTenEnv, data: Data) -> None:
        data.set_property_string("seen_by", self.name)
        self.journal.write((self.name, data.get_name(), data))

    async def on_cmd(self, async_ten_env: AsyncTenEnv, cmd: Cmd) -> None:
        self.journal.write((self.name, cmd.get_name(), cmd))
        result = CmdResult.create(StatusCode.OK, cmd)
        result.set_property_string("by", self.name)
        await async_ten_env.return_result(result)


def named(journal: Journal) -> Callable[[str], Named]:
    def make(name: str) -> Named:
        extension = Named(name)
        extension.journal = journal
        return extension

    return make


def run_in_graph(
    world: World,
    journal: Journal,
    action: Callable[[AsyncTenEnv], Any],
    dests: list[str],
    *,
    name: str = "m",
) -> None:
    """Run an action in a node ``me`` whose message is connected to destinations."""

    class Me(AsyncExtension):
        async def on_start(self, async_ten_env: AsyncTenEnv) -> None:
            await action(async_ten_env)
            journal.write("over")

    flow = [{"name": name, "dest": [{"extension": dest} for dest in dests]}] if dests else []
    addon = world.addon(named(journal))
    world.start(
        [node("me", world.addon(Me)), node("a", addon), node("b", addon), node("c", addon)],
        [{"extension": "me", "cmd": flow, "data": flow}],
    )


def code(error: TenError | None) -> int | None:
    return None if error is None else error.error_code()


def test_a_message_goes_along_the_graph_and_names_its_sender(world: World) -> None:
    journal = Journal()

    async def action(env: AsyncTenEnv) -> None:
        assert await env.send_data(Data.create("m")) is None

    run_in_graph(world, journal, action, ["b"])
    received = {entry[0]: entry for entry in journal.take(2) if entry != "over"}
    assert list(received) == ["b"]
    source = received["b"][2].get_source()
    assert source.extension_name == "me"
    assert source.app_uri == "localhost"
    assert source.graph_id


def test_a_sent_message_is_invalid_to_its_sender(world: World) -> None:
    journal = Journal()

    async def action(env: AsyncTenEnv) -> None:
        data = Data.create("m")
        await env.send_data(data)
        cmd = Cmd.create("m")
        await env.send_cmd(cmd)
        frame = AudioFrame.create("nowhere")
        frame.alloc_buf(1)
        await env.send_audio_frame(frame)
        calls: list[Callable[[], object]] = [
            data.get_name,
            data.get_property_to_json,
            lambda: data.set_property_int("a", 1),
            data.get_buf,
            data.clone,
            data.get_source,
            cmd.get_name,
            lambda: CmdResult.create(StatusCode.OK, cmd),
            frame.lock_buf,
            frame.get_sample_rate,
            frame.is_eof,
        ]
        for call in calls:
            with pytest.raises(ValueError, match=r"^Msg is invalidated\.$"):
                call()
        with pytest.raises(ValueError, match="Msg is invalidated"):
            await env.send_data(data)

    run_in_graph(world, journal, action, ["a"])
    assert "over" in [journal.next() for _ in range(3)]


def test_a_locked_frame_stays_with_its_sender(world: World) -> None:
    journal = Journal()

    async def action(env: AsyncTenEnv) -> None:
        frame = AudioFrame.create("m")
        frame.alloc_buf(2)
        view = frame.lock_buf()
        error = await env.send_audio_frame(frame)
        assert code(error) == 1
        assert error is not None
        assert error.error_message().startswith("Locked resources are not allowed")
        frame.unlock_buf(view)
        assert await env.send_audio_frame(frame) is None

    run_in_graph(world, journal, action, [])
    assert journal.next() == "over"


def test_explicit_destinations_win_over_the_graph(world: World) -> None:
    journal = Journal()

    async def action(env: AsyncTenEnv) -> None:
        data = Data.create("m")
        data.set_dests([Loc("", "", "c"), Loc("", "", "b")])
        await env.send_data(data)

    run_in_graph(world, journal, action, ["a"])
    assert journal.next() == "over"
    assert {journal.next()[0], journal.next()[0]} == {"b", "c"}
    assert journal.rest() == []


def test_several_destinations_get_messages_of_their_own(world: World) -> None:
    journal = Journal()

    async def action(env: AsyncTenEnv) -> None:
        data = Data.create("m")
        data.set_property_from_json("list", "[1]")
        data.alloc_buf(1)
        await env.send_data(data)

    run_in_graph(world, journal, action, ["a", "b", "c"])
    entries = [entry for entry in journal.take(4) if entry != "over"]
    entries.sort(key=lambda entry: str(entry[0]))  # there is no order across destinations
    assert [entry[0] for entry in entries] == ["a", "b", "c"]
    assert [entry[2].get_property_string("seen_by")[0] for entry in entries] == ["a", "b", "c"]
    first, second = entries[0][2], entries[1][2]
    first.set_property_int("list[0]", 9)
    view = first.lock_buf()
    view[0] = 255
    assert second.get_property_int("list[0]") == (1, None)
    assert second.get_buf() == b"\0"


def test_what_is_connected_to_nothing_is_reported_to_whoever_asks(world: World) -> None:
    journal = Journal()

    async def action(env: AsyncTenEnv) -> None:
        result, error = await env.send_cmd(Cmd.create("lost"))
        assert result is None
        assert code(error) == 7
        assert error is not None
        assert error.error_message() == (
            "Failed to find destination of a 'cmd' message 'lost' from graph."
        )
        assert [code(item[1]) async for item in env.send_cmd_ex(Cmd.create("lost"))] == [7]
        assert await env.send_data(Data.create("lost")) is None
        assert code(await env.send_data(Data.create("lost"), WAIT)) == 7
        assert code(await env.send_audio_frame(AudioFrame.create("lost"), WAIT)) == 7
        assert await env.send_data(Data.create("m"), WAIT) is None

    run_in_graph(world, journal, action, ["a"])
    assert journal.next() == "over"


def test_a_sync_sender_hears_of_it_in_its_handler(world: World) -> None:
    journal = Journal()

    class Me(Extension):
        def on_start(self, ten_env: TenEnv) -> None:
            handler = lambda _env, *told: journal.write(told)  # noqa: E731 - short
            assert ten_env.send_cmd(Cmd.create("lost"), handler) is None
            assert ten_env.send_data(Data.create("lost"), handler) is None
            assert ten_env.send_data(Data.create("lost")) is None
            ten_env.on_start_done()

    world.start([node("me", world.addon(Me))])
    result, error = journal.next()
    assert result is None
    assert code(error) == 7
    assert code(journal.next()[0]) == 7


def test_an_unknown_destination_answers_error(world: World) -> None:
    journal = Journal()

    async def action(env: AsyncTenEnv) -> None:
        for loc in (
            Loc("", "", "nobody"),
            Loc("", "no-such-graph", "a"),
            Loc("elsewhere", "", "a"),
        ):
            cmd = Cmd.create("m")
            cmd.set_dests([loc])
            result, error = await env.send_cmd(cmd)
            assert error is None
            assert result is not None
            assert result.get_status_code() is StatusCode.ERROR
            assert "is invalid" in result.get_property_string("detail")[0]

    run_in_graph(world, journal, action, ["a"])
    assert journal.next() == "over"


def test_a_received_message_can_be_passed_on_along_the_graph(world: World) -> None:
    journal = Journal()

    class Pass(AsyncExtension):
        async def on_data(self, async_ten_env: AsyncTenEnv, data: Data) -> None:
            await async_ten_env.send_data(data)

    class Me(AsyncExtension):
        async def on_start(self, async_ten_env: AsyncTenEnv) -> None:
            data = Data.create("m")
            data.set_dests([Loc("", "", "pass")])
            await async_ten_env.send_data(data)

    world.start(
        [
            node("me", world.addon(Me)),
            node("pass", world.addon(Pass)),
            node("a", world.addon(named(journal))),
        ],
        [{"extension": "pass", "data": [{"name": "m", "dest": [{"extension": "a"}]}]}],
    )
    name, _, data = journal.next()
    assert name == "a"
    assert data.get_source().extension_name == "pass"


def test_in_single_mode_everything_meets_the_tester_by_any_name(world: World) -> None:
    class Chatty(AsyncExtension):
        async def on_cmd(self, async_ten_env: AsyncTenEnv, cmd: Cmd) -> None:
            data = Data.create("anything")
            data.set_dests([Loc("", "", "somebody_else")])
            assert await async_ten_env.send_data(data, WAIT) is None
            result, error = await async_ten_env.send_cmd(Cmd.create("question"))
            assert error is None
            assert result is not None
            answer = CmdResult.create(StatusCode.OK, cmd)
            answer.set_property_string("heard", result.get_property_string("answer")[0])
            await async_ten_env.return_result(answer)

    class Tester(AsyncProbe):
        data: tuple[str, ...] = ()

        async def on_data(self, ten_env_tester: AsyncTenEnvTester, data: Data) -> None:
            self.data += (data.get_name(),)

        async def on_cmd(self, ten_env_tester: AsyncTenEnvTester, cmd: Cmd) -> None:
            result = CmdResult.create(StatusCode.OK, cmd)
            result.set_property_string("answer", cmd.get_name())
            await ten_env_tester.return_result(result)

    async def begin(env: AsyncTenEnvTester) -> None:
        result, error = await env.send_cmd(Cmd.create("any"))
        assert error is None
        assert result is not None
        assert result.get_property_string("heard") == ("question", None)

    tester = Tester(begin)
    assert tester.probe(world.addon(Chatty)) is None
    assert tester.data == ("anything",)
