"""Schemas of a manifest's ``api``: adjust a value to its declared type, or say why not.

Integers change width if they fit and become floats where a float is declared; strings and numbers
are never converted into each other. What is not mentioned is allowed unchecked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ten_runtime._engine.fault import PathError
from ten_runtime._engine.path import Json, Step, parse
from ten_runtime._engine.value import type_name

__all__ = ["ObjectSchema", "Schema", "object_schema", "schema_of"]

_INTEGERS: Final = {
    **{f"int{bits}": (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) for bits in (8, 16, 32, 64)},
    **{f"uint{bits}": (0, 2**bits - 1) for bits in (8, 16, 32, 64)},
}
_FLOATS: Final = frozenset({"float32", "float64"})
_PLAIN: Final = {"bool": "bool", "string": "string", "buf": "buf", "null": "null"}

Fitted = tuple[Any, str | None]


@dataclass(frozen=True, slots=True)
class Schema:
    """One declared type.

    Attributes:
        type: TEN's name of the type.
        members: Declared members of an object.
        required: Members that an object must have.
        items: Declared type of an array's items.
    """

    type: str
    members: Mapping[str, Schema] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    items: Schema | None = None

    def fit(self, value: Json, where: str) -> Fitted:
        """Return the value adjusted to the type, and what is wrong with it or None."""
        kind = type_name(value)
        bounds = _INTEGERS.get(self.type)
        if bounds is not None:
            return self._fit_integer(value, kind, bounds, where)
        if self.type in _FLOATS:
            if kind in ("float64", "int64", "uint64"):
                return float(value), None
            return value, self._mismatch(kind, where)
        if self.type == "object":
            return self._fit_object(value, kind, where)
        if self.type == "array":
            return self._fit_array(value, kind, where)
        if self.type in _PLAIN and _PLAIN[self.type] != kind:
            return value, self._mismatch(kind, where)
        return value, None

    def at(self, steps: tuple[Step, ...]) -> Schema | None:
        """Return the type declared at a path below this one, or None."""
        schema: Schema | None = self
        for step in steps:
            if schema is None:
                return None
            schema = schema.items if isinstance(step, int) else schema.members.get(step)
        return schema

    def _fit_integer(self, value: Json, kind: str, bounds: tuple[int, int], where: str) -> Fitted:
        if kind not in ("int64", "uint64"):
            return value, self._mismatch(kind, where)
        if not bounds[0] <= value <= bounds[1]:
            return value, f"{where}: {value} does not fit in {self.type}."
        return value, None

    def _fit_object(self, value: Json, kind: str, where: str) -> Fitted:
        if kind != "object":
            return value, self._mismatch(kind, where)
        fitted = dict(value)
        for name, schema in self.members.items():
            if name in fitted:
                fitted[name], problem = schema.fit(fitted[name], f"{where}.{name}")
                if problem is not None:
                    return value, problem
        for name in self.required:
            if name not in fitted:
                return value, f"{where}: the required property '{name}' is missing."
        return fitted, None

    def _fit_array(self, value: Json, kind: str, where: str) -> Fitted:
        if kind != "array":
            return value, self._mismatch(kind, where)
        if self.items is None:
            return value, None
        fitted = []
        for index, item in enumerate(value):
            adjusted, problem = self.items.fit(item, f"{where}[{index}]")
            if problem is not None:
                return value, problem
            fitted.append(adjusted)
        return fitted, None

    def _mismatch(self, kind: str, where: str) -> str:
        return f"{where}: expected {self.type}, found {kind}."


@dataclass(frozen=True, slots=True)
class ObjectSchema:
    """The declared properties of an extension or a message."""

    root: Schema

    def fit(self, values: dict[str, Any], what: str) -> tuple[dict[str, Any], str | None]:
        """Adjust all properties of something.

        Args:
            values: The properties; not changed.
            what: What they belong to, for the sentence.
        """
        return self.root.fit(values, what)

    def fit_at(self, path: str, value: Json) -> Fitted:
        """Adjust one property. A bad path is someone else's to report."""
        try:
            steps = parse(path)
        except PathError:
            return value, None
        schema = self.root.at(steps)
        return (value, None) if schema is None else schema.fit(value, path)


def schema_of(document: object) -> Schema | None:
    """Read one type from a manifest; None if it declares none."""
    if not isinstance(document, dict) or not isinstance(document.get("type"), str):
        return None
    required = document.get("required")
    return Schema(
        document["type"],
        _members(document.get("properties")),
        tuple(name for name in required if isinstance(name, str))
        if isinstance(required, list)
        else (),
        schema_of(document.get("items")),
    )


def object_schema(document: object) -> ObjectSchema | None:
    """Read ``{"properties": …, "required": […]}``; None if nothing is declared."""
    if not isinstance(document, dict):
        return None
    schema = schema_of({**document, "type": "object"})
    if schema is None or not (schema.members or schema.required):
        return None
    return ObjectSchema(schema)


def _members(document: object) -> dict[str, Schema]:
    if not isinstance(document, dict):
        return {}
    read = {name: schema_of(member) for name, member in document.items()}
    return {name: schema for name, schema in read.items() if schema is not None}
