"""Logging goes to ``logging``, from any thread, and costs nothing when nobody listens."""

from __future__ import annotations

import asyncio
import logging
import threading

import pytest
from ten_runtime import (
    AsyncExtension,
    AsyncTenEnv,
    AsyncTenEnvTester,
    Cmd,
    CmdResult,
    Data,
    Extension,
    LogLevel,
    LogOption,
    StatusCode,
    TenEnv,
    Value,
)
from ten_runtime.ten_env_base import TenEnvBase
from ten_world import AsyncProbe, Journal, World, node


class Target:
    """Something to log for."""

    is_closed = False
    log = logging.getLogger("ten.target")


def env() -> TenEnvBase:
    return TenEnvBase(Target())


def test_levels_category_and_fields_arrive(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "ten.target")
    log = env()
    assert log.log_debug("debug %s", category="vendor", fields={"n": 1}) is None
    assert log.log_info("info") is None
    assert log.log_warn("warn", fields=Value.from_python({"deep": [1, None]})) is None
    assert log.log_error("error") is None
    assert log.log(LogLevel.WARN, "any") is None
    records = caplog.records
    assert [(record.levelname, record.getMessage()) for record in records] == [
        ("DEBUG", "debug %s"),
        ("INFO", "info"),
        ("WARNING", "warn"),
        ("ERROR", "error"),
        ("WARNING", "any"),
    ]
    assert vars(records[0])["category"] == "vendor"
    assert vars(records[0])["fields"] == {"n": 1}
    assert vars(records[2])["fields"] == {"deep": [1, None]}
    assert {record.name for record in records} == {"ten.target"}


def test_the_caller_is_blamed(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "ten.target")
    log = env()

    def wrapper() -> None:
        log.log_info("inner")
        log.log(LogLevel.INFO, "outer", option=LogOption(skip=3))

    wrapper()
    assert [record.funcName for record in caplog.records] == [
        "wrapper",
        "test_the_caller_is_blamed",
    ]


def test_a_disabled_level_formats_nothing(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "ten.target")

    class Explosive(Value):
        def to_python(self) -> object:
            raise AssertionError("formatted")

    assert env().log_info("quiet", fields=Explosive()) is None
    assert caplog.records == []


def test_a_synchronous_line_is_written_before_the_call_returns() -> None:
    flushed: list[str] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            flushed.append(record.getMessage())

        def flush(self) -> None:
            flushed.append("flushed")

    handler = Handler()
    Target.log.addHandler(handler)
    try:
        env().log_error("now")
        assert flushed == ["now"]
        env().log_error("now", option=LogOption(sync=True))
        assert flushed == ["now", "now", "flushed"]
    finally:
        Target.log.removeHandler(handler)


def test_extensions_log_from_foreign_threads(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    class Threaded(AsyncExtension):
        async def on_cmd(self, async_ten_env: AsyncTenEnv, cmd: Cmd) -> None:
            thread = threading.Thread(target=async_ten_env.log_info, args=("from a thread",))
            thread.start()
            await asyncio.to_thread(thread.join)
            await async_ten_env.return_result(CmdResult.create(StatusCode.OK, cmd))

    async def begin(env: AsyncTenEnvTester) -> None:
        await env.send_cmd(Cmd.create("log"))

    addon = world.addon(Threaded)
    assert AsyncProbe(begin).probe(addon) is None
    assert (f"ten.{addon}", "from a thread") in {
        (record.name, record.getMessage()) for record in caplog.records
    }


def test_an_unconnected_name_is_warned_about_once_in_a_thousand(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    journal = Journal()

    class Chatty(Extension):
        def on_start(self, ten_env: TenEnv) -> None:
            for _ in range(1001):
                ten_env.send_data(Data.create("finalise"))
            ten_env.send_data(Data.create("other"))
            journal.write("over")
            ten_env.on_start_done()

    world.start([node("chatty", world.addon(Chatty))])
    assert journal.next() == "over"
    warned = [record.getMessage() for record in caplog.records if record.name == "ten.chatty"]
    assert warned == [
        "data 'finalise' is connected to nothing (number 1 of that name)",
        "data 'finalise' is connected to nothing (number 1001 of that name)",
        "data 'other' is connected to nothing (number 1 of that name)",
    ]
