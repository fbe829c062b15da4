"""``${env:NAME}`` and ``${env:NAME|default}`` in property values.

Only a string that is nothing but a placeholder is replaced, and what replaces it is a string.
"""

from __future__ import annotations

from collections.abc import Mapping

from ten_runtime._engine.fault import PropertyError
from ten_runtime._engine.path import Json

__all__ = ["resolved"]

_OPENING = "${"
_CLOSING = "}"
_SCOPE = "env:"


def resolved(value: Json, environ: Mapping[str, str], where: str) -> Json:
    """Return a value with its placeholders replaced, at any depth.

    Args:
        value: The value; not changed.
        environ: Variables by name.
        where: What the value is, for the error.

    Raises:
        PropertyError: If a variable is missing and has no default, or the scope is not ``env``.
    """
    if isinstance(value, dict):
        return {key: resolved(member, environ, f"{where}.{key}") for key, member in value.items()}
    if isinstance(value, list):
        return [resolved(item, environ, f"{where}[{i}]") for i, item in enumerate(value)]
    if isinstance(value, str) and value.startswith(_OPENING) and value.endswith(_CLOSING):
        return _variable(value[len(_OPENING) : -len(_CLOSING)], environ, where)
    return value


def _variable(body: str, environ: Mapping[str, str], where: str) -> str:
    name, default = _split(body)
    if not name.startswith(_SCOPE):
        raise PropertyError(f"{where}: '${{{body}}}' is not of the form ${{env:NAME|default}}.")
    name = name.removeprefix(_SCOPE)
    if name in environ:
        return environ[name]
    if default is None:
        raise PropertyError(
            f"{where}: the environment variable {name} is not set and has no default. Set it, or "
            f"write ${{env:{name}|default}}."
        )
    return default


def _split(body: str) -> tuple[str, str | None]:
    """Split at the first bar without a backslash before it; backslashes escape."""
    parts: list[list[str]] = [[]]
    characters = iter(body)
    for character in characters:
        if character == "\\":
            parts[-1].append(next(characters, "\\"))
        elif character == "|" and len(parts) == 1:
            parts.append([])
        else:
            parts[-1].append(character)
    name, *rest = ("".join(part) for part in parts)
    return name, rest[0] if rest else None
