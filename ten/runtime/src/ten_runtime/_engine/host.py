"""The app under the apps: one thread, its graphs, and the end of both."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ten_runtime._engine.call import Hop, error_result
from ten_runtime._engine.fault import AppError, GraphError
from ten_runtime._engine.grammar import read_graph
from ten_runtime._engine.graph import GraphSpec
from ten_runtime._engine.home import QueueHome
from ten_runtime._engine.message import (
    Address,
    CmdCore,
    Core,
    StartGraphCore,
    StopGraphCore,
)
from ten_runtime._engine.place import JsonSource, Place
from ten_runtime._engine.running import RunningGraph, Started, TesterFactory
from ten_runtime._engine.store import Store

__all__ = ["LOCALHOST", "AppCore", "Predefined"]

LOCALHOST = "localhost"
"""URI of an app that has none."""

CLOSE_APP = "ten:close_app"

COMPLAINT_S = 10.0
"""How long an app closes before it names the extensions that it waits for, again and again."""


@dataclass(frozen=True, slots=True)
class Predefined:
    """One of ``predefined_graphs``; read when it is started."""

    name: str
    auto_start: bool
    singleton: bool
    document: object
    place: Place

    def read(self) -> GraphSpec:
        """Return the graph.

        Raises:
            GraphError: If it is not one.
        """
        return read_graph(self.document, self.place)


class AppCore:
    """An app without callbacks. Methods belong to its thread unless they say otherwise.

    Args:
        folder: Where the app's files are, or None.

    Attributes:
        home: The app's thread, which is whoever calls ``home.run()``.
        uri: Its name for ``Loc``.
        failure: Why it ended, if not because it was asked to.
        predefined: Graphs by name.
        is_long_running: Stay when the last graph has ended.
    """

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self.home = QueueHome("ten-app")
        self.log = logging.getLogger("ten.app")
        self.uri = LOCALHOST
        self.store = Store()
        self.failure: BaseException | None = None
        self.predefined: dict[str, Predefined] = {}
        self.is_long_running = False
        self.is_closing = False
        self._graphs: dict[str, RunningGraph] = {}
        self._emptied: Callable[[], None] = self.home.stop

    def when_empty(self, call: Callable[[], None]) -> None:
        """Say what happens when the app closes and its last graph has ended."""
        self._emptied = call

    def live(self) -> bool:
        """Run in the caller's thread until the app has ended.

        The first Ctrl-C closes the app, a second one gives up on it.

        Returns:
            Whether there was one.
        """
        interrupted = False
        while True:
            try:
                self.home.run()
            except KeyboardInterrupt:
                if interrupted:
                    raise
                interrupted = True
                self.close()
            else:
                return interrupted

    def close(self) -> None:
        """Ask the app to close, from any thread."""
        self.home.post(self._close)

    def fail(self, error: BaseException) -> None:
        """Close because something went wrong; the first failure is kept."""
        if self.failure is None:
            self.failure = error
        self._close()

    def start_graph(
        self,
        spec: GraphSpec,
        *,
        name: str | None,
        sync_stop: bool = False,
        started: Started,
        tester: TesterFactory | None = None,
    ) -> RunningGraph:
        """Start a graph; ``started`` is told how that went."""
        graph = RunningGraph(
            self, spec, name=name, sync_stop=sync_stop, started=started, tester=tester
        )
        self._graphs[graph.graph_id] = graph
        graph.start()
        return graph

    def start_predefined(self, graph: Predefined, started: Started) -> None:
        """Start one of the predefined graphs.

        Raises:
            GraphError: If it is not a graph, or runs already and may only once.
        """
        if graph.singleton and self._running(graph.name) is not None:
            raise GraphError(
                f"{graph.place}: graph '{graph.name}' is a singleton and runs already."
            )
        self.start_graph(graph.read(), name=graph.name, started=started)

    def graph_ended(self, graph: RunningGraph) -> None:
        """Take note that a graph is over."""
        self._graphs.pop(graph.graph_id, None)
        if self._graphs:
            return
        if self.is_closing:
            self._emptied()
        elif not self.is_long_running:
            self._close()

    def abandon(self) -> None:
        """Give up on graphs that do not end."""
        for graph in list(self._graphs.values()):
            graph.abandon()

    def is_called(self, uri: str | None) -> bool:
        """Return whether a URI means this app. From any thread."""
        return uri in ("", self.uri, LOCALHOST)

    def graph_at(self, address: Address, sender: RunningGraph) -> RunningGraph | None:
        """Return the graph that an explicit destination is in. From any thread."""
        uri, graph_id, _ = address
        if not self.is_called(uri) or graph_id is None:
            return None
        if graph_id == "":
            return sender
        found = self._graphs.get(graph_id)
        return found if found is not None else self._running(graph_id)

    def receive(self, core: Core, sender: RunningGraph) -> None:
        """Take a message that is for the app itself."""
        if not isinstance(core, CmdCore) or core.hop is None:
            self.log.warning("dropped %s '%s': an app takes only commands", core.kind, core.name)
        elif isinstance(core, StartGraphCore):
            self._start_for(core, core.hop)
        elif isinstance(core, StopGraphCore):
            self._stop_for(core, core.hop, sender)
        elif core.name == CLOSE_APP:
            _answer(core.hop)
            self._close()
        else:
            core.hop.answer(error_result(core.hop, f"An app does not know the cmd '{core.name}'."))

    def _running(self, name: str) -> RunningGraph | None:
        predefined = self.predefined.get(name)
        if predefined is None or not predefined.singleton:
            return None
        return next((graph for graph in list(self._graphs.values()) if graph.name == name), None)

    def _start_for(self, core: StartGraphCore, hop: Hop) -> None:
        def started(graph: RunningGraph, error: BaseException | None) -> None:
            if error is None:
                _answer(hop, graph_id=graph.graph_id)
            else:
                hop.answer(error_result(hop, str(error)))

        try:
            if self.is_closing:
                raise AppError("The app is closing.")
            if core.predefined is not None:
                predefined = self.predefined.get(core.predefined)
                if predefined is None:
                    raise GraphError(f"there is no predefined graph '{core.predefined}'.")
                self.start_predefined(predefined, started)
                return
            source = JsonSource("the graph of start_graph", core.graph_json or "{}", self.folder)
            self.start_graph(
                read_graph(source.load(GraphError), Place(source)),
                name=None,
                sync_stop=core.sync_stop_before_deinit,
                started=started,
            )
        except (GraphError, AppError) as exc:
            hop.answer(error_result(hop, str(exc)))

    def _stop_for(self, core: StopGraphCore, hop: Hop, sender: RunningGraph) -> None:
        graph = sender
        if core.graph_id:
            found = self._graphs.get(core.graph_id) or self._running(core.graph_id)
            if found is None:
                hop.answer(error_result(hop, f"There is no graph with the id '{core.graph_id}'."))
                return
            graph = found
        _answer(hop)
        graph.close()

    def _close(self) -> None:
        if self.is_closing:
            return
        self.is_closing = True
        if not self._graphs:
            self._emptied()
        for graph in list(self._graphs.values()):
            graph.close()
        if self._graphs:
            self.home.later(COMPLAINT_S, self._complain)

    def _complain(self) -> None:
        """Say which extensions keep the app from closing."""
        unfinished = [node for graph in self._graphs.values() for node in graph.unfinished()]
        if unfinished:
            self.log.warning("still waits for %s", ", ".join(unfinished))
            self.home.later(COMPLAINT_S, self._complain)


def _answer(hop: Hop, **properties: str) -> None:
    """Answer OK."""
    result = error_result(hop, "")
    result.status = 0
    result.props = dict(properties)
    hop.answer(result)
