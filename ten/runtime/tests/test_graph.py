"""Graphs as they run: conversions, starting, stopping, and what is wrong with them (A10)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ten_runtime import (
    App,
    AsyncExtension,
    AsyncTenEnv,
    Cmd,
    CmdResult,
    Data,
    Loc,
    StartGraphCmd,
    StatusCode,
    StopGraphCmd,
    TenEnv,
)
from ten_runtime.embedded import AppRun, EngineError
from ten_world import Journal, World, ended, node


class Waiting(AsyncExtension):
    """Answers commands with its name."""

    async def on_cmd(self, async_ten_env: AsyncTenEnv, cmd: Cmd) -> None:
        result = CmdResult.create(StatusCode.OK, cmd)
        result.set_property_string("by", self.name)
        result.set_property_string("heard", cmd.get_name())
        await async_ten_env.return_result(result)


async def tell_app(env: AsyncTenEnv, cmd: Cmd) -> tuple[StatusCode, dict[str, Any]]:
    """Send a command to the app."""
    cmd.set_dests([Loc("")])
    result, error = await env.send_cmd(cmd)
    assert error is None
    assert result is not None
    return result.get_status_code(), json.loads(result.get_property_to_json()[0])


def test_the_same_edge_declared_twice_delivers_once(world: World) -> None:
    journal = Journal()

    class Source(AsyncExtension):
        async def on_start(self, async_ten_env: AsyncTenEnv) -> None:
            await async_ten_env.send_data(Data.create("x"))
            await async_ten_env.send_data(Data.create("last"))

    class Sink(AsyncExtension):
        async def on_data(self, async_ten_env: AsyncTenEnv, data: Data) -> None:
            journal.write(data.get_name())

    world.start(
        [node("source", world.addon(Source)), node("sink", world.addon(Sink))],
        [
            {
                "extension": "source",
                "data": [{"names": ["x", "last"], "dest": [{"extension": "sink"}]}],
            },
            {"extension": "sink", "data": [{"name": "x", "source": [{"extension": "source"}]}]},
        ],
    )
    assert journal.take(2) == ["x", "last"]


def test_a_conversion_renames_on_the_way_and_converts_the_result_back(world: World) -> None:
    journal = Journal()

    class Source(AsyncExtension):
        async def on_start(self, async_ten_env: AsyncTenEnv) -> None:
            cmd = Cmd.create("tts_audio_end")
            cmd.set_property_int("reason", 1)
            result, _ = await async_ten_env.send_cmd(cmd)
            assert result is not None
            journal.write(json.loads(result.get_property_to_json()[0]))
            lost, _ = await async_ten_env.send_cmd(Cmd.create("tts_audio_end"))
            assert lost is not None
            journal.write((lost.get_status_code(), lost.get_property_string("detail")[0]))

    conversion = {
        "type": "per_property",
        "keep_original": True,
        "rules": [
            {"path": "ten.name", "conversion_mode": "fixed_value", "value": "finalize"},
            {"path": "why", "conversion_mode": "from_original", "original_path": "reason"},
        ],
        "result": {
            "type": "per_property",
            "rules": [
                {"path": "who", "conversion_mode": "from_original", "original_path": "by"},
                {"path": "as", "conversion_mode": "from_original", "original_path": "heard"},
            ],
        },
    }
    dest = [{"extension": "waiting", "msg_conversion": conversion}]
    world.start(
        [node("source", world.addon(Source)), node("waiting", world.addon(Waiting))],
        [{"extension": "source", "cmd": [{"name": "tts_audio_end", "dest": dest}]}],
    )
    assert journal.next() == {"who": "waiting", "as": "finalize"}
    status, detail = journal.next()
    assert status is StatusCode.ERROR
    assert "'reason' is not in the original" in detail


def test_the_runtimes_own_errors_are_not_converted(world: World) -> None:
    journal = Journal()

    class Source(AsyncExtension):
        async def on_start(self, async_ten_env: AsyncTenEnv) -> None:
            result, _ = await async_ten_env.send_cmd(Cmd.create("ask"))
            assert result is not None
            journal.write(json.loads(result.get_property_to_json()[0]))

    class Silent(AsyncExtension):
        pass

    rule = {"path": "said", "conversion_mode": "fixed_value", "value": "by the callee"}
    conversion = {"keep_original": True, "rules": [], "result": {"rules": [rule]}}
    dest = [{"extension": "silent", "msg_conversion": conversion}]
    limits = {"path_timeout": {"out_path": 1000, "in_path": 1000}, "path_check_interval": 1000}
    world.start(
        [node("source", world.addon(Source)), node("silent", world.addon(Silent), ten=limits)],
        [{"extension": "source", "cmd": [{"name": "ask", "dest": dest}]}],
    )
    assert journal.next() == {"detail": "Path timeout."}


def test_graphs_start_and_stop_on_command(world: World) -> None:
    journal = Journal()
    waiting = world.addon(Waiting)

    class Control(AsyncExtension):
        async def on_start(self, async_ten_env: AsyncTenEnv) -> None:
            env = async_ten_env
            start = StartGraphCmd.create()
            start.set_graph_from_json(json.dumps({"nodes": [node("w", waiting)]}))
            status, properties = await tell_app(env, start)
            assert status is StatusCode.OK
            graph_id = properties["graph_id"]
            journal.write(await self.ask(env, Loc("", graph_id, "w")))

            start = StartGraphCmd.create()
            start.set_predefined_graph_name("single")
            status, properties = await tell_app(env, start)
            assert status is StatusCode.OK
            journal.write(await self.ask(env, Loc("", "single", "s")))
            start = StartGraphCmd.create()
            start.set_predefined_graph_name("single")
            status, properties = await tell_app(env, start)
            assert status is StatusCode.ERROR
            assert "singleton" in properties["detail"]

            stop = StopGraphCmd.create()
            stop.set_graph_id(graph_id)
            status, _ = await tell_app(env, stop)
            assert status is StatusCode.OK
            while (await self.ask(env, Loc("", graph_id, "w")))[0] is StatusCode.OK:
                pass  # it is stopping
            stop = StopGraphCmd.create()
            stop.set_graph_id("no such id")
            journal.write((await tell_app(env, stop))[0])
            journal.write((await tell_app(env, Cmd.create("sing")))[0])
            journal.write("over")

        async def ask(self, env: AsyncTenEnv, loc: Loc) -> tuple[StatusCode, str]:
            cmd = Cmd.create("hello")
            cmd.set_dests([loc])
            result, _ = await env.send_cmd(cmd)
            assert result is not None
            return result.get_status_code(), result.get_property_string("by")[0]

    graph = {"nodes": [node("control", world.addon(Control))]}
    single = {"nodes": [node("s", waiting)]}
    world.start_with(
        {
            "predefined_graphs": [
                {"name": "main", "auto_start": True, "graph": graph},
                {"name": "single", "singleton": True, "graph": single},
            ]
        }
    )
    assert journal.take(5) == [
        (StatusCode.OK, "w"),
        (StatusCode.OK, "s"),
        StatusCode.ERROR,
        StatusCode.ERROR,
        "over",
    ]


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("{", "not JSON"),
        ('{"nodes": [\n{"name": "x"}]}', ":2 (nodes[0]): node 'x' must name its addon"),
        ('{"nodes": [{"name": "x", "addon": "no_such"}]}', "node 'x': there is no addon 'no_such'"),
        (
            '{"nodes": [{"name": "x", "addon": "WAITING", "property": {"k": "${env:TEN_NO}"}}]}',
            "TEN_NO is not set",
        ),
        (
            '{"nodes": [{"name": "x", "addon": "WAITING", "app": "far"}]}',
            "belongs to the app 'far'",
        ),
    ],
)
def test_a_graph_that_cannot_start_answers_why(world: World, text: str, detail: str) -> None:
    journal = Journal()
    waiting = world.addon(Waiting)

    class Control(AsyncExtension):
        async def on_start(self, async_ten_env: AsyncTenEnv) -> None:
            start = StartGraphCmd.create()
            start.set_graph_from_json(text.replace("WAITING", waiting))
            journal.write(await tell_app(async_ten_env, start))

    world.start([node("control", world.addon(Control))])
    status, properties = journal.next()
    assert status is StatusCode.ERROR
    assert detail in properties["detail"]


def test_an_app_ends_with_its_last_graph(world: World) -> None:
    class Leaving(AsyncExtension):
        async def on_start(self, async_ten_env: AsyncTenEnv) -> None:
            assert (await tell_app(async_ten_env, StopGraphCmd.create()))[0] is StatusCode.OK

    assert ended(world.start([node("a", world.addon(Leaving))]))


def test_a_long_running_app_stays(world: World) -> None:
    journal = Journal()

    class Leaving(AsyncExtension):
        async def on_start(self, async_ten_env: AsyncTenEnv) -> None:
            await tell_app(async_ten_env, StopGraphCmd.create())

        async def on_deinit(self, async_ten_env: AsyncTenEnv) -> None:
            journal.write("left")

    app = world.start([node("a", world.addon(Leaving))], long_running_mode=True)
    assert journal.next() == "left"
    app._life.home.post(journal.write, "still here")
    assert journal.next() == "still here"
    assert app._life.is_closing is False


def write_app(folder: Path, graphs: object, manifest: str = '{"type": "app", "name": "x"}') -> None:
    (folder / "manifest.json").write_text(manifest, encoding="utf-8")
    text = json.dumps({"ten": {"predefined_graphs": graphs}}, indent=2)
    (folder / "property.json").write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("nodes", "connections", "problem"),
    [
        (
            [{"name": "a", "addon": "no_such"}],
            [],
            r"property.json:11 .*node 'a': there is no addon",
        ),
        ([{"name": "a"}], [], r"property.json:9 .*'a' must name its addon"),
        (
            [],
            [{"extension": "a", "cmd": [{"name": "x", "dest": []}]}],
            r"property.json:\d+ .*neither dest nor source",
        ),
    ],
)
def test_what_is_wrong_with_an_app_is_named_with_file_and_line(
    tmp_path: Path, nodes: object, connections: object, problem: str
) -> None:
    graph = {"nodes": nodes, "connections": connections}
    write_app(tmp_path, [{"name": "g", "auto_start": True, "graph": graph}])
    with pytest.raises(EngineError, match=problem):
        AppRun(tmp_path).wait()


def test_an_app_whose_graph_cannot_start_closes() -> None:
    class Broken(App):
        def on_configure(self, ten_env: TenEnv) -> None:
            graph = {"nodes": [{"name": "a", "addon": "no_such"}]}
            ten_env.init_property_from_json(
                json.dumps(
                    {
                        "ten": {
                            "predefined_graphs": [{"name": "g", "auto_start": True, "graph": graph}]
                        }
                    }
                )
            )
            ten_env.on_configure_done()

    app = Broken()
    app.run(True)
    assert ended(app)
