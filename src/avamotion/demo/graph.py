"""The demo's TEN graph, run by the embedded runtime in this process."""

import importlib.util
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Final

from avamotion.errors import ConfigError, DemoError

if TYPE_CHECKING:
    from ten_runtime.embedded import AppRun

__all__ = ["app_folder", "check_installation", "running_graph"]

_START_LIMIT_S: Final = 20.0
_NEEDED: Final = {
    "ten_runtime": "the embedded TEN runtime",
    "hibari": "the voice, hibari-tts",
    "spatius": "the Spatius SDK",
}


def check_installation() -> None:
    """Make sure that everything that the graph needs is installed.

    Raises:
        ConfigError: If something is not; it says what to do.
    """
    missing = [name for module, name in _NEEDED.items() if importlib.util.find_spec(module) is None]
    if missing:
        raise ConfigError(f"the demo needs {' and '.join(missing)}: pip install 'avamotion[demo]'")


def app_folder() -> Path:
    """Return the folder of the demo's TEN app: in the installed package, or in a checkout.

    Raises:
        ConfigError: If it is in neither.
    """
    package = Path(str(resources.files("avamotion")))
    for folder in (package / "apps" / "voice_avatar", *_checkout(package)):
        if (folder / "property.json").is_file():
            return folder
    raise ConfigError("the demo's TEN app is missing; run the demo from a checkout of avamotion")


def _checkout(package: Path) -> Iterator[Path]:
    for parent in package.parents[1:3]:
        yield parent / "ten" / "apps" / "voice_avatar"


@contextmanager
def running_graph(variables: Mapping[str, str]) -> Iterator["AppRun"]:
    """Run the demo's graph in the background until the block ends.

    Args:
        variables: Environment variables that the graph's properties name.

    Raises:
        DemoError: If it does not start.
    """
    from ten_runtime.embedded import AppRun, EngineError, Policy, set_policy

    # A fault in one node ends the graph, which the demo reports, and not the process.
    set_policy(Policy.RAISE)
    with _environment(variables):
        try:
            with AppRun(app_folder()) as app:
                if not app.wait_ready(_START_LIMIT_S):
                    raise DemoError(f"the TEN graph did not start within {_START_LIMIT_S:g} s")
                yield app
        except EngineError as exc:
            raise DemoError(f"the TEN graph cannot run: {exc}") from exc
        finally:
            set_policy(None)


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Set environment variables; placeholders in a graph read nothing else."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
