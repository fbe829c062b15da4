"""Which extension is guarded: by name and configuration. See README.md."""

import importlib
import json
import logging
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

_HERE = Path(__file__).resolve().parent
# The guarder itself, as a package.
if str(_HERE.parent) not in sys.path:
    sys.path.insert(0, str(_HERE.parent))

from guarder.backend import AvatarBackend  # noqa: E402 - needs the path above
from guarder.stage import RATE_HZ, Received, Story, perform  # noqa: E402

_DEFAULT_ADDON = "spatius_avatar_python"
_DEFAULT_BACKEND = "guarder.motion_server:MotionServer"
SECRET = "k7Qz5f1cXw92RmTb"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Say what can be chosen."""
    group = parser.getgroup("avatar guarder")
    group.addoption("--avatar-addon", help=f"addon to guard (default {_DEFAULT_ADDON})")
    group.addoption("--avatar-config", help="JSON file with its properties")
    group.addoption("--avatar-path", help="directory that holds its package")
    group.addoption("--avatar-backend", help=f"module:class (default {_DEFAULT_BACKEND})")


@dataclass
class Guarded:
    """The extension under test, and the service it talks to."""

    addon: str
    template: dict[str, Any]
    backend: AvatarBackend
    dump_path: Path
    rate_hz: int
    secret: str = SECRET

    def perform(self, story: Story, **changes: object) -> Received:
        """Play one story with a fresh instance of the extension.

        Args:
            story: A coroutine function that takes the stage.
            **changes: Properties that differ, for this story.
        """
        values = {
            **self.backend.placeholders(),
            "dump_path": str(self.dump_path),
            "secret": self.secret,
        }
        properties = _filled({**self.template, **changes}, values)
        return perform(self.addon, properties, self.backend, story, rate_hz=self.rate_hz)


@pytest.fixture
def guarded(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Guarded]:
    """The extension that the command line names."""
    choose = _chooser(request.config)
    addon = choose("addon", _DEFAULT_ADDON)
    config = Path(choose("config", str(_HERE / "config" / f"{addon}.json")))
    path = choose("path", str(_HERE.parent / "ten_packages" / "extension"))
    if path not in sys.path:
        sys.path.insert(0, path)
    importlib.import_module(addon)
    module, _, name = choose("backend", _DEFAULT_BACKEND).partition(":")
    template = json.loads(config.read_text(encoding="utf-8"))
    rate_hz = int(template.pop("guarder_sample_rate", RATE_HZ))
    # The embedded runtime then fails the test where TEN's own would end the process.
    monkeypatch.setenv("TEN_UNCAUGHT_EXCEPTION", "raise")
    # Lines that nobody reads would fill pytest's own memory.
    monkeypatch.setattr(logging.getLogger("ten"), "level", logging.INFO)
    with getattr(importlib.import_module(module), name)() as backend:
        yield Guarded(addon, template, backend, tmp_path / "dump", rate_hz)


def _chooser(config: pytest.Config) -> Callable[[str, str], str]:
    def choose(name: str, default: str) -> str:
        option = config.getoption(f"--avatar-{name}", default=None)
        return str(option or os.environ.get(f"AVATAR_{name.upper()}") or default)

    return choose


def _filled(template: dict[str, object], values: dict[str, str]) -> dict[str, Any]:
    text = json.dumps(template)
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", json.dumps(value)[1:-1])
    filled: dict[str, Any] = json.loads(text)
    return filled
