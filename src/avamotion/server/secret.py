"""A string that must not be seen."""

import hmac
from typing import Final

__all__ = ["Secret"]

_MASK: Final = "********"


class Secret:
    """Holds a secret. Printing, formatting or logging it shows a mask."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the secret itself."""
        return self._value

    def matches(self, other: str) -> bool:
        """Compare in constant time."""
        return hmac.compare_digest(self._value.encode(), other.encode())

    def __bool__(self) -> bool:
        return bool(self._value)

    def __repr__(self) -> str:
        return _MASK

    __str__ = __repr__
