"""The command that stops a graph."""

from __future__ import annotations

from typing import Self

from ten_runtime._engine.handle import register
from ten_runtime._engine.message import StopGraphCore
from ten_runtime.cmd import Cmd

__all__ = ["StopGraphCmd"]


class StopGraphCmd(Cmd):
    """Stops a graph of an app; send it to ``Loc("")``."""

    _core_class = StopGraphCore
    _core: StopGraphCore | None

    def _live(self) -> StopGraphCore:
        core = self._core
        if core is None:
            raise ValueError("Msg is invalidated.")
        return core

    @classmethod
    def create(cls, name: str = "ten:stop_graph") -> Self:
        """Make the command."""
        cmd = cls.__new__(cls)
        cmd._core = StopGraphCore(name)
        return cmd

    def set_graph_id(self, graph_id: str) -> bool:
        """Name the graph; without an id, the sender's own graph stops."""
        self._live().graph_id = graph_id
        return True


register(StopGraphCore, StopGraphCmd)
