"""Finds addons: what is registered, then ``ten_packages.extension.NAME``, then search paths.

``TEN_EXTENSION_PATH`` lists further folders, separated like ``PATH``: each is an extension's
folder, or holds such folders. Last comes the extension whose folder the process works in.
"""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.util
import logging
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Final

from ten_runtime._engine.fault import AddonError
from ten_runtime._engine.manifest import find_folder, is_package
from ten_runtime.addon_manager import _AddonManager

if TYPE_CHECKING:
    from ten_runtime.addon import Addon

__all__ = ["PATH_VARIABLE", "add_search_path", "app_folder", "find_addon", "use_app_folder"]

PATH_VARIABLE: Final = "TEN_EXTENSION_PATH"
APP_VARIABLE: Final = "TEN_APP_BASE_DIR"
PACKAGE: Final = "ten_packages.extension"

_log = logging.getLogger("ten.runtime")
_lock = threading.RLock()
_search_paths: list[Path] = []
_parents: dict[str, ModuleType] = {}
"""Stand-ins for packages that no folder provides yet."""


def find_addon(name: str) -> tuple[Addon, Path]:
    """Return an addon and its folder, importing its package if need be.

    Raises:
        AddonError: If there is none, or importing or making it fails; says why.
    """
    with _lock:
        problem = None if _AddonManager.knows(name) else _import(name)
        if not _AddonManager.knows(name):
            raise AddonError(
                f"there is no addon '{name}': it is not registered, and "
                f"{problem or f'importing {PACKAGE}.{name} registered nothing of that name'}."
            )
        try:
            return _AddonManager.get(name)
        except Exception as exc:
            raise AddonError(f"addon '{name}' cannot be made: {exc!r}.") from exc


def add_search_path(folder: Path) -> None:
    """Look for extensions in a folder too, before those of ``TEN_EXTENSION_PATH``."""
    folder = folder.resolve()
    with _lock:
        if folder not in _search_paths:
            _search_paths.append(folder)


def app_folder() -> Path | None:
    """Return the folder of the app that this process runs in, or None."""
    named = os.environ.get(APP_VARIABLE)
    return Path(named).resolve() if named else find_folder(Path.cwd(), "", "app")


def use_app_folder(folder: Path | None) -> None:
    """Make an app's ``ten_packages`` importable."""
    if folder is not None and str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
        for name, module in _parents.items():
            module.__path__.append(str(folder.joinpath(*name.split("."))))


def _import(name: str) -> str | None:
    """Import an addon's package; return why that failed, or None."""
    module = f"{PACKAGE}.{name}"
    if not name.isidentifier():
        return f"'{name}' cannot be the name of a Python package"
    importlib.invalidate_caches()  # the folder may be younger than the last look at it
    try:
        importlib.import_module(module)
    except ModuleNotFoundError as exc:
        if exc.name is None or not f"{module}.".startswith(f"{exc.name}."):
            return _broken(module, exc)  # something that the extension imports is missing
    except Exception as exc:  # noqa: BLE001 - an extension may raise anything while imported
        return _broken(module, exc)
    else:
        return _import_addon_module(module, name)
    for folder in _candidates(name):
        try:
            _load_folder(module, name, folder)
        except Exception as exc:  # noqa: BLE001 - an extension may raise anything while imported
            return _broken(str(folder), exc)
        return _import_addon_module(module, name)
    return f"there is no {PACKAGE}.{name} on sys.path nor a folder {name} on {PATH_VARIABLE}"


def _broken(what: str, exc: Exception) -> str:
    _log.error("importing %s failed", what, exc_info=exc)
    return f"importing {what} failed: {type(exc).__name__}: {exc}"


def _import_addon_module(module: str, name: str) -> str | None:
    """Import ``addon`` of a package whose ``__init__`` leaves that to others."""
    if not _AddonManager.knows(name) and importlib.util.find_spec(f"{module}.addon") is not None:
        try:
            importlib.import_module(f"{module}.addon")
        except Exception as exc:  # noqa: BLE001 - an extension may raise anything while imported
            return _broken(f"{module}.addon", exc)
    return None


def _candidates(name: str) -> Iterator[Path]:
    listed = os.environ.get(PATH_VARIABLE, "").split(os.pathsep)
    for folder in (*_search_paths, *(Path(entry).resolve() for entry in listed if entry)):
        if (folder.name == name and folder.is_dir()) or is_package(folder, name):
            yield folder
        elif (folder / name).is_dir():
            yield folder / name
    around = find_folder(Path.cwd(), name)  # the extension that is being developed
    if around is not None:
        yield around


def _load_folder(module: str, name: str, folder: Path) -> None:
    """Import a folder as if it lay in ``ten_packages/extension``."""
    _import_parents()
    entry = folder / "__init__.py"
    spec = importlib.util.spec_from_file_location(
        module, entry if entry.is_file() else None, submodule_search_locations=[str(folder)]
    )
    if spec is None and not entry.is_file():
        spec = importlib.machinery.ModuleSpec(module, None, is_package=True)
        spec.submodule_search_locations = [str(folder)]
    assert spec is not None
    loaded = importlib.util.module_from_spec(spec)
    sys.modules[module] = loaded
    try:
        if spec.loader is not None:
            spec.loader.exec_module(loaded)
    except BaseException:
        del sys.modules[module]
        raise
    setattr(sys.modules[PACKAGE], name, loaded)


def _import_parents() -> None:
    """Make ``ten_packages.extension`` importable even if no folder of that name is."""
    for name in ("ten_packages", PACKAGE):
        try:
            importlib.import_module(name)
        except ModuleNotFoundError:
            parent = ModuleType(name)
            parent.__path__ = []
            parent.__spec__ = importlib.machinery.ModuleSpec(name, None, is_package=True)
            sys.modules[name] = _parents[name] = parent
