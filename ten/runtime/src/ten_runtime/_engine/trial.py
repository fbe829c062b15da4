"""One run of a tester: a private app, a graph, and the tester as a node in it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from ten_runtime._engine.discovery import app_folder, use_app_folder
from ten_runtime._engine.fault import EngineError, GraphError, timed_out
from ten_runtime._engine.grammar import read_graph
from ten_runtime._engine.graph import TESTER_NAME, GraphSpec, NodeSpec
from ten_runtime._engine.home import LoopHome, QueueHome
from ten_runtime._engine.host import AppCore
from ten_runtime._engine.node import Driver, Node
from ten_runtime._engine.place import JsonSource, Place
from ten_runtime._engine.running import RunningGraph
from ten_runtime.error import TenError, TenErrorCode

__all__ = ["DEFAULT_TIMEOUT_US", "Trial", "single_graph", "test_graph"]

DEFAULT_TIMEOUT_US = 180_000_000
GRACE_S = 5.0
"""After the time limit, how long extensions may take to stop before they are abandoned."""

DriverFactory = Callable[[Node, "Trial"], Driver]


class Trial:
    """Runs a graph with a tester in it, in the caller's thread.

    Args:
        spec: The graph; the tester's node is added to it.
        is_single: Everything goes between the tester and the one extension, by any name.
        home: Where the tester's callbacks run.
        driver: Makes the driver of the tester's node.
        timeout_us: The test's time limit.
    """

    def __init__(
        self,
        spec: GraphSpec,
        *,
        is_single: bool,
        home: QueueHome | LoopHome,
        driver: DriverFactory,
        timeout_us: int,
    ) -> None:
        self._spec = spec
        self._is_single = is_single
        self._home = home
        self._driver = driver
        self._timeout_s = timeout_us / 1e6
        self._app = AppCore(app_folder())
        self._lock = threading.Lock()
        self._is_stopped = False
        self._error: TenError | None = None

    def run(self) -> TenError | None:
        """Run until the test is stopped; return the error of whoever stopped it first.

        Raises:
            Exception: What escaped from a callback, under the policy "raise".
        """
        use_app_folder(self._app.folder)
        self._app.home.post(self._start)
        self._app.home.later(self._timeout_s, self._time_out)
        try:
            interrupted = self._app.live()
        finally:
            self._home.stop()
            self._home.join(GRACE_S)
        if interrupted:
            raise KeyboardInterrupt
        failure = self._app.failure
        if failure is not None and not isinstance(failure, EngineError):
            raise failure
        return self._error

    def stop(self, error: TenError | None) -> None:
        """End the test, from any thread; the first one decides its outcome."""
        with self._lock:
            if self._is_stopped:
                return
            self._is_stopped = True
            self._error = error
        self._app.close()

    def _start(self) -> None:
        if self._is_stopped:
            return
        self._app.start_graph(
            self._spec, name=None, started=self._started, tester=self._tester_node
        )

    def _tester_node(self, graph: RunningGraph) -> Node:
        node = graph.new_node(TESTER_NAME, self._home)
        node.is_tester = True
        node.takes_all = self._is_single
        node.driver = self._driver(node, self)
        return node

    def _started(self, graph: RunningGraph, error: BaseException | None) -> None:
        if error is not None:
            self._app.log.error("%s", error)
            code = TenErrorCode.ErrorCodeGeneric
            if isinstance(error, GraphError):
                code = TenErrorCode.ErrorCodeInvalidGraph
            self.stop(None)
            with self._lock:  # a test cannot pass whose target never lived, whoever stopped it
                self._error = self._error or TenError.create(code, str(error))

    def _time_out(self) -> None:
        self.stop(timed_out())
        self._app.home.later(GRACE_S, self._abandon)

    def _abandon(self) -> None:
        with self._lock:
            self._error = self._error or timed_out()
        self._app.abandon()


def single_graph(addon: str, properties: dict[str, Any]) -> GraphSpec:
    """Return the graph of one extension, named like its addon."""
    place = Place(JsonSource("the tested extension", ""))
    return GraphSpec({addon: NodeSpec(addon, addon, addon, None, properties, place)}, {})


def test_graph(graph_json: str) -> GraphSpec:
    """Read a graph in which the tester is the node ``ten:test_extension``.

    Raises:
        ValueError: If it is not a graph.
    """
    source = JsonSource("the graph of set_test_mode_graph", graph_json, app_folder())
    try:
        spec = read_graph(source.load(GraphError), Place(source))
    except GraphError as exc:
        raise ValueError(str(exc)) from None
    spec.nodes.pop(TESTER_NAME, None)
    return spec
