"""What an environment belongs to: an extension, an app, an addon or a tester."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Protocol

from ten_runtime._engine.fault import generic
from ten_runtime._engine.store import Store

if TYPE_CHECKING:
    from ten_runtime._engine.node import Stage
    from ten_runtime.error import TenError

__all__ = ["AddonTarget", "Loggable", "Target"]


class Loggable(Protocol):
    """Something with a log that can be closed."""

    @property
    def log(self) -> logging.Logger: ...
    @property
    def is_closed(self) -> bool: ...


class Target(Loggable, Protocol):
    """Something with properties and stages."""

    @property
    def store(self) -> Store: ...
    def set_initial(self, json_str: str) -> TenError | None: ...
    def stage_done(self, stage: Stage) -> None: ...


class AddonTarget:
    """What an addon's environment belongs to: it has a log, and no properties or stages."""

    is_closed = False

    def __init__(self, name: str) -> None:
        self.log = logging.getLogger(f"ten.addon.{name}")
        self.store = Store()

    def set_initial(self, _json_str: str) -> TenError | None:
        """Refuse: addons have no properties."""
        return generic("An addon has no properties.")

    def stage_done(self, _stage: Stage) -> None:
        """Ignore: addons have no stages."""
