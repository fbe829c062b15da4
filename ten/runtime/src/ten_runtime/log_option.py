"""How one log call is made."""

from __future__ import annotations

__all__ = ["DefaultLogOption", "LogOption"]


class LogOption:
    """Options of a log call.

    Attributes:
        skip: Python frames between the logging method's inside and the line to blame; 2 is the
            caller of ``log_info`` and its siblings.
        sync: Write out everything before returning.
    """

    def __init__(self, skip: int = 2, sync: bool = False) -> None:
        self.skip = skip
        self.sync = sync


DefaultLogOption = LogOption()
