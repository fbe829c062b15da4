"""Apps, side by side and on their own (A11)."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from ten_runtime import (
    Addon,
    App,
    AsyncExtension,
    AsyncTenEnv,
    AsyncTenEnvTester,
    Cmd,
    Extension,
    TenEnv,
    _AddonManager,
    register_addon_as_extension,
)
from ten_world import AsyncProbe, Journal, JsonApp, World, ended, node, wait_for


class Own(App):
    """Writes down its callbacks."""

    def __init__(self, journal: Journal) -> None:
        super().__init__()
        self.journal = journal

    def on_configure(self, ten_env: TenEnv) -> None:
        self.journal.write("configure")
        ten_env.init_property_from_json('{"ten": {}}')
        ten_env.on_configure_done()

    def on_init(self, ten_env: TenEnv) -> None:
        self.journal.write("init")
        threading.Thread(target=ten_env.on_init_done).start()

    def on_deinit(self, ten_env: TenEnv) -> None:
        self.journal.write("deinit")
        ten_env.on_deinit_done()


def test_run_blocks_until_close_and_calls_back_in_order() -> None:
    journal = Journal()
    app = Own(journal)
    thread = threading.Thread(target=app.run, args=(False,))
    thread.start()
    assert journal.take(2) == ["configure", "init"]
    app.close()
    thread.join(10)
    assert not thread.is_alive()
    assert journal.rest() == ["deinit"]


def test_an_app_may_be_closed_before_it_runs() -> None:
    journal = Journal()
    app = Own(journal)
    app.close()
    app.close()
    app.run(True)
    app.wait_internal()
    assert journal.rest() == ["configure", "init", "deinit"]


def test_an_app_without_graphs_stays(world: World) -> None:
    app = world.start_with({})
    seen = threading.Event()
    app._life.home.post(seen.set)
    wait_for(seen)
    assert app._life.is_closing is False


def test_two_apps_and_a_tester_run_in_one_process(world: World) -> None:
    journal = Journal()

    class Here(AsyncExtension):
        async def on_start(self, async_ten_env: AsyncTenEnv) -> None:
            journal.write(self.name)

    class Sync(Extension):
        def on_start(self, ten_env: TenEnv) -> None:
            journal.write("sync")
            ten_env.on_start_done()

    addon = world.addon(Here)
    first = world.start([node("first", addon), node("s", world.addon(Sync))])
    world.start([node("second", addon)])
    assert sorted(journal.take(3)) == ["first", "second", "sync"]

    async def begin(env: AsyncTenEnvTester) -> None:
        pass

    assert AsyncProbe(begin).probe(addon) is None
    first.close()
    assert ended(first)
    world.start([node("third", addon)])
    while journal.next() != "third":
        pass  # the tested one may have started too


def test_the_last_registration_before_the_first_use_wins(world: World) -> None:
    journal = Journal()

    class Quiet(AsyncExtension):
        pass

    def register(label: str) -> None:
        @register_addon_as_extension("app_twice")
        class _Addon(Addon):
            def on_create_instance(self, ten_env: TenEnv, name: str, context: object) -> None:
                journal.write(label)
                ten_env.on_create_instance_done(Quiet(name), context)

    register("first")
    register("second")
    world.start([node("a", "app_twice")])
    assert journal.next() == "second"
    register("third")
    world.start([node("a", "app_twice")])
    assert journal.next() == "second"


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda env, context: env.on_create_instance_done(5, context), "which is no extension"),
        (lambda env, context: 1 / 0, "failed to make it: ZeroDivisionError"),
    ],
)
def test_an_addon_that_makes_no_extension_is_named(
    world: World, make: Callable[[TenEnv, object], object], problem: str
) -> None:
    name = f"app_bad_{len(problem)}"

    @register_addon_as_extension(name)
    class _Addon(Addon):
        def on_create_instance(self, ten_env: TenEnv, name: str, context: object) -> None:
            make(ten_env, context)

    async def begin(env: AsyncTenEnvTester) -> None:
        await env.send_cmd(Cmd.create("hello"))

    error = AsyncProbe(begin).probe(name)
    assert error is not None
    assert f"node '{name}'" in error.error_message()
    assert problem in error.error_message()


def test_an_app_that_waits_says_for_whom(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("ten_runtime._engine.host.COMPLAINT_S", 0.001)
    said, started = threading.Event(), threading.Event()

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if "still waits for 'slow' in stop" in record.getMessage():
                said.set()

    class Slow(AsyncExtension):
        async def on_start(self, async_ten_env: AsyncTenEnv) -> None:
            started.set()

        async def on_stop(self, async_ten_env: AsyncTenEnv) -> None:
            await asyncio.to_thread(said.wait)

    handler = Handler()
    logging.getLogger("ten.app").addHandler(handler)
    try:
        app = world.start([node("slow", world.addon(Slow))])
        wait_for(started)
        app.close()
        assert ended(app)
    finally:
        logging.getLogger("ten.app").removeHandler(handler)


def test_ctrl_c_closes_an_app_in_the_main_thread(world: World) -> None:
    journal = Journal()

    class Interrupting(AsyncExtension):
        async def on_start(self, async_ten_env: AsyncTenEnv) -> None:
            main = threading.main_thread().ident
            assert main is not None
            signal.pthread_kill(main, signal.SIGINT)

        async def on_deinit(self, async_ten_env: AsyncTenEnv) -> None:
            journal.write("deinit")

    graph = {"nodes": [node("a", world.addon(Interrupting))]}
    settings = {"predefined_graphs": [{"name": "g", "auto_start": True, "graph": graph}]}
    JsonApp(json.dumps({"ten": settings})).run(False)
    assert journal.rest() == ["deinit"]


def test_an_addon_is_made_on_the_app_thread_when_it_is_needed(world: World) -> None:
    made = Journal()

    class Quiet(AsyncExtension):
        pass

    @register_addon_as_extension("app_lazy")
    class _Addon(Addon):
        def __init__(self) -> None:
            made.write(threading.get_ident())

        def on_create_instance(self, ten_env: TenEnv, name: str, context: object) -> None:
            thread = threading.Thread(
                target=ten_env.on_create_instance_done, args=(Quiet(name), context)
            )
            thread.start()

    assert made.rest() == []
    app = world.start([node("a", "app_lazy"), node("b", "app_lazy")])
    assert app._thread is not None
    assert made.next() == app._thread.ident
    app.close()
    assert ended(app)
    assert made.rest() == []


def test_the_second_phase_of_registration_can_be_replaced() -> None:
    calls = Journal()

    @register_addon_as_extension("app_handler")
    class _Addon(Addon):
        pass

    _AddonManager._set_register_handler("app_handler", calls.write)
    _AddonManager._register_addon("app_handler", "context")
    assert calls.rest() == ["context"]


PACKAGE = """
from ten_runtime import Addon, AsyncExtension, register_addon_as_extension
IMPORTS.append(__name__)

class Ext(AsyncExtension):
    async def on_cmd(self, ten_env, cmd):
        from ten_runtime import CmdResult, StatusCode
        from ten_packages.extension.NAME.inner import WHO
        text, _ = await ten_env.get_property_to_json("where")
        result = CmdResult.create(StatusCode.OK, cmd)
        result.set_property_string("who", WHO)
        result.set_property_from_json("where", text)
        await ten_env.return_result(result)

@register_addon_as_extension("NAME")
class ExtAddon(Addon):
    def on_create_instance(self, ten_env, name, context):
        ten_env.on_create_instance_done(Ext(name), context)
"""


def write_package(folder: Path, name: str, init: str = "from . import addon\n") -> Path:
    package = folder / name
    package.mkdir(parents=True)
    (package / "manifest.json").write_text(
        f'{{"type": "extension", "name": "{name}"}}', encoding="utf-8"
    )
    (package / "property.json").write_text(f'{{"where": "{folder.name}"}}', encoding="utf-8")
    (package / "__init__.py").write_text(init, encoding="utf-8")
    text = PACKAGE.replace("NAME", name).replace("IMPORTS", "IMPORTS = []\nIMPORTS")
    (package / "addon.py").write_text(text, encoding="utf-8")
    (package / "inner.py").write_text(f"WHO = {name!r}\n", encoding="utf-8")
    return package


def asked(addon: str) -> tuple[str, str]:
    """Ask an extension who it is and where its properties are from."""
    answers = Journal()

    async def begin(env: AsyncTenEnvTester) -> None:
        result, _ = await env.send_cmd(Cmd.create("who"))
        assert result is not None
        answers.write(
            (result.get_property_string("who")[0], result.get_property_string("where")[0])
        )

    error = AsyncProbe(begin).probe(addon)
    assert error is None, error
    return answers.next()  # type: ignore[no-any-return]


def test_extensions_are_imported_from_ten_packages_of_the_app(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEN_APP_BASE_DIR", str(tmp_path))
    write_package(tmp_path / "ten_packages" / "extension", "found_in_app")
    assert asked("found_in_app") == ("found_in_app", "extension")


@pytest.mark.parametrize("is_listed_itself", [True, False])
@pytest.mark.parametrize("init", ["from . import addon\n", "", "from .addon import ExtAddon\n"])
def test_extensions_are_imported_from_search_paths(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_listed_itself: bool, init: str
) -> None:
    name = f"found_on_path_{is_listed_itself}_{len(init)}".lower()
    package = write_package(tmp_path / "mine", name, init)
    listed = package if is_listed_itself else package.parent
    monkeypatch.setenv("TEN_EXTENSION_PATH", f"/nowhere:{listed}")
    assert asked(name) == (name, "mine")


def test_the_extension_that_is_being_developed_is_found_around_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = write_package(tmp_path, "found_around")
    checkout = package.rename(tmp_path / "a-checkout")
    (checkout / "tests").mkdir()
    monkeypatch.chdir(checkout / "tests")
    assert asked("found_around") == ("found_around", tmp_path.name)


def test_what_is_registered_is_not_imported_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEN_EXTENSION_PATH", str(tmp_path))
    write_package(tmp_path, "found_first", "")

    class Quiet(AsyncExtension):
        pass

    @register_addon_as_extension("found_first")
    class _Addon(Addon):
        def on_create_instance(self, ten_env: TenEnv, name: str, context: object) -> None:
            ten_env.on_create_instance_done(Quiet(name), context)

    async def begin(_env: AsyncTenEnvTester) -> None:
        pass

    assert AsyncProbe(begin).probe("found_first") is None
    assert "ten_packages.extension.found_first" not in sys.modules


def test_an_extension_that_cannot_be_imported_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEN_EXTENSION_PATH", str(tmp_path))
    write_package(tmp_path, "found_broken", "import a_package_that_is_missing\n")

    async def begin(_env: AsyncTenEnvTester) -> None:
        pass

    error = AsyncProbe(begin).probe("found_broken")
    assert error is not None
    assert "No module named 'a_package_that_is_missing'" in error.error_message()
