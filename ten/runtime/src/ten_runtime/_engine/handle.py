"""Public message objects and the cores that they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ten_runtime._engine.message import Core

if TYPE_CHECKING:
    from ten_runtime.msg import Msg

__all__ = ["register", "wrap"]

_classes: Final[dict[type[Core], type[Msg]]] = {}


def register(core: type[Core], public: type[Msg]) -> None:
    """Say which public class a receiver gets for a core."""
    _classes[core] = public


def wrap(core: Core) -> Msg:
    """Return a new public object that owns a core."""
    public = _classes[type(core)]
    message = public.__new__(public)
    message._core = core
    return message
