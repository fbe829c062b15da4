"""Turns graph JSON into a graph without sugar.

In this order: ``names`` are expanded, selectors replaced by what they match, ``source`` turned
round and merged with the forward edges (an edge declared from both ends is one edge), and
subgraphs put in place of their nodes.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from ten_runtime._engine.conversion import Conversion
from ten_runtime._engine.fault import GraphError
from ten_runtime._engine.graph import Edge, EdgeKey, GraphSpec, NodeSpec
from ten_runtime._engine.notation import (
    Flow,
    Reference,
    WrittenNode,
    array,
    object_at,
    read_flows,
    read_nodes,
    text,
)
from ten_runtime._engine.place import JsonSource, Place
from ten_runtime._engine.selector import selected
from ten_runtime._engine.value import merged

__all__ = ["read_graph"]

MAX_DEPTH: Final = 16
"""Imports inside imports; deeper is a graph that imports itself."""


def read_graph(document: object, place: Place, *, depth: int = 0) -> GraphSpec:
    """Read a graph, given as ``{"nodes": …, "connections": …}`` or ``{"import_uri": …}``.

    Raises:
        GraphError: If it is not one; says which node and which line.
    """
    if not isinstance(document, dict):
        raise GraphError(f"{place}: a graph must be an object.")
    if "import_uri" in document:
        document, place = _imported(text(document, "import_uri", place), place, depth)
        return read_graph(document, place, depth=depth + 1)
    written = read_nodes(document, place)
    reader = _Reader({node.name: node for node in written}, depth)
    flows = list(read_flows(document, place))
    for flow in flows:
        reader.add_dests(flow)
    for flow in flows:
        reader.add_sources(flow)
    return reader.finish(document, place)


def _imported(uri: str, place: Place, depth: int) -> tuple[Any, Place]:
    if depth >= MAX_DEPTH:
        raise GraphError(
            f"{place}: imports are nested {MAX_DEPTH} deep; does a graph import itself?"
        )
    if "://" in uri and not uri.startswith("file://"):
        raise GraphError(f"{place}: import_uri '{uri}' is not a file; download it first.")
    path = Path(uri.removeprefix("file://"))
    if not path.is_absolute():
        if place.source.folder is None:
            raise GraphError(
                f"{place}: import_uri '{uri}' is relative, and there is no folder to start from."
            )
        path = place.source.folder / path
    if not path.is_file():
        raise GraphError(f"{place}: import_uri '{uri}': there is no file {path}.")
    source = JsonSource.of_file(path, GraphError)
    return source.load(GraphError), Place(source)


class _Reader:
    def __init__(self, written: dict[str, WrittenNode], depth: int) -> None:
        self._written = written
        self._depth = depth
        self._edges: dict[tuple[str, str, str, str], Edge] = {}

    def add_dests(self, flow: Flow) -> None:
        if not flow.dests and not flow.sources:
            raise GraphError(
                f"{flow.place}: {flow.kind} '{flow.name}' has neither dest nor source."
            )
        for owner in self._expand(flow.owner):
            for end, conversion in flow.dests:
                for dest in self._expand(end):
                    self._add_edge(flow, owner, dest, conversion, end.place)

    def add_sources(self, flow: Flow) -> None:
        for owner in self._expand(flow.owner):
            for end, conversion in flow.sources:
                for source in self._expand(end):
                    self._add_edge(flow, source, owner, conversion, end.place)

    def finish(self, document: dict[str, Any], place: Place) -> GraphSpec:
        subgraphs = {
            node.name: read_graph(
                node.document.get("graph"), node.place / "graph", depth=self._depth + 1
            )
            for node in self._written.values()
            if node.type == "subgraph"
        }
        spec = GraphSpec({}, {})
        for node in self._written.values():
            if node.type == "extension":
                _add_node(spec, _node_spec(node))
            elif node.type == "subgraph":
                _add_subgraph(spec, node, subgraphs[node.name])
        for edge in self._edges.values():
            _merge_edge(
                spec.edges,
                replace(
                    edge,
                    source=_resolve(edge, edge.source, "out", subgraphs),
                    dest=_resolve(edge, edge.dest, "in", subgraphs),
                ),
            )
        self._read_exposed(spec, document, place, subgraphs)
        return spec

    def _expand(self, reference: Reference) -> list[str]:
        """Return the names of the nodes that a reference means."""
        name = reference.name
        if reference.type == "extension" and ":" in name:  # subgraph:extension
            head = self._written.get(name.partition(":")[0])
            if head is not None and head.type == "subgraph":
                return [name]
        node = self._written.get(name)
        if node is None or node.type != reference.type:
            raise GraphError(f"{reference.place}: there is no {reference.type} named '{name}'.")
        if node.type == "selector":
            return [match.name for match in selected(node, list(self._written.values()))]
        return [name]

    def _add_edge(
        self, flow: Flow, source: str, dest: str, conversion: Conversion | None, place: Place
    ) -> None:
        _merge_edge(self._edges, Edge(flow.kind, flow.name, source, dest, conversion, place))

    def _read_exposed(
        self,
        spec: GraphSpec,
        document: dict[str, Any],
        place: Place,
        subgraphs: dict[str, GraphSpec],
    ) -> None:
        for index, entry in enumerate(array(document, "exposed_messages", place)):
            at = place / "exposed_messages" / index
            key = (text(entry, "type", at), text(entry, "name", at))
            if "subgraph" in entry:
                inner = text(entry, "subgraph", at)
                node = _exposed(subgraphs.get(inner), inner, key, at)
            else:
                node = text(entry, "extension", at)
            spec.exposed_messages[key] = _existing(spec, node, at)
        for index, entry in enumerate(array(document, "exposed_properties", place)):
            at = place / "exposed_properties" / index
            name = text(entry, "name", at)
            target = (entry.get("extension"), name)
            if "subgraph" in entry:
                inner = text(entry, "subgraph", at)
                found = (
                    subgraphs[inner].exposed_properties.get(name) if inner in subgraphs else None
                )
                if found is None:
                    raise GraphError(f"{at}: subgraph '{inner}' exposes no property '{name}'.")
                target = (f"{inner}_{found[0]}", found[1])
            alias = entry.get("alias")
            spec.exposed_properties[alias if isinstance(alias, str) else name] = (
                _existing(spec, str(target[0]), at),
                target[1],
            )


def _node_spec(node: WrittenNode) -> NodeSpec:
    group = node.document.get("extension_group")
    addon = node.document.get("addon")
    if not isinstance(addon, str) or not addon:
        raise GraphError(f"{node.place}: node '{node.name}' must name its addon.")
    return NodeSpec(
        node.name,
        addon,
        group if isinstance(group, str) and group else None,
        node.app,
        object_at(node.document, "property", node.place),
        node.place,
    )


def _add_node(spec: GraphSpec, node: NodeSpec) -> None:
    if node.name in spec.nodes:
        raise GraphError(f"{node.place}: there are two nodes named '{node.name}'.")
    spec.nodes[node.name] = node


def _add_subgraph(spec: GraphSpec, node: WrittenNode, inner: GraphSpec) -> None:
    properties = object_at(node.document, "property", node.place)
    extra: dict[str, dict[str, Any]] = {}
    for name, value in properties.items():
        if name not in inner.exposed_properties:
            raise GraphError(
                f"{node.place / 'property' / name}: subgraph '{node.name}' exposes no property "
                f"'{name}'."
            )
        extension, inner_name = inner.exposed_properties[name]
        extra.setdefault(extension, {})[inner_name] = value
    for each in inner.nodes.values():
        own = merged(each.properties, extra.get(each.name, {}))
        _add_node(spec, replace(each, name=f"{node.name}_{each.name}", properties=own))
    for edge in inner.edges.values():
        _merge_edge(
            spec.edges,
            replace(edge, source=f"{node.name}_{edge.source}", dest=f"{node.name}_{edge.dest}"),
        )


def _resolve(edge: Edge, name: str, direction: str, subgraphs: dict[str, GraphSpec]) -> str:
    """Return the extension behind one end of an edge."""
    head, _, inner_name = name.partition(":")
    if inner_name and head in subgraphs:
        if inner_name not in subgraphs[head].nodes:
            raise GraphError(f"{edge.place}: subgraph '{head}' has no extension '{inner_name}'.")
        return f"{head}_{inner_name}"
    if name not in subgraphs:
        return name
    return _exposed(subgraphs[name], name, (f"{edge.kind}_{direction}", edge.name), edge.place)


def _exposed(inner: GraphSpec | None, name: str, key: tuple[str, str], place: Place) -> str:
    node = None if inner is None else inner.exposed_messages.get(key)
    if node is None:
        raise GraphError(f"{place}: subgraph '{name}' exposes no {key[0]} '{key[1]}'.")
    return f"{name}_{node}"


def _existing(spec: GraphSpec, name: str, place: Place) -> str:
    if name not in spec.nodes:
        raise GraphError(f"{place}: there is no extension named '{name}'.")
    return name


def _merge_edge(edges: dict[EdgeKey, Edge], edge: Edge) -> None:
    known = edges.get(edge.key)
    if known is None or known.conversion is None:
        edges[edge.key] = edge if known is None else replace(known, conversion=edge.conversion)
    elif edge.conversion is not None and edge.conversion != known.conversion:
        raise GraphError(
            f"{edge.place}: {edge.kind} '{edge.name}' from '{edge.source}' to '{edge.dest}' has "
            "two different msg_conversions."
        )
