"""Commands."""

from __future__ import annotations

from typing import Self

from ten_runtime._engine.handle import register
from ten_runtime._engine.message import CmdCore
from ten_runtime.msg import Msg

__all__ = ["Cmd"]


class Cmd(Msg):
    """A message that is answered by results."""

    _core_class = CmdCore
    _core: CmdCore | None

    def _live(self) -> CmdCore:
        core = self._core
        if core is None:
            raise ValueError("Msg is invalidated.")
        return core

    @classmethod
    def create(cls, name: str) -> Self:
        """Make a command with a name."""
        cmd = cls.__new__(cls)
        cmd._core = CmdCore(name)
        return cmd

    def clone(self) -> Self:
        """Return an independent copy, which is a command of its own."""
        twin = type(self).__new__(type(self))
        twin._core = self._live().clone()
        return twin


register(CmdCore, Cmd)
