"""W3C trace context: which trace of its client a turn belongs to; and spans, if wanted.

https://www.w3.org/TR/trace-context/
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from avamotion import __version__
from avamotion.errors import ConfigError

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

__all__ = ["NullTracer", "OtlpTracer", "Span", "TraceContext", "Tracer", "open_tracer", "trace_id"]

_TRACEPARENT: Final = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}")

# A server that stops waits so long for a collector that does not answer.
_EXPORT_TIMEOUT_S: Final = 3.0

Attributes = Mapping[str, str | int | float]


@dataclass(frozen=True, slots=True)
class TraceContext:
    """What a client says about its trace; empty if it says nothing."""

    traceparent: str = ""
    tracestate: str = ""


def trace_id(traceparent: str) -> str:
    """Return the trace id of a ``traceparent``, or "" if it is none."""
    match = _TRACEPARENT.match(traceparent)
    if match is None or traceparent.startswith("ff"):
        return ""
    trace, parent = match.groups()
    return "" if set(trace) == {"0"} or set(parent) == {"0"} else trace


class Span(Protocol):
    """Something that takes time."""

    def event(self, name: str, attributes: Attributes) -> None:
        """Note that something happened in it."""
        ...

    def end(self, attributes: Attributes) -> None:
        """Note that it is over."""
        ...


class Tracer(Protocol):
    """Makes spans."""

    def begin(self, name: str, context: TraceContext, attributes: Attributes) -> Span:
        """Begin a span in a client's trace."""
        ...

    def close(self) -> None:
        """Send what has not been sent."""
        ...


class NullTracer:
    """Makes spans that nobody sees."""

    def begin(self, name: str, context: TraceContext, attributes: Attributes) -> Span:
        """Begin one."""
        return self

    def event(self, name: str, attributes: Attributes) -> None:
        """Nobody sees it."""

    def end(self, attributes: Attributes) -> None:
        """Nobody sees it."""

    def close(self) -> None:
        """There is nothing to send."""


class OtlpTracer:
    """Makes OpenTelemetry spans.

    Args:
        provider: Where they go.
    """

    def __init__(self, provider: "TracerProvider") -> None:
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        self._provider = provider
        self._tracer = provider.get_tracer("avamotion", __version__)
        self._extract = TraceContextTextMapPropagator().extract

    def begin(self, name: str, context: TraceContext, attributes: Attributes) -> Span:
        """Begin a span; its parent is the client's, if that is valid."""
        carrier = {"traceparent": context.traceparent, "tracestate": context.tracestate}
        parent = self._extract({key: value for key, value in carrier.items() if value})
        span = self._tracer.start_span(name, context=parent, attributes=attributes)

        def finish(attributes: Attributes) -> None:
            span.set_attributes(attributes)
            span.end()

        return _OtlpSpan(lambda name, attributes: span.add_event(name, attributes), finish)

    def close(self) -> None:
        """Send what has not been sent."""
        self._provider.shutdown()


@dataclass(frozen=True, slots=True)
class _OtlpSpan:
    event: Callable[[str, Attributes], None]
    end: Callable[[Attributes], None]


def open_tracer(endpoint: str) -> Tracer:
    """Return a tracer that sends to an OTLP endpoint, or nowhere if it is empty.

    Raises:
        ConfigError: If OpenTelemetry is not installed.
    """
    if not endpoint:
        return NullTracer()
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as exc:
        raise ConfigError("ops.otlp_endpoint needs: pip install 'avamotion[otel]'") from exc
    resource = Resource.create({"service.name": "avamotion", "service.version": __version__})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    url = endpoint.rstrip("/")
    if not url.endswith("/v1/traces"):
        url += "/v1/traces"
    provider.add_span_processor(
        BatchSpanProcessor(OTLPSpanExporter(url, timeout=_EXPORT_TIMEOUT_S))
    )
    return OtlpTracer(provider)
