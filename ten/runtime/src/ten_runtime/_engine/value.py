"""Property values: plain Python objects, with TEN's typing rules and JSON text.

bool, int, float, str, bytes (a ``buf``), None, list and dict. Nothing is coerced when read: an
integer literal is not a float, a number in a string is not a number.
"""

from __future__ import annotations

import json
import operator
from typing import Any, Final, SupportsFloat, SupportsIndex

from ten_runtime._engine.fault import bad_argument, generic
from ten_runtime._engine.path import Json
from ten_runtime.error import TenError

__all__ = [
    "INT64_MIN",
    "UINT64_MAX",
    "as_bool",
    "as_buf",
    "as_float",
    "as_int",
    "as_string",
    "checked_bool",
    "checked_float",
    "checked_int",
    "checked_string",
    "copied",
    "dumped",
    "loaded",
    "merged",
    "type_name",
]

INT64_MIN: Final = -(2**63)
INT64_MAX: Final = 2**63 - 1
UINT64_MAX: Final = 2**64 - 1


def type_name(value: Json) -> str:
    """Return TEN's name for the type of a value."""
    match value:
        case None:
            return "null"
        case bool():
            return "bool"
        case int():
            return "int64" if value <= INT64_MAX else "uint64"
        case float():
            return "float64"
        case str():
            return "string"
        case bytes():
            return "buf"
        case list():
            return "array"
        case _:
            return "object"


def as_int(value: Json) -> tuple[int, TenError | None]:
    """Read an integer of any width."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value, None
    return 0, _unfit(value, "uint32")


def as_float(value: Json) -> tuple[float, TenError | None]:
    """Read a float. An integer is not one."""
    return (value, None) if isinstance(value, float) else (0.0, _unfit(value, "float64"))


def as_bool(value: Json) -> tuple[bool, TenError | None]:
    """Read a bool. A number is not one."""
    return (value, None) if isinstance(value, bool) else (False, _unfit(value, "bool"))


def as_string(value: Json) -> tuple[str, TenError | None]:
    """Read a string."""
    if isinstance(value, str):
        return value, None
    return "", bad_argument("Value is not string.")


def as_buf(value: Json) -> tuple[bytearray, TenError | None]:
    """Read a buffer, as a copy."""
    if isinstance(value, bytes):
        return bytearray(value), None
    return bytearray(), generic("Value is not buffer.")


def _unfit(value: Json, wanted: str) -> TenError:
    return generic(f"The conversion from {type_name(value)} to {wanted} is unfit.")


def checked_int(value: object) -> int:
    """Return an int64 that a caller passed, perhaps as another kind of integer.

    Raises:
        ValueError: If it is not an int, or does not fit in 64 bits.
    """
    try:
        number = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        raise ValueError(f"expected an int, got {type(value).__name__}") from None
    if not INT64_MIN <= number <= INT64_MAX:
        raise ValueError("the int does not fit in 64 bits")
    return number


def checked_string(value: object) -> str:
    """Return a string that a caller passed.

    Raises:
        ValueError: If it is not one.
    """
    if not isinstance(value, str):
        raise ValueError(f"expected a str, got {type(value).__name__}")
    return value


def checked_bool(value: object) -> bool:
    """Return a bool that a caller passed, perhaps as an int.

    Raises:
        ValueError: If it is neither.
    """
    if not isinstance(value, int):
        raise ValueError(f"expected a bool, got {type(value).__name__}")
    return bool(value)


def checked_float(value: object) -> float:
    """Return a float that a caller passed, perhaps as another kind of number.

    Raises:
        ValueError: If it is no number.
    """
    if not isinstance(value, (SupportsFloat, SupportsIndex)):
        raise ValueError(f"expected a float, got {type(value).__name__}")
    return float(value)


def copied(value: Json) -> Json:
    """Return a deep copy. Scalars and buffers are immutable and shared."""
    if isinstance(value, dict):
        return {key: copied(member) for key, member in value.items()}
    if isinstance(value, list):
        return [copied(member) for member in value]
    return value


def merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Return a deep merge: objects are merged, everything else (arrays too) is replaced."""
    result = {key: copied(member) for key, member in base.items()}
    for key, member in over.items():
        below = result.get(key)
        if isinstance(member, dict) and isinstance(below, dict):
            result[key] = merged(below, member)
        else:
            result[key] = copied(member)
    return result


def dumped(value: Json) -> str:
    """Return the JSON text that TEN prints: four spaces, keys as inserted, Unicode as it is."""
    return json.dumps(value, indent=4, ensure_ascii=False, default=_null)


def _null(_value: object) -> None:
    """A buffer has no JSON form."""


def loaded(text: object) -> Json:
    """Parse JSON text.

    Raises:
        ValueError: If the text is not JSON, holds an integer beyond 64 bits, or is no string.
    """
    if not isinstance(text, str):
        raise ValueError(f"expected JSON text in a str, got {type(text).__name__}")
    return json.loads(text, parse_int=_parsed_int, parse_constant=_refused)


def _parsed_int(literal: str) -> int | float:
    try:
        number = int(literal)
    except ValueError:  # thousands of digits: Python refuses to convert them
        return float(literal)
    return number if INT64_MIN <= number <= UINT64_MAX else float(literal)


def _refused(literal: str) -> float:
    raise ValueError(f"{literal} is not JSON")
