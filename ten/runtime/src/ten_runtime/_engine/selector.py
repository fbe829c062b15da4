"""Selectors: nodes that stand for every other node that their filter matches."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from ten_runtime._engine.fault import GraphError
from ten_runtime._engine.notation import WrittenNode
from ten_runtime._engine.place import Place

__all__ = ["selected"]

FIELDS: Final = ("name", "type", "app", "addon")

Test = Callable[[WrittenNode], bool]


def selected(selector: WrittenNode, nodes: list[WrittenNode]) -> list[WrittenNode]:
    """Return the nodes that a selector stands for, in order; never other selectors.

    Raises:
        GraphError: If the filter is not one, or matches nothing.
    """
    at = selector.place / "filter"
    test = _test(selector.document.get("filter"), at)
    matches = [node for node in nodes if node.type != "selector" and test(node)]
    if not matches:
        raise GraphError(f"{at}: selector '{selector.name}' matches no node.")
    return matches


def _test(document: object, place: Place) -> Test:
    if not isinstance(document, dict):
        raise GraphError(f"{place}: a filter must be an object.")
    for word, combine in (("and", all), ("or", any)):
        if word in document:
            parts = document[word]
            if not isinstance(parts, list) or not parts:
                raise GraphError(f"{place / word}: must be a non-empty array of filters.")
            tests = [_test(part, place / word / index) for index, part in enumerate(parts)]
            return _combined(combine, tests)
    return _comparison(document, place)


def _combined(combine: Callable[[Any], bool], tests: list[Test]) -> Test:
    return lambda node: combine(test(node) for test in tests)


def _comparison(document: dict[str, Any], place: Place) -> Test:
    field, value = document.get("field"), document.get("value")
    if field not in FIELDS:
        raise GraphError(f"{place}: field {field!r} is none of {', '.join(FIELDS)}.")
    if not isinstance(value, str):
        raise GraphError(f"{place}: value must be a string.")
    match document.get("operator"):
        case "exact":
            return lambda node: _field(node, field) == value
        case "regex":
            try:
                pattern = re.compile(value)
            except re.error as exc:
                raise GraphError(f"{place}: {value!r} is no regular expression: {exc}.") from None
            return lambda node: pattern.search(_field(node, field)) is not None
        case operator:
            raise GraphError(f"{place}: operator {operator!r} is neither exact nor regex.")


def _field(node: WrittenNode, field: str) -> str:
    if field == "type":
        return node.type
    value = node.document.get(field, "")
    return value if isinstance(value, str) else ""
