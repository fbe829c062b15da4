"""How much a log line matters."""

from __future__ import annotations

from enum import IntEnum

__all__ = ["LogLevel"]


class LogLevel(IntEnum):
    """TEN's four levels, and the value that stands for none."""

    INVALID = 0
    DEBUG = 1
    INFO = 2
    WARN = 3
    ERROR = 4
