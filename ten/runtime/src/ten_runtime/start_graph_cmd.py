"""The command that starts a graph."""

from __future__ import annotations

from typing import Self

from ten_runtime._engine.handle import register
from ten_runtime._engine.message import StartGraphCore
from ten_runtime.cmd import Cmd

__all__ = ["StartGraphCmd"]


class StartGraphCmd(Cmd):
    """Starts a graph of an app; send it to ``Loc("")``.

    The OK result carries the property ``graph_id``.
    """

    _core_class = StartGraphCore
    _core: StartGraphCore | None

    def _live(self) -> StartGraphCore:
        core = self._core
        if core is None:
            raise ValueError("Msg is invalidated.")
        return core

    @classmethod
    def create(cls, name: str = "ten:start_graph") -> Self:
        """Make the command."""
        cmd = cls.__new__(cls)
        cmd._core = StartGraphCore(name)
        return cmd

    def set_predefined_graph_name(self, predefined_graph_name: str) -> bool:
        """Start a graph of the app's ``predefined_graphs``."""
        self._live().predefined = predefined_graph_name
        return True

    def set_graph_from_json(self, json_str: str) -> bool:
        """Start a graph given as JSON text, ``{"nodes": …, "connections": …}``."""
        self._live().graph_json = json_str
        return True

    def set_sync_stop_before_deinit(self, sync_stop_before_deinit: bool) -> bool:
        """Let no extension of the graph de-initialise before all of them have stopped."""
        self._live().sync_stop_before_deinit = bool(sync_stop_before_deinit)
        return True


register(StartGraphCore, StartGraphCmd)
