"""Log lines say which session they are about, and JSON is JSON."""

import json
import logging

import pytest

from avamotion.errors import ConfigError
from avamotion.server.log import JsonFormatter, TextFormatter, configure_logging


def record(message: str, **extra: str) -> logging.LogRecord:
    made = logging.LogRecord("avamotion.x", logging.INFO, __file__, 1, message, (), None)
    made.__dict__.update(extra)
    return made


def test_a_json_line_is_one_object_with_its_session() -> None:
    line = JsonFormatter().format(record("two\nlines", session_id="s1", trace_id="t1"))
    assert "\n" not in line
    fields = json.loads(line)
    assert fields["message"] == "two\nlines"
    assert (fields["session_id"], fields["trace_id"]) == ("s1", "t1")
    assert "req_id" not in fields
    assert fields["time"].endswith("+00:00")


def test_a_json_line_carries_the_exception() -> None:
    try:
        raise ValueError("why")
    except ValueError:
        import sys

        made = record("failed")
        made.exc_info = sys.exc_info()
    assert "ValueError: why" in json.loads(JsonFormatter().format(made))["exception"]


def test_a_line_for_people_ends_with_its_session() -> None:
    assert TextFormatter().format(record("hello", session_id="s1")).endswith("hello [s1]")
    assert TextFormatter().format(record("hello")).endswith("hello")


@pytest.mark.parametrize(("log_format", "level"), [("xml", "info"), ("text", "loud")])
def test_what_is_no_format_or_level_is_refused(log_format: str, level: str) -> None:
    with pytest.raises(ConfigError, match=r"ops\.log_"):
        configure_logging(log_format, level)
