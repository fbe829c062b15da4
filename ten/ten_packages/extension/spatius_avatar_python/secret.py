"""A string that never shows itself."""

__all__ = ["Redactor", "Secret"]

_MASK = "***"
# Shorter values would turn ordinary words into asterisks.
_MIN_REDACTED_CHARS = 4


class Secret:
    """Holds a credential. Its ``repr``, ``str`` and format say only whether it is set.

    Args:
        value: The credential, or an empty string for none.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str = "") -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the credential, for the one call that needs it."""
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __str__(self) -> str:
        return _MASK if self._value else ""

    def __repr__(self) -> str:
        return f"Secret({str(self)!r})"


class Redactor:
    """Removes credentials from text that others wrote, such as an SDK's error message."""

    def __init__(self, *secrets: Secret) -> None:
        self._values: list[str] = []
        for secret in secrets:
            self.add(secret)

    def add(self, secret: Secret) -> None:
        """Remove this credential from now on, too."""
        value = secret.reveal()
        if len(value) >= _MIN_REDACTED_CHARS and value not in self._values:
            self._values.append(value)
            # A value inside another one must not leave the rest of the longer one behind.
            self._values.sort(key=len, reverse=True)

    def redact(self, text: str) -> str:
        """Return the text with every known credential masked."""
        for value in self._values:
            text = text.replace(value, _MASK)
        return text
