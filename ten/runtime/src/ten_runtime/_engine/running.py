"""A graph that runs: makes its extensions, wires them, and ends when all of them have."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ten_runtime._engine.discovery import find_addon
from ten_runtime._engine.driver import AsyncDriver, SyncDriver
from ten_runtime._engine.fault import AddonError, EngineError, GraphError, PropertyError
from ten_runtime._engine.graph import GraphSpec, NodeSpec
from ten_runtime._engine.home import LoopHome, QueueHome
from ten_runtime._engine.manifest import Package, read_package
from ten_runtime._engine.message import Address, Core
from ten_runtime._engine.node import Node
from ten_runtime._engine.outbox import Route
from ten_runtime._engine.placeholder import resolved
from ten_runtime._engine.settings import apply_settings
from ten_runtime._engine.target import AddonTarget
from ten_runtime._engine.value import merged
from ten_runtime.async_extension import AsyncExtension
from ten_runtime.async_ten_env import AsyncTenEnv
from ten_runtime.extension import Extension
from ten_runtime.global_thread_manager import GlobalThreadManager
from ten_runtime.ten_env import TenEnv
from ten_runtime.ten_env_attach_to_enum import _TenEnvAttachTo

if TYPE_CHECKING:
    from ten_runtime._engine.host import AppCore

__all__ = ["RunningGraph", "Started", "TesterFactory"]

JOIN_PATIENCE_S = 5.0

Started = Callable[["RunningGraph", "BaseException | None"], None]
"""Told once, on the app's thread: all properties are loaded, or why not."""

TesterFactory = Callable[["RunningGraph"], Node]
"""Makes the node of a tester."""


@dataclass(slots=True)
class _Member:
    """One extension while it is made.

    Attributes:
        spec: What the graph says about it.
        package: What its folder says.
        instance: The user's object, once the addon has made it.
    """

    spec: NodeSpec
    package: Package
    instance: Any = None


class _Making:
    """The context of one ``on_create_instance``: takes the instance, from any thread."""

    def __init__(self, graph: RunningGraph, name: str) -> None:
        self._graph = graph
        self._name = name

    def take(self, instance: object) -> None:
        self._graph.app.home.post(self._graph._take_instance, self._name, instance)


class RunningGraph:
    """A graph that runs. Its methods belong to the app's thread unless they say otherwise.

    Attributes:
        graph_id: UUID, unique in the process.
        name: Name of the predefined graph, or None.
        sync_stop: Let no extension de-initialise before all have stopped.
    """

    def __init__(
        self,
        app: AppCore,
        spec: GraphSpec,
        *,
        name: str | None,
        sync_stop: bool,
        started: Started,
        tester: TesterFactory | None,
    ) -> None:
        self.app = app
        self.graph_id = str(uuid.uuid4())
        self.name = name
        self.sync_stop = sync_stop
        self._spec = spec
        self._started: Started | None = started
        self._tester = tester
        self._members: dict[str, _Member] = {}
        self._nodes: dict[str, Node] = {}
        self._loops: list[LoopHome] = []
        self._groups: dict[str | None, QueueHome] = {}
        self._n_to_make = 0
        self._n_to_configure = 0
        self._n_to_stop = 0
        self._n_to_close = 0
        self._is_closing = False
        self._has_ended = False

    # Starting.

    def start(self) -> None:
        """Make all extensions and begin their lives; reports failure like success."""
        try:
            self._make()
        except EngineError as exc:
            self._fail(exc)

    def _make(self) -> None:
        found = []
        for spec in self._spec.nodes.values():
            if not self.app.is_called(spec.app or ""):
                raise GraphError(
                    f"{spec.place}: node '{spec.name}' belongs to the app '{spec.app}'; this is "
                    f"'{self.app.uri}', and graphs across apps are not supported."
                )
            try:
                addon, folder = find_addon(spec.addon)
                package = read_package(folder)
            except (AddonError, PropertyError) as exc:
                raise GraphError(f"{spec.place / 'addon'}: node '{spec.name}': {exc}") from None
            self._members[spec.name] = _Member(spec, package)
            found.append((spec, addon))
        self._n_to_make = len(found)
        if not found:
            self._wire()
        for spec, addon in found:
            env = TenEnv(AddonTarget(spec.addon), _TenEnvAttachTo.ADDON)
            try:
                addon.on_create_instance(env, spec.name, _Making(self, spec.name))
            except Exception as exc:
                raise AddonError(
                    f"{spec.place}: node '{spec.name}': addon '{spec.addon}' failed to make it: "
                    f"{exc!r}"
                ) from exc

    def _take_instance(self, name: str, instance: object) -> None:
        if self._has_ended:
            return
        member = self._members[name]
        if not isinstance(instance, (Extension, AsyncExtension)):
            self._fail(
                AddonError(
                    f"{member.spec.place}: node '{name}': addon '{member.spec.addon}' made "
                    f"{instance!r}, which is no extension."
                )
            )
            return
        member.instance = instance
        self._n_to_make -= 1
        if self._n_to_make == 0:
            self._wire()

    def _wire(self) -> None:
        for member in self._members.values():
            self._nodes[member.spec.name] = self._node_of(member)
        if self._tester is not None:
            tester = self._tester(self)
            if tester.takes_all:
                for node in self._nodes.values():
                    node.outbox.peer = tester
                    tester.outbox.peer = node
            self._nodes[tester.name] = tester
        for edge in self._spec.edges.values():
            routes = self._nodes[edge.source].outbox.routes.setdefault(edge.kind, {})
            route: Route = (self._nodes[edge.dest], edge.conversion)
            routes[edge.name] = (*routes.get(edge.name, ()), route)
        self._n_to_configure = len(self._members)
        self._n_to_stop = self._n_to_close = len(self._nodes)
        for home in self._groups.values():
            home.start()
        if not self._nodes:
            self._report(None)
            self._end()
        elif not self._members:
            self._report(None)
        for node in self._nodes.values():
            node.home.post(node.begin)

    def _node_of(self, member: _Member) -> Node:
        spec = member.spec
        if isinstance(member.instance, AsyncExtension):
            loop = GlobalThreadManager.acquire(spec.name)
            self._loops.append(loop)
            node = self.new_node(spec.name, loop)
            env = AsyncTenEnv(node, loop)
            node.driver = AsyncDriver(node, member.instance, env, loop)
        else:
            group = self._groups.setdefault(
                spec.group, QueueHome(f"ten-{spec.group or 'extensions'}")
            )
            node = self.new_node(spec.name, group)
            node.driver = SyncDriver(node, member.instance, TenEnv(node, _TenEnvAttachTo.EXTENSION))
        node.api = member.package.api
        return node

    def new_node(self, name: str, home: QueueHome | LoopHome) -> Node:
        """Return a node of this graph that still needs its driver."""
        address = (self.app.uri, self.graph_id, name)
        return Node(name, self, address, home, self.app.store)

    def load(self, node: Node) -> None:
        """Load a node's properties, in its home.

        Raises:
            PropertyError: A variable is missing, or a value violates the manifest's schema.
        """
        member = self._members[node.name]
        base = member.package.properties if node.initial is None else node.initial
        what = f"extension '{node.name}'"
        values = merged(base, member.spec.properties)
        values = resolved(values, os.environ, what)
        apply_settings(node, values.pop("ten", None), what)
        schema = member.package.schema
        if schema is not None:
            values, problem = schema.fit(values, what)
            if problem is not None:
                raise PropertyError(problem)
        node.store.values = values
        node.store.schema = schema

    # Ending.

    def close(self) -> None:
        """Stop every extension; each ends at its own pace."""
        if self._is_closing or self._has_ended:
            return
        self._is_closing = True
        if not self._nodes:  # nothing has begun
            self._report(GraphError("the graph was stopped while it was starting"))
            self._end()
        for node in self._nodes.values():
            node.home.post(node.close)

    def unfinished(self) -> list[str]:
        """Return which extensions have not ended, and how far they are."""
        return [
            f"'{node.name}' in {node.stage.name.lower()}"
            for node in self._nodes.values()
            if not node.is_closed
        ]

    def abandon(self) -> None:
        """Give up on extensions that do not finish."""
        for node in self._nodes.values():
            if not node.is_closed:
                node.log.error("is stuck in %s and is abandoned", node.stage.name.lower())
                node.abandon()

    # What nodes report, from their homes.

    def node_configured(self, node: Node) -> None:
        """Take note that a node's properties are loaded."""
        if not node.is_tester:
            self.app.home.post(self._count_configured)

    def node_stopped(self, _node: Node) -> None:
        """Take note that a node has stopped and waits for the others."""
        self.app.home.post(self._count_stopped)

    def node_closed(self, node: Node) -> None:
        """Take note that a node has ended."""
        self.app.home.post(self._count_closed, node)

    def node_failed(self, node: Node, error: BaseException) -> None:
        """Take note that a node cannot go on."""
        self.app.home.post(self._node_failed, node, error)

    def resolve(self, address: Address) -> Node | None:
        """Return the node at an explicit destination, or None. From any thread."""
        graph = self.app.graph_at(address, self)
        return None if graph is None or address[2] is None else graph._nodes.get(address[2])

    def to_app(self, core: Core, address: Address) -> bool:
        """Hand a message to the app, from any thread; return whether it is this app's."""
        if not self.app.is_called(address[0]):
            return False
        self.app.home.post(self.app.receive, core, self)
        return True

    def _count_configured(self) -> None:
        self._n_to_configure -= 1
        if self._n_to_configure == 0:
            self._report(None)

    def _count_stopped(self) -> None:
        self._n_to_stop -= 1
        if self._n_to_stop == 0:
            for node in self._nodes.values():
                node.home.post(node.deinit)

    def _count_closed(self, node: Node) -> None:
        self._n_to_close -= 1
        if self._n_to_close == 0:
            self._end()
        elif not self._is_closing:
            node.log.debug("has ended before its graph")

    def _node_failed(self, node: Node, error: BaseException) -> None:
        if isinstance(error, PropertyError):
            spec = self._members[node.name].spec
            self._fail(GraphError(f"{spec.place}: node '{node.name}': {error}"))
        else:
            self.app.fail(error)

    def _fail(self, error: EngineError) -> None:
        self._report(error)
        self.close()

    def _report(self, error: BaseException | None) -> None:
        started, self._started = self._started, None
        if started is not None:
            started(self, error)

    def _end(self) -> None:
        if self._has_ended:
            return
        self._has_ended = True
        for group in self._groups.values():
            group.stop()
            if not group.join(JOIN_PATIENCE_S):
                self.app.log.warning("a callback of graph %s does not return", self.graph_id)
        for loop in self._loops:
            if GlobalThreadManager.release(loop) and not loop.join(JOIN_PATIENCE_S):
                self.app.log.warning("a callback blocks the asyncio thread")
        self.app.graph_ended(self)
