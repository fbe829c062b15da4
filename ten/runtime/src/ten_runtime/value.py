"""Tagged values, for the structured fields of a log line."""

from __future__ import annotations

from enum import IntEnum

from ten_runtime._engine.fault import generic
from ten_runtime._engine.path import Json
from ten_runtime.error import TenError

__all__ = ["Value", "ValueType"]


class ValueType(IntEnum):
    """What a value holds."""

    INVALID = 0
    NULL = 1
    BOOL = 2
    INT = 3
    FLOAT = 4
    STRING = 5
    BYTES = 6
    ARRAY = 7
    OBJECT = 8
    JSON_STRING = 9


class Value:
    """A value and its type. Getters return ``(value, error)``."""

    __slots__ = ("_type", "_value")

    def __init__(self, value_type: ValueType = ValueType.NULL, value: Json = None) -> None:
        self._type = value_type
        self._value = value

    @classmethod
    def from_bool(cls, value: bool) -> Value:
        """Hold a bool."""
        return cls(ValueType.BOOL, bool(value))

    @classmethod
    def from_int(cls, value: int) -> Value:
        """Hold an integer."""
        return cls(ValueType.INT, int(value))

    @classmethod
    def from_float(cls, value: float) -> Value:
        """Hold a float."""
        return cls(ValueType.FLOAT, float(value))

    @classmethod
    def from_string(cls, value: str) -> Value:
        """Hold a string."""
        return cls(ValueType.STRING, str(value))

    @classmethod
    def from_buf(cls, value: bytes | bytearray | memoryview) -> Value:
        """Hold a copy of some bytes."""
        return cls(ValueType.BYTES, bytes(value))

    @classmethod
    def from_array(cls, value: list[Value]) -> Value:
        """Hold an array of values."""
        return cls(ValueType.ARRAY, list(value))

    @classmethod
    def from_object(cls, value: dict[str, Value]) -> Value:
        """Hold an object of values."""
        return cls(ValueType.OBJECT, dict(value))

    @classmethod
    def from_json_string(cls, value: str) -> Value:
        """Hold JSON text."""
        return cls(ValueType.JSON_STRING, str(value))

    @classmethod
    def from_python(cls, value: Json) -> Value:
        """Hold any Python object, at any depth; what has no type of its own becomes a string."""
        match value:
            case Value():
                return value
            case None:
                return cls()
            case bool():
                return cls.from_bool(value)
            case int():
                return cls.from_int(value)
            case float():
                return cls.from_float(value)
            case str():
                return cls.from_string(value)
            case bytes() | bytearray() | memoryview():
                return cls.from_buf(value)
            case list() | tuple():
                return cls.from_array([cls.from_python(item) for item in value])
            case dict():
                return cls.from_object(
                    {str(key): cls.from_python(item) for key, item in value.items()}
                )
            case _:
                return cls.from_string(str(value))

    def get_type(self) -> ValueType:
        """Return what the value holds."""
        return self._type

    def get_bool(self) -> tuple[bool, TenError | None]:
        """Return a bool, or False and an error."""
        return (self._value, None) if self._type is ValueType.BOOL else (False, self._not("bool"))

    def get_int(self) -> tuple[int, TenError | None]:
        """Return an integer, or 0 and an error."""
        return (self._value, None) if self._type is ValueType.INT else (0, self._not("int"))

    def get_float(self) -> tuple[float, TenError | None]:
        """Return a float, or 0.0 and an error."""
        return (self._value, None) if self._type is ValueType.FLOAT else (0.0, self._not("float"))

    def get_string(self) -> tuple[str, TenError | None]:
        """Return a string, or the empty one and an error."""
        return (self._value, None) if self._type is ValueType.STRING else ("", self._not("string"))

    def get_buf(self) -> tuple[bytes, TenError | None]:
        """Return bytes, or none and an error."""
        return (self._value, None) if self._type is ValueType.BYTES else (b"", self._not("buf"))

    def get_array(self) -> tuple[list[Value], TenError | None]:
        """Return an array, or an empty one and an error."""
        return (self._value, None) if self._type is ValueType.ARRAY else ([], self._not("array"))

    def get_object(self) -> tuple[dict[str, Value], TenError | None]:
        """Return an object, or an empty one and an error."""
        return (self._value, None) if self._type is ValueType.OBJECT else ({}, self._not("object"))

    def get_json_string(self) -> tuple[str, TenError | None]:
        """Return JSON text, or the empty string and an error."""
        if self._type is ValueType.JSON_STRING:
            return self._value, None
        return "", self._not("json_string")

    def to_python(self) -> Json:
        """Return the plain Python object."""
        match self._type:
            case ValueType.ARRAY:
                return [item.to_python() for item in self._value]
            case ValueType.OBJECT:
                return {key: item.to_python() for key, item in self._value.items()}
            case _:
                return self._value

    def _not(self, wanted: str) -> TenError:
        return generic(f"The value is {self._type.name}, not {wanted}.")

    def __repr__(self) -> str:
        return f"Value({self._type.name}, {self._value!r})"
