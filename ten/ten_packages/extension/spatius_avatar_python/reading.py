"""Reads values out of JSON that people wrote: blank is absent, numbers may be strings."""

import builtins
import math
from collections.abc import Iterable, Mapping

__all__ = ["Properties"]

_TRUE = ("true", "1", "yes", "on")
_FALSE = ("false", "0", "no", "off")


class Properties:
    """One JSON object, and where it sits, so that errors can name the property.

    Args:
        values: The object.
        prefix: What to put before a property's name in an error.
    """

    def __init__(self, values: Mapping[str, object], prefix: str = "") -> None:
        self._values = {name: value for name, value in values.items() if _is_given(value)}
        self._prefix = prefix

    def object(self, name: str) -> "Properties":
        """Return a nested object, empty if it is absent.

        Raises:
            ValueError: If it is something else.
        """
        value = self._values.get(name, {})
        if not isinstance(value, Mapping):
            raise ValueError(f"{self._prefix}{name} must be a JSON object")
        return Properties(value, f"{self._prefix}{name}.")

    def values(self) -> Mapping[str, builtins.object]:
        """Return all that is given."""
        return self._values

    def fallback(self, other: "Properties", names: Iterable[str]) -> "Properties":
        """Return a copy in which absent properties are taken from another object."""
        inherited = {name: other._values[name] for name in names if name in other._values}
        return Properties({**inherited, **self._values}, self._prefix)

    def text(self, name: str) -> str:
        """Return a string without surrounding blanks; numbers are written out.

        Raises:
            ValueError: If it is neither a string nor a number.
        """
        value = self._values.get(name, "")
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise ValueError(f"{self._prefix}{name} must be a string")
        return str(value).strip()

    def integer(self, name: str, default: int) -> int:
        """Return a whole number.

        Raises:
            ValueError: If it is none.
        """
        value = self._values.get(name, default)
        try:
            if isinstance(value, str):
                return int(value.strip())
            if isinstance(value, int | float) and not isinstance(value, bool) and value % 1 == 0:
                return int(value)
        except ValueError:
            pass
        raise ValueError(f"{self._prefix}{name} must be a whole number, not {value!r}")

    def positive_integer(self, name: str, default: int) -> int:
        """Return a whole number above zero.

        Raises:
            ValueError: If it is none.
        """
        number = self.integer(name, default)
        if number <= 0:
            raise ValueError(f"{self._prefix}{name} must be above zero, not {number}")
        return number

    def seconds(self, name: str, default: float, *, may_be_zero: bool = False) -> float:
        """Return a time span.

        Raises:
            ValueError: If it is not a finite number above zero, or zero where that is allowed.
        """
        value = self._values.get(name, default)
        try:
            if isinstance(value, bool) or not isinstance(value, str | int | float):
                raise ValueError
            number = float(value)
        except ValueError:
            raise ValueError(
                f"{self._prefix}{name} must be a number of seconds, not {value!r}"
            ) from None
        if not math.isfinite(number) or number < 0 or (number == 0 and not may_be_zero):
            least = "zero or more" if may_be_zero else "above zero"
            raise ValueError(f"{self._prefix}{name} must be {least}, not {value!r}")
        return number

    def switch(self, name: str) -> bool:
        """Return a boolean, false if absent.

        Raises:
            ValueError: If it is none.
        """
        value = self._values.get(name, False)
        if isinstance(value, bool):
            return value
        word = str(value).strip().lower()
        if word in _TRUE:
            return True
        if word in _FALSE:
            return False
        raise ValueError(f"{self._prefix}{name} must be true or false, not {value!r}")


def _is_given(value: object) -> bool:
    return value is not None and not (isinstance(value, str) and not value.strip())
