"""Running app folders."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
import ten_runtime
from ten_runtime import AsyncExtension, AsyncTenEnv, Cmd, Loc
from ten_runtime.__main__ import main
from ten_runtime.embedded import AppError, AppRun, _FirstSignal, run_app_dir
from ten_world import Journal, World, node, wait_for


def write_app(folder: Path, *graphs: dict[str, object]) -> Path:
    """Write an app's files; return its folder."""
    folder.mkdir(exist_ok=True)
    (folder / "manifest.json").write_text('{"type": "app", "name": "x"}', encoding="utf-8")
    text = json.dumps({"ten": {"predefined_graphs": graphs}})
    (folder / "property.json").write_text(text, encoding="utf-8")
    return folder


def graph(name: str, addon: str, *, auto_start: bool) -> dict[str, object]:
    return {
        "name": name,
        "auto_start": auto_start,
        "graph": {"nodes": [node(f"in_{name}", addon)]},
    }


def noting(world: World, journal: Journal) -> str:
    class Noting(AsyncExtension):
        async def on_start(self, async_ten_env: AsyncTenEnv) -> None:
            journal.write(f"{self.name} started")

        async def on_deinit(self, async_ten_env: AsyncTenEnv) -> None:
            journal.write(f"{self.name} ended")

    return world.addon(Noting)


def test_an_app_runs_in_the_background_until_it_is_closed(world: World, tmp_path: Path) -> None:
    journal = Journal()
    addon = noting(world, journal)
    app = write_app(
        tmp_path, graph("yes", addon, auto_start=True), graph("no", addon, auto_start=False)
    )
    with AppRun(app) as run:
        assert run.wait_ready(10)
        assert journal.next() == "in_yes started"
        assert run.wait(0.001) is False
    assert run.is_running is False
    assert journal.rest() == ["in_yes ended"]
    assert run.wait()


def test_a_named_graph_runs_instead(world: World, tmp_path: Path) -> None:
    journal = Journal()
    addon = noting(world, journal)
    app = write_app(
        tmp_path, graph("yes", addon, auto_start=True), graph("no", addon, auto_start=False)
    )
    with AppRun(app, graph="no"):
        assert journal.next() == "in_no started"
    assert journal.rest() == ["in_no ended"]


def test_what_is_no_app_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(AppError, match="there is no such folder"):
        run_app_dir(tmp_path / "nowhere")
    with pytest.raises(AppError, match=r"has no property\.json"):
        run_app_dir(tmp_path)


def test_an_unknown_graph_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    app = write_app(tmp_path, graph("a", "x", auto_start=False), graph("b", "x", auto_start=False))
    with pytest.raises(AppError, match="there is no predefined graph 'c'; there is 'a', 'b'"):
        run_app_dir(app, graph="c")
    with pytest.raises(AppError, match=r"choose one to start\. There is 'a', 'b'"):
        run_app_dir(app)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{\n"ten": {,}\n}', r"property\.json:2: not JSON"),
        ("[]", "must hold a JSON object"),
        ('{"ten": []}', r"property\.json:1 \(ten\): must be an object"),
        ('{"ten": {"predefined_graphs": {}}}', "must be an array"),
        ('{"ten": {"predefined_graphs": [{}]}}', "a predefined graph needs a name"),
        (
            '{"ten": {"predefined_graphs": [{"name": "a"},\n{"name": "a"}]}}',
            r"property\.json:2 .*two predefined graphs named 'a'",
        ),
        ('{"key": "${env:TEN_TEST_NO}"}', "TEN_TEST_NO is not set"),
    ],
)
def test_a_broken_property_file_is_named_with_its_line(
    tmp_path: Path, text: str, problem: str
) -> None:
    (tmp_path / "property.json").write_text(text, encoding="utf-8")
    with pytest.raises(ten_runtime.embedded.EngineError, match=problem):
        run_app_dir(tmp_path)


def test_the_command_explains_mistakes_without_a_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path / "nowhere")]) == 1
    assert capsys.readouterr().err.endswith("nowhere: there is no such folder.\n")
    with pytest.raises(SystemExit) as caught:
        main(["--help"])
    assert caught.value.code == 0
    assert "TEN_EXTENSION_PATH" in capsys.readouterr().out


@pytest.mark.parametrize("n_signals", [1, 2])
def test_ctrl_c_stops_a_running_app_and_a_second_one_ends_it(
    tmp_path: Path, n_signals: int
) -> None:
    package = tmp_path / "app" / "ten_packages" / "extension" / "hello_python"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(
        """
import asyncio, sys
from ten_runtime import *

class Hello(AsyncExtension):
    async def on_start(self, ten_env):
        print("started", flush=True)

    async def on_stop(self, ten_env):
        print("stopping", flush=True)
        if await ten_env.get_property_bool("hold") == (True, None):
            await asyncio.Event().wait()

@register_addon_as_extension("hello_python")
class HelloAddon(Addon):
    def on_create_instance(self, ten_env, name, context):
        ten_env.on_create_instance_done(Hello(name), context)
""",
        encoding="utf-8",
    )
    nodes = [node("hello", "hello_python", hold=n_signals == 2)]
    app = write_app(tmp_path / "app", {"name": "g", "auto_start": True, "graph": {"nodes": nodes}})
    environ = {**os.environ, "PYTHONPATH": str(Path(ten_runtime.__file__).parents[1])}
    with subprocess.Popen(
        [sys.executable, "-m", "ten_runtime", str(app)],
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        for line in ["started\n", "stopping\n"][:n_signals]:
            assert process.stdout.readline() == line
            process.send_signal(signal.SIGINT)
        assert process.wait(20) == (0 if n_signals == 1 else 130)
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()


def test_a_signal_that_comes_before_the_app_is_not_lost() -> None:
    with closing(_FirstSignal()) as first:
        calls: list[str] = []
        first.receive()
        first.calls(lambda: calls.append("closed"))
        assert calls == ["closed"]


def test_an_app_may_run_outside_the_main_thread(world: World, tmp_path: Path) -> None:
    class Leaving(AsyncExtension):
        async def on_start(self, async_ten_env: AsyncTenEnv) -> None:
            cmd = Cmd.create("ten:close_app")
            cmd.set_dests([Loc("")])
            await async_ten_env.send_cmd(cmd)

    app = write_app(tmp_path, graph("g", world.addon(Leaving), auto_start=True))
    over = threading.Event()

    def run() -> None:
        run_app_dir(app)
        over.set()

    threading.Thread(target=run).start()
    wait_for(over)
