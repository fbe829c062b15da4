"""Errors that a TEN call returns, as opposed to those that it raises."""

from __future__ import annotations

from enum import IntEnum

__all__ = ["TenError", "TenErrorCode"]


class TenErrorCode(IntEnum):
    """What went wrong, in TEN's own numbers."""

    ErrorCodeGeneric = 1
    ErrorCodeInvalidJSON = 2
    ErrorCodeInvalidArgument = 3
    ErrorCodeInvalidType = 4
    ErrorCodeInvalidGraph = 5
    ErrorCodeTenIsClosed = 6
    ErrorCodeMsgNotConnected = 7
    ErrorCodeTimeout = 8


class TenError:
    """A returned error: a code and a sentence. It is a value, not an exception."""

    __slots__ = ("_code", "_message")
    _code: int
    _message: str

    def __init__(self, *_args: object) -> None:
        raise NotImplementedError("Use TenError.create instead.")

    @classmethod
    def create(cls, error_code: TenErrorCode | int, error_message: str | None = None) -> TenError:
        """Make an error.

        Args:
            error_code: One of :class:`TenErrorCode`; the runtime's internal codes are plain ints.
            error_message: A sentence for people; None stands for the empty string.
        """
        error = cls.__new__(cls)
        error._code = int(error_code)
        error._message = error_message or ""
        return error

    def error_code(self) -> int:
        """Return the code as a plain int: internal codes are not members of the enumeration."""
        return self._code

    def error_message(self) -> str:
        """Return the sentence, or the empty string."""
        return self._message

    def __str__(self) -> str:
        return f"error_code: {self._code}, error_message: {self._message}"

    def __repr__(self) -> str:
        return f"TenError({self})"
