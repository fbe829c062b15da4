"""Errors of the engine: the values it returns, and the exceptions it raises at start-up.

EngineError
├── PathError        a property path that is not one
├── PropertyError    a property document that cannot be loaded
├── GraphError       a graph that cannot run; says where in which JSON
├── AddonError       an addon that cannot be found or made
└── AppError         an app that cannot start
"""

from __future__ import annotations

from typing import Final

from ten_runtime.error import TenError, TenErrorCode

__all__ = [
    "VALUE_NOT_FOUND",
    "AddonError",
    "AppError",
    "EngineError",
    "GraphError",
    "PathError",
    "PropertyError",
    "bad_argument",
    "bad_json",
    "closed",
    "generic",
    "not_connected",
    "not_found",
    "timed_out",
]

VALUE_NOT_FOUND: Final = 100000
"""TEN's internal code for a missing property; not a member of the public enumeration."""


class EngineError(Exception):
    """Base of what the engine raises on purpose."""


class PathError(EngineError):
    """Raised for a property path that does not follow the grammar."""


class PropertyError(EngineError):
    """Raised when properties cannot be loaded: bad JSON, a missing variable, a schema violation."""


class GraphError(EngineError):
    """Raised for a graph that cannot run."""


class AddonError(EngineError):
    """Raised when an addon is unknown, or does not make its extension."""


class AppError(EngineError):
    """Raised when an app cannot start."""


def generic(message: str) -> TenError:
    """Return the error for which TEN has no better code."""
    return TenError.create(TenErrorCode.ErrorCodeGeneric, message)


def bad_argument(message: str) -> TenError:
    """Return the error for an argument that makes no sense."""
    return TenError.create(TenErrorCode.ErrorCodeInvalidArgument, message)


def bad_json(message: str) -> TenError:
    """Return the error for text that is not the JSON it should be."""
    return TenError.create(TenErrorCode.ErrorCodeInvalidJSON, message)


def not_found(path: str) -> TenError:
    """Return the error for a property that does not exist."""
    return TenError.create(VALUE_NOT_FOUND, f"Failed to find value: {path}")


def not_connected(kind: str, name: str) -> TenError:
    """Return the error for a message that no connection takes anywhere."""
    return TenError.create(
        TenErrorCode.ErrorCodeMsgNotConnected,
        f"Failed to find destination of a '{kind}' message '{name}' from graph.",
    )


def closed() -> TenError:
    """Return the error for a call after de-initialisation."""
    return TenError.create(TenErrorCode.ErrorCodeTenIsClosed, "The TEN environment is closed.")


def timed_out() -> TenError:
    """Return the error of a test that nothing stopped in time."""
    return TenError.create(TenErrorCode.ErrorCodeTimeout, "Test timeout.")
