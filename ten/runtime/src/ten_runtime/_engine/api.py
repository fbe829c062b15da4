"""Schemas of an extension's messages, by direction, kind and name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ten_runtime._engine.message import KINDS, Core, ResultCore
from ten_runtime._engine.schema import ObjectSchema, object_schema

__all__ = ["Api", "api_of"]

Schemas = Mapping[tuple[str, str], ObjectSchema]


@dataclass(frozen=True, slots=True)
class Api:
    """What a manifest says about messages. Undeclared names are allowed unchecked.

    Every ``fit`` adjusts the message in place and returns what is wrong with it, or None.
    """

    incoming: Schemas = field(default_factory=dict)
    outgoing: Schemas = field(default_factory=dict)
    results_out: Mapping[str, ObjectSchema] = field(default_factory=dict)
    results_in: Mapping[str, ObjectSchema] = field(default_factory=dict)

    def fit_in(self, core: Core) -> str | None:
        """Check a message that arrives."""
        return _fit(self.incoming.get((core.kind, core.name)), core)

    def fit_out(self, core: Core) -> str | None:
        """Check a message that is sent."""
        return _fit(self.outgoing.get((core.kind, core.name)), core)

    def fit_result_out(self, cmd: str, result: ResultCore) -> str | None:
        """Check an answer to a received command."""
        return _fit(self.results_out.get(cmd), result)

    def fit_result_in(self, cmd: str, result: ResultCore) -> str | None:
        """Check an answer to a sent command."""
        return _fit(self.results_in.get(cmd), result)


def _fit(schema: ObjectSchema | None, core: Core) -> str | None:
    if schema is None:
        return None
    fitted, problem = schema.fit(core.props, f"{core.kind} '{core.name}'")
    if problem is None:
        core.props = fitted
    return problem


def api_of(documents: list[dict[str, Any]]) -> Api | None:
    """Read the ``api`` objects of a manifest and of its interfaces, the manifest's own last."""
    incoming: dict[tuple[str, str], ObjectSchema] = {}
    outgoing: dict[tuple[str, str], ObjectSchema] = {}
    results: dict[str, dict[str, ObjectSchema]] = {"cmd_in": {}, "cmd_out": {}}
    for document in documents:
        for kind in KINDS:
            for suffix, schemas in (("_in", incoming), ("_out", outgoing)):
                for entry in _entries(document.get(kind + suffix)):
                    schema = object_schema(entry.get("property"))
                    if schema is not None:
                        schemas[kind, entry["name"]] = schema
        for direction, answers in results.items():
            for entry in _entries(document.get(direction)):
                declared = entry.get("result")
                if isinstance(declared, dict):
                    schema = object_schema(declared.get("property"))
                    if schema is not None:
                        answers[entry["name"]] = schema
    if not (incoming or outgoing or results["cmd_in"] or results["cmd_out"]):
        return None
    return Api(incoming, outgoing, results["cmd_in"], results["cmd_out"])


def _entries(value: object) -> list[dict[str, Any]]:
    if not isinstance(value, list):
        return []
    return [entry for entry in value if isinstance(entry, dict) and "name" in entry]
