"""Values as bytes.

TEN's own buffer is a private format between its Python and its C side. This runtime has no C side:
the two functions are each other's inverse and promise nothing else.
"""

from __future__ import annotations

import base64
import json
from typing import Any

from ten_runtime.value import Value, ValueType

__all__ = ["deserialize_from_buffer", "serialize_to_buffer"]


def serialize_to_buffer(value: Value) -> bytes:
    """Return a value as bytes."""
    return json.dumps(_packed(value)).encode()


def deserialize_from_buffer(buffer: bytes | bytearray | memoryview) -> Value:
    """Return the value that bytes stand for.

    Raises:
        ValueError: If the bytes are not of :func:`serialize_to_buffer`.
    """
    try:
        return _unpacked(json.loads(bytes(buffer)))
    except (TypeError, KeyError, AttributeError) as exc:
        raise ValueError(f"not a serialized value: {exc}") from None


def _packed(value: Value) -> list[Any]:
    kind, held = value._type, value._value
    if kind is ValueType.BYTES:
        held = base64.b64encode(held).decode()
    elif kind is ValueType.ARRAY:
        held = [_packed(item) for item in held]
    elif kind is ValueType.OBJECT:
        held = {key: _packed(item) for key, item in held.items()}
    return [int(kind), held]


def _unpacked(packed: list[Any]) -> Value:
    kind, held = packed
    match ValueType(kind):
        case ValueType.BYTES:
            return Value.from_buf(base64.b64decode(held))
        case ValueType.ARRAY:
            return Value.from_array([_unpacked(item) for item in held])
        case ValueType.OBJECT:
            return Value.from_object({key: _unpacked(item) for key, item in held.items()})
        case other:
            return Value(other, held)
