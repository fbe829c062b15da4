"""Reads graph JSON as it is written: nodes, flows and references, before any sugar is resolved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from ten_runtime._engine.conversion import Conversion, ConversionError, conversion_of
from ten_runtime._engine.fault import GraphError
from ten_runtime._engine.message import KINDS
from ten_runtime._engine.place import Place

__all__ = [
    "Flow",
    "Reference",
    "WrittenNode",
    "array",
    "object_at",
    "read_flows",
    "read_nodes",
    "text",
]

OWNERS: Final = ("extension", "subgraph", "selector")


@dataclass(frozen=True, slots=True)
class WrittenNode:
    """One entry of ``nodes``."""

    type: str
    name: str
    document: dict[str, Any]
    place: Place

    @property
    def app(self) -> str | None:
        """The app that it is to run in, or None for this one."""
        app = self.document.get("app")
        return app if isinstance(app, str) else None


@dataclass(frozen=True, slots=True)
class Reference:
    """Names a node from a connection."""

    type: str
    name: str
    place: Place


@dataclass(frozen=True, slots=True)
class Flow:
    """Messages of one kind and name between an owner and others."""

    kind: str
    name: str
    owner: Reference
    dests: tuple[tuple[Reference, Conversion | None], ...]
    sources: tuple[tuple[Reference, Conversion | None], ...]
    place: Place


def read_nodes(graph: dict[str, Any], place: Place) -> list[WrittenNode]:
    """Read ``nodes``.

    Raises:
        GraphError: If an entry is not a node, a name is used twice or apps are inconsistent.
    """
    nodes: dict[str, WrittenNode] = {}
    for document, at in _objects(graph, "nodes", place):
        kind = document.get("type", "extension")
        if kind not in OWNERS:
            raise GraphError(f"{at / 'type'}: node type {kind!r} is none of {', '.join(OWNERS)}.")
        name = text(document, "name", at)
        if name in nodes:
            raise GraphError(f"{at}: there are two nodes named '{name}'.")
        if document.get("app") == "localhost":
            raise GraphError(f"{at / 'app'}: node '{name}': 'localhost' is no app; leave app out.")
        nodes[name] = WrittenNode(kind, name, document, at)
    extensions = [node for node in nodes.values() if node.type == "extension"]
    if len({node.app is None for node in extensions}) > 1:
        odd = next(node for node in extensions if node.app is None)
        raise GraphError(f"{odd.place}: node '{odd.name}' has no app while other nodes have one.")
    return list(nodes.values())


def read_flows(graph: dict[str, Any], place: Place) -> Iterator[Flow]:
    """Read ``connections``, with ``names`` expanded.

    Raises:
        GraphError: If an entry is not a connection, or an owner has two.
    """
    owners: set[tuple[str, str]] = set()
    for document, at in _objects(graph, "connections", place):
        owner = _reference(document, at)
        if (owner.type, owner.name) in owners:
            raise GraphError(
                f"{at}: {owner.type} '{owner.name}' has two entries in connections; merge them."
            )
        owners.add((owner.type, owner.name))
        for kind in KINDS:
            forward: set[str] = set()
            for flow, flow_at in _objects(document, kind, at):
                names = _names(flow, flow_at)
                dests = tuple(_ends(flow, "dest", flow_at))
                sources = tuple(_ends(flow, "source", flow_at))
                for name in names:
                    if dests and name in forward:
                        raise GraphError(
                            f"{flow_at}: {kind} '{name}' of {owner.type} '{owner.name}' has two "
                            "entries with dest; merge them."
                        )
                    if dests:
                        forward.add(name)
                    yield Flow(kind, name, owner, dests, sources, flow_at)


def text(document: dict[str, Any], key: str, place: Place) -> str:
    """Return a member that must be a non-empty string."""
    value = document.get(key)
    if not isinstance(value, str) or not value:
        raise GraphError(f"{place}: '{key}' must be a non-empty string.")
    return value


def object_at(document: dict[str, Any], key: str, place: Place) -> dict[str, Any]:
    """Return a member that must be an object if it is there."""
    value = document.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise GraphError(f"{place / key}: must be an object.")
    return value


def array(document: dict[str, Any], key: str, place: Place) -> list[Any]:
    """Return a member that must be an array if it is there."""
    value = document.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise GraphError(f"{place / key}: must be an array.")
    return value


def _objects(
    document: dict[str, Any], key: str, place: Place
) -> Iterator[tuple[dict[str, Any], Place]]:
    for index, entry in enumerate(array(document, key, place)):
        at = place / key / index
        if not isinstance(entry, dict):
            raise GraphError(f"{at}: must be an object.")
        yield entry, at


def _reference(document: dict[str, Any], place: Place) -> Reference:
    named = [key for key in OWNERS if key in document]
    if len(named) != 1:
        raise GraphError(f"{place}: must name exactly one of {', '.join(OWNERS)}.")
    return Reference(named[0], text(document, named[0], place), place)


def _names(flow: dict[str, Any], place: Place) -> list[str]:
    if ("name" in flow) == ("names" in flow):
        raise GraphError(f"{place}: must have either 'name' or 'names'.")
    if "name" in flow:
        return [text(flow, "name", place)]
    names = array(flow, "names", place)
    if not names or not all(isinstance(name, str) and name for name in names):
        raise GraphError(f"{place / 'names'}: must be an array of non-empty strings.")
    return list(dict.fromkeys(names))


def _ends(
    flow: dict[str, Any], key: str, place: Place
) -> Iterator[tuple[Reference, Conversion | None]]:
    for document, at in _objects(flow, key, place):
        conversion = None
        if document.get("msg_conversion") is not None:
            try:
                conversion = conversion_of(document["msg_conversion"])
            except ConversionError as exc:
                raise GraphError(f"{at / 'msg_conversion'}: {exc}") from None
        yield _reference(document, at), conversion
