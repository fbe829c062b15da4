"""The process-wide record of addons, shared by all apps and testers."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from ten_runtime._engine.manifest import find_folder
from ten_runtime._engine.path import Json

if TYPE_CHECKING:
    from ten_runtime.addon import Addon

__all__ = ["_AddonManager"]

_log = logging.getLogger("ten.runtime")


@dataclass(slots=True)
class _Record:
    addon_class: type[Addon]
    folder: Path
    instance: Addon | None = None


class _AddonManager:
    """Records addon classes, and instantiates each when an app first needs it."""

    _lock = threading.RLock()
    _records: ClassVar[dict[str, _Record]] = {}
    _handlers: ClassVar[dict[str, Callable[[Any], None]]] = {}

    @classmethod
    def record(cls, name: str, addon_class: type[Addon], folder: Path) -> None:
        """Record a class; the last one before first use wins, later ones are skipped."""
        with cls._lock:
            known = cls._records.get(name)
            if known is not None and known.instance is not None:
                if known.addon_class is not addon_class:
                    _log.warning("addon '%s' is in use already; the newer one is skipped", name)
                return
            base = find_folder(folder, name) or folder
            cls._records[name] = _Record(addon_class, base)
            cls._handlers[name] = lambda _context: cls._instantiate(name)

    @classmethod
    def knows(cls, name: str) -> bool:
        """Return whether an addon is on record."""
        with cls._lock:
            return name in cls._records

    @classmethod
    def get(cls, name: str) -> tuple[Addon, Path]:
        """Return an addon and its folder.

        Raises:
            KeyError: If it is not on record.
        """
        with cls._lock:
            record = cls._records[name]
            if record.instance is None:
                cls._register_addon(name, None)
            assert record.instance is not None
            return record.instance, record.folder

    @classmethod
    def _instantiate(cls, name: str) -> None:
        record = cls._records[name]
        if record.instance is None:
            record.instance = record.addon_class()

    @classmethod
    def _set_register_handler(cls, name: str, handler: Callable[[Any], None]) -> None:
        """Replace what the second phase of registering an addon does."""
        with cls._lock:
            cls._handlers[name] = handler

    @classmethod
    def _register_addon(cls, name: str, register_ctx: Json) -> None:
        """Run the second phase for one addon."""
        with cls._lock:
            handler = cls._handlers.get(name)
            if handler is not None:
                handler(register_ctx)

    @classmethod
    def register_all_addons(cls, register_ctx: Json) -> None:
        """Run the second phase for every addon on record."""
        with cls._lock:
            for name in list(cls._handlers):
                cls._register_addon(name, register_ctx)
