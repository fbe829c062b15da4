"""Log lines: for people, or one JSON object each for programs."""

import json
import logging
from datetime import UTC, datetime
from typing import Final

from avamotion.errors import ConfigError

__all__ = ["JsonFormatter", "TextFormatter", "configure_logging"]

_FIELDS: Final = ("session_id", "req_id", "trace_id", "client")
_LEVELS: Final = ("debug", "info", "warning", "error")


class JsonFormatter(logging.Formatter):
    """One JSON object a line, with the session that it is about."""

    def format(self, record: logging.LogRecord) -> str:
        """Format a record."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {name: record.__dict__[name] for name in _FIELDS if name in record.__dict__}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


class TextFormatter(logging.Formatter):
    """A line for people."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s", "%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        """Format a record."""
        about = [str(record.__dict__[name]) for name in _FIELDS if name in record.__dict__]
        text = super().format(record)
        return f"{text} [{' '.join(about)}]" if about else text


def configure_logging(log_format: str, log_level: str) -> None:
    """Send the process's log to its standard error.

    Raises:
        ConfigError: If there is no such format or level.
    """
    formatters: dict[str, type[logging.Formatter]] = {"text": TextFormatter, "json": JsonFormatter}
    if log_format not in formatters:
        raise ConfigError(f"ops.log_format: {log_format!r} is neither text nor json")
    if log_level not in _LEVELS:
        raise ConfigError(f"ops.log_level: {log_level!r} is none of {', '.join(_LEVELS)}")
    handler = logging.StreamHandler()
    handler.setFormatter(formatters[log_format]())
    logging.basicConfig(level=log_level.upper(), handlers=[handler], force=True)
