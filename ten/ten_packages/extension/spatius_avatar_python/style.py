"""How the face moves, as people write it and as the Motion Server reads it."""

from collections.abc import Mapping
from typing import Final

__all__ = ["read_style"]

_PREFIX: Final = "motion."
_MAX_ENTRIES: Final = 32


def read_style(values: Mapping[str, object], *, where: str) -> dict[str, str]:
    """Return the session parameters that a style stands for.

    Names and ranges are the server's business: it refuses what it does not know.

    Args:
        values: Such as ``{"emotion": "happy", "head": False}``.
        where: What to call it in an error.

    Raises:
        ValueError: If a value is neither a string, nor a number, nor a switch.
    """
    if len(values) > _MAX_ENTRIES:
        raise ValueError(f"{where} has {len(values)} entries: {_MAX_ENTRIES} at most")
    return {_PREFIX + name: _text(value, f"{where}.{name}") for name, value in values.items()}


def _text(value: object, where: str) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, str | int | float):
        return str(value).strip()
    raise ValueError(f"{where} must be a string, a number, or true or false")
