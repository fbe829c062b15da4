"""Graphs, as they are run: nodes, and edges that only point forward."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ten_runtime._engine.conversion import Conversion
from ten_runtime._engine.place import Place

__all__ = ["TESTER_NAME", "Edge", "EdgeKey", "GraphSpec", "NodeSpec"]

TESTER_NAME = "ten:test_extension"
"""Name of a tester's node, and of its addon."""

EdgeKey = tuple[str, str, str, str]
"""Kind, message name, source node, destination node."""


@dataclass(frozen=True, slots=True)
class NodeSpec:
    """One extension to make.

    Attributes:
        name: Unique in the graph.
        addon: Who makes it.
        group: Extensions of one group share a thread; None is the group of those without.
        app: URI of the app that it is to run in; None is this one.
        properties: Merged over the addon's own.
        place: Where it is declared.
    """

    name: str
    addon: str
    group: str | None
    app: str | None
    properties: dict[str, Any]
    place: Place


@dataclass(frozen=True, slots=True)
class Edge:
    """Takes messages of one kind and name from one node to another."""

    kind: str
    name: str
    source: str
    dest: str
    conversion: Conversion | None
    place: Place

    @property
    def key(self) -> EdgeKey:
        """What makes two declarations the same edge."""
        return (self.kind, self.name, self.source, self.dest)


@dataclass(frozen=True, slots=True)
class GraphSpec:
    """A graph without sugar.

    Attributes:
        nodes: By name, in order of declaration.
        edges: By key, in order of declaration, which is the order of destinations.
        exposed_messages: For who imports this as a subgraph: node by (``cmd_in``…, name).
        exposed_properties: The same for properties: (node, property) by exposed name.
    """

    nodes: dict[str, NodeSpec]
    edges: dict[EdgeKey, Edge]
    exposed_messages: dict[tuple[str, str], str] = field(default_factory=dict)
    exposed_properties: dict[str, tuple[str, str]] = field(default_factory=dict)
