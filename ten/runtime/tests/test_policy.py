"""What an escaped exception does (A14)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import ten_runtime
from ten_runtime import (
    AsyncExtension,
    AsyncTenEnv,
    AsyncTenEnvTester,
    Cmd,
    CmdResult,
    Data,
    Extension,
    StatusCode,
    TenEnv,
)
from ten_runtime.embedded import Policy, set_policy
from ten_world import AsyncProbe, World

SCRIPT = """
import asyncio, sys
from ten_runtime import *

class Bad(AsyncExtension):
    async def on_start(self, ten_env):
        if sys.argv[1] == "start":
            raise RuntimeError("as intended")
        self.task = asyncio.create_task(asyncio.sleep(100))

    async def on_cmd(self, ten_env, cmd):
        if sys.argv[1] == "pending":
            await asyncio.sleep(100)
        raise RuntimeError("as intended")

@register_addon_as_extension("bad")
class BadAddon(Addon):
    def on_create_instance(self, ten_env, name, context):
        ten_env.on_create_instance_done(Bad(name), context)

class Tester(AsyncExtensionTester):
    async def on_start(self, ten_env):
        if sys.argv[1] == "tester":
            raise RuntimeError("as intended")
        if sys.argv[1] == "pending":
            asyncio.get_running_loop().call_later(0.01, ten_env.stop_test)
        else:
            asyncio.get_running_loop().call_later(5, ten_env.stop_test)
        await ten_env.send_cmd(Cmd.create("go"))

tester = Tester()
tester.set_test_mode_single("bad")
tester.run()
print("survived")
"""


def run_script(where: str, policy: str | None) -> subprocess.CompletedProcess[str]:
    environ = {key: value for key, value in os.environ.items() if not key.startswith("TEN_")}
    environ["PYTHONPATH"] = str(Path(ten_runtime.__file__).parents[1])
    if policy is not None:
        environ["TEN_UNCAUGHT_EXCEPTION"] = policy
    return subprocess.run(
        [sys.executable, "-c", SCRIPT, where],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


@pytest.mark.parametrize("where", ["start", "message", "tester"])
def test_by_default_it_ends_the_process_with_status_1(where: str) -> None:
    result = run_script(where, None)
    assert result.returncode == 1
    assert "survived" not in result.stdout
    assert "RuntimeError: as intended" in result.stderr


def test_what_is_cancelled_by_the_end_of_the_loop_ends_nothing() -> None:
    result = run_script("pending", None)
    assert (result.returncode, result.stdout) == (0, "survived\n")
    assert "Traceback" not in result.stderr


def test_raise_ends_the_app_and_raises_from_run(world: World) -> None:
    class Bad(AsyncExtension):
        async def on_data(self, async_ten_env: AsyncTenEnv, data: Data) -> None:
            raise LookupError("as intended")

    async def begin(env: AsyncTenEnvTester) -> None:
        await env.send_data(Data.create("d"))
        await env.send_cmd(Cmd.create("never answered"))

    with pytest.raises(LookupError, match="as intended"):
        AsyncProbe(begin).probe(world.addon(Bad))


def test_raise_holds_for_synchronous_extensions_too(world: World) -> None:
    class Bad(Extension):
        def on_init(self, ten_env: TenEnv) -> None:
            raise LookupError("as intended")

    async def begin(env: AsyncTenEnvTester) -> None:
        await env.send_cmd(Cmd.create("never answered"))

    with pytest.raises(LookupError, match="as intended"):
        AsyncProbe(begin).probe(world.addon(Bad))


def test_log_goes_on(world: World) -> None:
    class Bad(AsyncExtension):
        async def on_start(self, async_ten_env: AsyncTenEnv) -> None:
            raise LookupError("as intended")

        async def on_cmd(self, async_ten_env: AsyncTenEnv, cmd: Cmd) -> None:
            await async_ten_env.return_result(CmdResult.create(StatusCode.OK, cmd))
            raise LookupError("as intended")

    async def begin(env: AsyncTenEnvTester) -> None:
        for _ in range(2):
            result, _ = await env.send_cmd(Cmd.create("hello"))
            assert result is not None
            assert result.get_status_code() is StatusCode.OK

    set_policy(Policy.LOG)
    try:
        assert AsyncProbe(begin).probe(world.addon(Bad)) is None
    finally:
        set_policy(None)
