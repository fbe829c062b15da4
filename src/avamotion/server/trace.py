"""W3C trace context: which trace of the client a turn belongs to."""

import re
from typing import Final

__all__ = ["trace_id"]

# https://www.w3.org/TR/trace-context/#traceparent-header-field-values
_TRACEPARENT: Final = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}")


def trace_id(traceparent: str) -> str:
    """Return the trace id of a ``traceparent``, or "" if it is none."""
    match = _TRACEPARENT.match(traceparent)
    if match is None or traceparent.startswith("ff"):
        return ""
    trace, parent = match.groups()
    return "" if set(trace) == {"0"} or set(parent) == {"0"} else trace
