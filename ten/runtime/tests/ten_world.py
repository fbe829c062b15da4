"""What tests build on: addons with names of their own, and apps that end with the test."""

from __future__ import annotations

import itertools
import json
import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ten_runtime import (
    Addon,
    App,
    AsyncExtension,
    AsyncExtensionTester,
    AsyncTenEnvTester,
    Extension,
    ExtensionTester,
    TenEnv,
    TenEnvTester,
    TenError,
    register_addon_as_extension,
)

__all__ = [
    "PATIENCE_S",
    "AsyncProbe",
    "Journal",
    "JsonApp",
    "Probe",
    "World",
    "ended",
    "node",
    "wait_for",
]

PATIENCE_S = 10.0
"""How long a test waits for what should take milliseconds, before it fails."""

_numbers = itertools.count()


class Journal:
    """What happened, in order; written from any thread, read by the test."""

    def __init__(self) -> None:
        self._entries: queue.Queue[Any] = queue.Queue()

    def write(self, entry: Any) -> None:  # noqa: ANN401 - whatever a test looks for
        """Note something."""
        self._entries.put(entry)

    def next(self) -> Any:  # noqa: ANN401 - whatever a test looks for
        """Return the oldest entry not yet read, waiting for it."""
        return self._entries.get(timeout=PATIENCE_S)

    def take(self, count: int) -> list[Any]:
        """Return the oldest entries, waiting for them."""
        return [self.next() for _ in range(count)]

    def rest(self) -> list[Any]:
        """Return what is left, without waiting."""
        entries = []
        while not self._entries.empty():
            entries.append(self._entries.get())
        return entries


class World:
    """Makes addons and apps."""

    def __init__(self) -> None:
        self._apps: list[App] = []

    def addon(self, make: Callable[[str], Extension | AsyncExtension]) -> str:
        """Register an addon that makes extensions; return its name."""
        addon_name = f"addon_{next(_numbers)}"

        @register_addon_as_extension(addon_name)
        class _Addon(Addon):
            def on_create_instance(self, ten_env: TenEnv, name: str, context: object) -> None:
                ten_env.on_create_instance_done(make(name), context)

        return addon_name

    def start(
        self,
        nodes: Sequence[Mapping[str, object]],
        connections: Sequence[Mapping[str, object]] = (),
        **settings: object,
    ) -> App:
        """Start an app with one graph, in the background."""
        graph = {"nodes": list(nodes), "connections": list(connections)}
        predefined = [{"name": "main", "auto_start": True, "graph": graph}]
        return self.start_with({"predefined_graphs": predefined, **settings})

    def start_with(self, settings: Mapping[str, object], **properties: object) -> App:
        """Start an app with a ``ten`` object and other properties, in the background."""
        app = JsonApp(json.dumps({"ten": settings, **properties}))
        self._apps.append(app)
        app.run(True)
        return app

    def close(self) -> None:
        """Close all apps and wait for them."""
        for app in self._apps:
            app.close()
        for app in self._apps:
            assert ended(app), "an app does not end"


def ended(app: App) -> bool:
    """Wait for an app in the background; return whether it ended."""
    thread = app._thread
    assert thread is not None
    thread.join(PATIENCE_S)
    return not thread.is_alive()


class JsonApp(App):
    """An app whose properties are given as JSON text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def on_configure(self, ten_env: TenEnv) -> None:
        """Set the properties."""
        assert ten_env.init_property_from_json(self.text) is None
        ten_env.on_configure_done()


def node(name: str, addon: str, group: str | None = None, **properties: object) -> dict[str, Any]:
    """Return the JSON of a node."""
    entry: dict[str, Any] = {"type": "extension", "name": name, "addon": addon}
    if group is not None:
        entry["extension_group"] = group
    if properties:
        entry["property"] = properties
    return entry


class Probe(ExtensionTester):
    """A tester that runs one function when it starts."""

    def __init__(self, begin: Callable[[TenEnvTester], object]) -> None:
        super().__init__()
        self.begin = begin

    def on_start(self, ten_env_tester: TenEnvTester) -> None:
        """Run the function."""
        self.begin(ten_env_tester)
        ten_env_tester.on_start_done()


class AsyncProbe(AsyncExtensionTester):
    """A tester that runs one coroutine function when it starts, and stops after it."""

    def __init__(self, begin: Callable[[AsyncTenEnvTester], Any]) -> None:
        super().__init__()
        self.begin = begin

    async def on_start(self, ten_env_tester: AsyncTenEnvTester) -> None:
        """Run the coroutine function, and stop the test."""
        await self.begin(ten_env_tester)
        ten_env_tester.stop_test()

    def probe(self, addon: str, **properties: object) -> TenError | None:
        """Run against one extension."""
        self.set_test_mode_single(addon, json.dumps(properties))
        self.set_timeout(int(PATIENCE_S * 1e6))
        return self.run()


def wait_for(event: threading.Event) -> None:
    """Wait for an event, or fail."""
    assert event.wait(PATIENCE_S), "it did not happen"
