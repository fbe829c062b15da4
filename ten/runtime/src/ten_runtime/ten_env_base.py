"""What all environments have: a log."""

from __future__ import annotations

import logging
from typing import Any, Final

from ten_runtime._engine.fault import closed
from ten_runtime._engine.target import Loggable
from ten_runtime.error import TenError
from ten_runtime.log_level import LogLevel
from ten_runtime.log_option import DefaultLogOption, LogOption
from ten_runtime.value import Value

__all__ = ["TenEnvBase"]

_LEVELS: Final = {
    LogLevel.DEBUG: logging.DEBUG,
    LogLevel.INFO: logging.INFO,
    LogLevel.WARN: logging.WARNING,
    LogLevel.ERROR: logging.ERROR,
}


class TenEnvBase:
    """Logs to the logger ``ten.<name>``, from any thread.

    ``category`` and ``fields`` become attributes of the log record. A disabled level costs one
    look-up.
    """

    def __init__(self, target: Loggable) -> None:
        self._target = target
        self._logger = target.log

    def log(
        self,
        level: LogLevel,
        msg: str,
        category: str | None = None,
        fields: Value | dict[str, Any] | None = None,
        option: LogOption = DefaultLogOption,
    ) -> TenError | None:
        """Log a line at a level."""
        return self._log(_LEVELS.get(level, logging.DEBUG), msg, category, fields, option)

    def log_debug(
        self,
        msg: str,
        category: str | None = None,
        fields: Value | dict[str, Any] | None = None,
        option: LogOption = DefaultLogOption,
    ) -> TenError | None:
        """Log a line that helps to find faults."""
        return self._log(logging.DEBUG, msg, category, fields, option)

    def log_info(
        self,
        msg: str,
        category: str | None = None,
        fields: Value | dict[str, Any] | None = None,
        option: LogOption = DefaultLogOption,
    ) -> TenError | None:
        """Log a line about normal operation."""
        return self._log(logging.INFO, msg, category, fields, option)

    def log_warn(
        self,
        msg: str,
        category: str | None = None,
        fields: Value | dict[str, Any] | None = None,
        option: LogOption = DefaultLogOption,
    ) -> TenError | None:
        """Log a line about something odd."""
        return self._log(logging.WARNING, msg, category, fields, option)

    def log_error(
        self,
        msg: str,
        category: str | None = None,
        fields: Value | dict[str, Any] | None = None,
        option: LogOption = DefaultLogOption,
    ) -> TenError | None:
        """Log a line about something that went wrong."""
        return self._log(logging.ERROR, msg, category, fields, option)

    def _log(
        self,
        level: int,
        msg: str,
        category: str | None,
        fields: Value | dict[str, Any] | None,
        option: LogOption,
    ) -> TenError | None:
        if self._target.is_closed:
            return closed()
        if self._logger.isEnabledFor(level):
            plain = fields.to_python() if isinstance(fields, Value) else fields
            self._logger.log(
                level,
                "%s",
                msg,
                stacklevel=option.skip + 1,
                extra={"category": category, "fields": plain},
            )
            if option.sync:
                _flush(self._logger)
        return None


def _flush(logger: logging.Logger) -> None:
    """Write out what every handler up to the root holds."""
    each: logging.Logger | None = logger
    while each is not None:
        for handler in each.handlers:
            handler.flush()
        each = each.parent if each.propagate else None
