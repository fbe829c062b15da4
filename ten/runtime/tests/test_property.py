"""Properties: files, merging, placeholders, schemas, access (A5)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from ten_runtime import (
    Addon,
    App,
    AsyncExtension,
    AsyncTenEnv,
    AsyncTenEnvTester,
    Cmd,
    CmdResult,
    Data,
    StatusCode,
    TenEnv,
    register_addon_as_extension,
)
from ten_world import AsyncProbe, Journal, World, ended, node

Begin = Callable[[AsyncTenEnvTester], Any]


async def greet(env: AsyncTenEnvTester) -> None:
    """Wait until the extension is up, or has failed to come up."""
    await env.send_cmd(Cmd.create("hello"))


def packaged(
    folder: Path,
    name: str,
    extension: type[AsyncExtension],
    *,
    manifest: Mapping[str, object] | None = None,
    properties: dict[str, object] | None = None,
) -> str:
    """Register an addon whose files are in a folder; return its name."""
    document = {"type": "extension", "name": name, "version": "0.1.0", **(manifest or {})}
    (folder / "manifest.json").write_text(json.dumps(document), encoding="utf-8")
    if properties is not None:
        (folder / "property.json").write_text(json.dumps(properties), encoding="utf-8")
    (folder / "src").mkdir()

    @register_addon_as_extension(name, str(folder / "src" / "addon.py"))
    class _Addon(Addon):
        def on_create_instance(self, ten_env: TenEnv, name: str, context: object) -> None:
            ten_env.on_create_instance_done(extension(name), context)

    return name


class Reading(AsyncExtension):
    """Writes down its properties when it initialises."""

    journal: Journal

    async def on_init(self, async_ten_env: AsyncTenEnv) -> None:
        text, error = await async_ten_env.get_property_to_json()
        assert error is None
        self.journal.write(json.loads(text))

    async def on_cmd(self, async_ten_env: AsyncTenEnv, cmd: Cmd) -> None:
        await async_ten_env.return_result(CmdResult.create(StatusCode.OK, cmd))


def reading(journal: Journal) -> type[Reading]:
    return type("OwnReading", (Reading,), {"journal": journal})


def test_property_json_is_found_where_the_manifest_of_that_name_is(tmp_path: Path) -> None:
    journal = Journal()
    addon = packaged(tmp_path, "prop_files", reading(journal), properties={"a": {"b": 1, "c": [1]}})
    assert AsyncProbe(greet).probe(addon, a={"c": [2], "d": 3}) is None
    assert journal.next() == {"a": {"b": 1, "c": [2], "d": 3}}


def test_init_property_from_json_replaces_the_file_but_not_the_graph(tmp_path: Path) -> None:
    journal = Journal()

    class Own(Reading):
        async def on_configure(self, async_ten_env: AsyncTenEnv) -> None:
            _, error = await async_ten_env.get_property_int("from_file")
            assert error is not None
            assert error.error_code() == 100000
            assert await async_ten_env.is_property_exist("from_file") == (False, None)
            error = await async_ten_env.init_property_from_json("[]")
            assert error is not None
            assert await async_ten_env.init_property_from_json('{"own": 1, "both": 1}') is None

    Own.journal = journal
    addon = packaged(tmp_path, "prop_init", Own, properties={"from_file": 1})
    assert AsyncProbe(greet).probe(addon, both=2) is None
    assert journal.next() == {"own": 1, "both": 2}


def test_placeholders_are_resolved_after_merging(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEN_TEST_KEY", "secret")
    journal = Journal()
    addon = packaged(
        tmp_path,
        "prop_env",
        reading(journal),
        properties={"key": "${env:TEN_TEST_KEY}", "lost": "${env:TEN_TEST_NO}", "n": 1},
    )
    assert AsyncProbe(greet).probe(addon, lost="${env:TEN_TEST_NO|5}") is None
    assert journal.next() == {"key": "secret", "lost": "5", "n": 1}


def test_a_missing_variable_stops_the_start_and_is_named(tmp_path: Path) -> None:
    addon = packaged(
        tmp_path, "prop_lost", Reading, properties={"deep": {"key": "${env:TEN_TEST_NO}"}}
    )
    error = AsyncProbe(greet).probe(addon)
    assert error is not None
    assert "node 'prop_lost'" in error.error_message()
    assert "deep.key" in error.error_message()
    assert "TEN_TEST_NO is not set" in error.error_message()


SCHEMA = {
    "api": {
        "property": {
            "properties": {
                "speed": {"type": "float64"},
                "rate": {"type": "int32"},
                "params": {"type": "object", "properties": {"level": {"type": "uint8"}}},
            }
        }
    }
}


def test_the_manifest_adjusts_and_checks_properties(tmp_path: Path) -> None:
    class Strict(AsyncExtension):
        async def on_cmd(self, async_ten_env: AsyncTenEnv, cmd: Cmd) -> None:
            assert await async_ten_env.get_property_float("speed") == (2.0, None)
            assert await async_ten_env.set_property_int("params.level", 255) is None
            error = await async_ten_env.set_property_int("params.level", 256)
            assert error is not None
            assert "params.level: 256 does not fit in uint8." in error.error_message()
            assert await async_ten_env.set_property_string("rate", "fast") is not None
            assert await async_ten_env.get_property_int("rate") == (1, None)
            assert await async_ten_env.set_property_int("speed", 3) is None
            assert await async_ten_env.get_property_float("speed") == (3.0, None)
            assert await async_ten_env.set_property_string("undeclared", "any") is None
            await async_ten_env.return_result(CmdResult.create(StatusCode.OK, cmd))

    async def begin(env: AsyncTenEnvTester) -> None:
        await env.send_cmd(Cmd.create("check"))

    addon = packaged(tmp_path, "prop_schema", Strict, manifest=SCHEMA, properties={"speed": 2})
    assert AsyncProbe(begin).probe(addon, rate=1) is None
    error = AsyncProbe(begin).probe(addon, rate="16000")
    assert error is not None
    assert "rate: expected int32, found string." in error.error_message()


def test_interfaces_count_like_the_manifest_itself(tmp_path: Path) -> None:
    (tmp_path / "api.json").write_text(json.dumps(SCHEMA["api"]), encoding="utf-8")
    manifest: dict[str, object] = {"api": {"interface": [{"import_uri": "api.json"}]}}
    addon = packaged(tmp_path, "prop_interface", Reading, manifest=manifest)
    error = AsyncProbe(greet).probe(addon, rate="16000")
    assert error is not None
    assert "rate: expected int32, found string." in error.error_message()


def declared(**properties: str) -> dict[str, object]:
    return {
        "properties": {name: {"type": kind} for name, kind in properties.items()},
        "required": list(properties),
    }


MESSAGES: dict[str, object] = {
    "api": {
        "cmd_in": [
            {
                "name": "ask",
                "property": declared(n="int32"),
                "result": {"property": declared(a="bool")},
            }
        ],
        "data_in": [{"name": "in", "property": declared(f="float64")}],
        "data_out": [{"name": "out", "property": declared(n="int8")}],
        "cmd_out": [{"name": "call", "result": {"property": declared(back="string")}}],
    }
}


def test_the_manifest_checks_messages_both_ways(tmp_path: Path) -> None:
    class Typed(AsyncExtension):
        async def on_cmd(self, async_ten_env: AsyncTenEnv, cmd: Cmd) -> None:
            n, _ = cmd.get_property_int("n")
            result = CmdResult.create(StatusCode.OK, cmd)
            if n == 1:
                result.set_property_bool("a", True)
            await async_ten_env.return_result(result)

        async def on_data(self, async_ten_env: AsyncTenEnv, data: Data) -> None:
            value, error = data.get_property_float("f")
            assert error is None
            out = Data.create("out")
            out.set_property_int("n", 1000)
            assert await async_ten_env.send_data(out) is not None
            out.set_property_int("n", int(value))
            assert await async_ten_env.send_data(out) is None
            result, _ = await async_ten_env.send_cmd(Cmd.create("call"))
            assert result is not None
            assert result.get_status_code() is StatusCode.ERROR
            assert "'back' is missing" in result.get_property_string("detail")[0]
            await async_ten_env.send_data(Data.create("done"))

    class Tester(AsyncProbe):
        async def on_data(self, ten_env_tester: AsyncTenEnvTester, data: Data) -> None:
            seen.write((data.get_name(), data.get_property_int("n")[0]))

        async def on_cmd(self, ten_env_tester: AsyncTenEnvTester, cmd: Cmd) -> None:
            await ten_env_tester.return_result(CmdResult.create(StatusCode.OK, cmd))

    seen = Journal()

    async def begin(env: AsyncTenEnvTester) -> None:
        async def ask(value: object) -> tuple[StatusCode, str]:
            cmd = Cmd.create("ask")
            cmd.set_property_from_json("n", json.dumps(value))
            result, _ = await env.send_cmd(cmd)
            assert result is not None
            return result.get_status_code(), result.get_property_string("detail")[0]

        assert await ask(1) == (StatusCode.OK, "")
        status, detail = await ask("one")
        assert status is StatusCode.ERROR
        assert "n: expected int32, found string" in detail
        status, detail = await ask(2)  # whose answer lacks what is required
        assert status is StatusCode.ERROR
        assert "'a' is missing" in detail
        for value in ("wrong", 5):  # the first one is dropped
            data = Data.create("in")
            data.set_property_from_json("f", json.dumps(value))
            await env.send_data(data)
        assert await asyncio.to_thread(seen.take, 2) == [("out", 5), ("done", 0)]

    addon = packaged(tmp_path, "prop_messages", Typed, manifest=MESSAGES)
    assert Tester(begin).probe(addon) is None


def test_paths_reach_into_the_app_and_setters_need_one(world: World) -> None:
    journal = Journal()

    class Curious(AsyncExtension):
        async def on_start(self, async_ten_env: AsyncTenEnv) -> None:
            env = async_ten_env
            assert await env.get_property_string("app:shared.key") == ("app's", None)
            assert await env.get_property_string("extension:own") == ("mine", None)
            assert await env.is_property_exist("own") == (True, None)
            assert await env.set_property_string("app:shared.key", "x") is not None
            error = await env.set_property_string("", "x")
            assert error is not None
            assert (error.error_code(), error.error_message()) == (3, "path should not be empty.")
            assert await env.set_property_from_json("a.list[1]", '{"b": 1}') is None
            assert await env.get_property_to_json("a") == (
                json.dumps({"list": [None, {"b": 1}]}, indent=4),
                None,
            )
            with pytest.raises(ValueError, match="Expecting"):
                await env.set_property_from_json("a", "{")
            journal.write("over")

    graph = {"nodes": [node("a", world.addon(Curious), own="mine")]}
    world.start_with(
        {"predefined_graphs": [{"name": "g", "auto_start": True, "graph": graph}]},
        shared={"key": "app's"},
    )
    assert journal.next() == "over"


def test_an_app_reads_its_own_properties() -> None:
    journal = Journal()

    class Own(App):
        def on_configure(self, ten_env: TenEnv) -> None:
            assert ten_env.get_property_int("n")[1] is not None
            assert ten_env.init_property_from_json("{") is not None
            ten_env.init_property_from_json('{"ten": {}, "n": 5}')
            ten_env.on_configure_done()

        def on_init(self, ten_env: TenEnv) -> None:
            journal.write(ten_env.get_property_int("n"))
            ten_env.on_init_done()
            self.close()

    app = Own()
    app.run(True)
    assert journal.next() == (5, None)
    assert ended(app)


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ([], "must be an object"),
        ({"path_timeout": 5}, "path_timeout: must be an object"),
        ({"path_timeout": {"in_path": "soon"}}, "in_path must be microseconds"),
        ({"path_check_interval": 0}, "path_check_interval must be microseconds"),
        ({"manual_trigger_life_cycle": "start"}, "must be an array of stages"),
        ({"manual_trigger_life_cycle": ["init"]}, "a stage is 'start' or 'stop'"),
    ],
)
def test_settings_that_make_no_sense_stop_the_start(
    world: World, settings: object, problem: str
) -> None:
    error = AsyncProbe(greet).probe(world.addon(Reading), ten=settings)
    assert error is not None
    assert problem in error.error_message()
