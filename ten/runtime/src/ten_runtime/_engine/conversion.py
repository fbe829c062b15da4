"""``msg_conversion``: rewrites a message where it arrives, and its results on the way back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ten_runtime._engine.fault import PathError
from ten_runtime._engine.message import Core
from ten_runtime._engine.path import MISSING, Json, assign, find
from ten_runtime._engine.value import copied

__all__ = ["Conversion", "ConversionError", "Rule", "conversion_of"]

BUILT_IN = "ten."


class ConversionError(ValueError):
    """Raised for a ``msg_conversion`` that is not one; says which part."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Sets one property.

    Attributes:
        path: What to set; ``ten.name`` renames the message.
        original_path: Where the value is in the original, or None for a fixed value.
        value: The fixed value.
    """

    path: str
    original_path: str | None
    value: Any


@dataclass(frozen=True, slots=True)
class Conversion:
    """Rules for a message, and perhaps for its results.

    Attributes:
        keep_original: Keep properties that no rule mentions.
        rules: Applied in order, each to the original.
        result: Applied to results, or None.
    """

    keep_original: bool
    rules: tuple[Rule, ...]
    result: Conversion | None = None

    def apply(self, core: Core) -> str | None:
        """Convert a message in place; return why that failed, or None."""
        original = core.props
        name = core.name
        props: dict[str, Any] = copied(original) if self.keep_original else {}
        fields: dict[str, Any] = {}
        for rule in self.rules:
            value = rule.value
            if rule.original_path is not None:
                value = _read(core, original, rule.original_path)
                if value is MISSING:
                    return f"'{rule.original_path}' is not in the original."
            if rule.path.startswith(BUILT_IN):
                field = rule.path.removeprefix(BUILT_IN)
                if type(value) is not core.fields.get(field):
                    return f"'{rule.path}' of {core.kind} '{name}' cannot be {value!r}."
                fields[field] = value
                continue
            try:
                assign(props, rule.path, copied(value))
            except PathError as exc:
                return str(exc)
        core.props = props
        for field, value in fields.items():
            setattr(core, field, value)
        return None

    def apply_result(self, core: Core) -> str | None:
        """Convert a result in place; return why that failed, or None."""
        return None if self.result is None else self.result.apply(core)


def _read(core: Core, original: dict[str, Any], path: str) -> Json:
    if path.startswith(BUILT_IN):
        field = path.removeprefix(BUILT_IN)
        return getattr(core, field) if field in core.fields else MISSING
    return find(original, path)


def conversion_of(document: object) -> Conversion:
    """Read a ``msg_conversion``.

    Raises:
        ConversionError: If it is not one.
    """
    if not isinstance(document, dict):
        raise ConversionError("msg_conversion must be an object.")
    if document.get("type", "per_property") != "per_property":
        raise ConversionError(f"msg_conversion type {document['type']!r} is not per_property.")
    rules = document.get("rules", [])
    if not isinstance(rules, list):
        raise ConversionError("the rules of a msg_conversion must be an array.")
    result = document.get("result")
    return Conversion(
        keep_original=document.get("keep_original") is True,
        rules=tuple(_rule_of(rule) for rule in rules),
        result=None if result is None else conversion_of(result),
    )


def _rule_of(document: object) -> Rule:
    if not isinstance(document, dict) or not isinstance(document.get("path"), str):
        raise ConversionError("a rule of a msg_conversion needs a path.")
    path = document["path"]
    match document.get("conversion_mode"):
        case "fixed_value" if "value" in document:
            return Rule(path, None, document["value"])
        case "from_original" if isinstance(document.get("original_path"), str):
            return Rule(path, document["original_path"], None)
        case "fixed_value":
            raise ConversionError(f"the rule for '{path}' has no value.")
        case "from_original":
            raise ConversionError(f"the rule for '{path}' has no original_path.")
        case mode:
            raise ConversionError(
                f"the rule for '{path}' has conversion_mode {mode!r}; "
                "it is fixed_value or from_original."
            )
