"""W3C trace context."""

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from avamotion.server.trace import NullTracer, OtlpTracer, TraceContext, open_tracer, trace_id

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.mark.parametrize(
    ("traceparent", "expected"),
    [
        (f"00-{TRACE}-00f067aa0ba902b7-01", TRACE),
        (f"cc-{TRACE}-00f067aa0ba902b7-01-from-the-future", TRACE),
        (f"ff-{TRACE}-00f067aa0ba902b7-01", ""),
        (f"00-{'0' * 32}-00f067aa0ba902b7-01", ""),
        (f"00-{TRACE}-{'0' * 16}-01", ""),
        (f"00-{TRACE.upper()}-00f067aa0ba902b7-01", ""),
        ("", ""),
        ("nonsense", ""),
    ],
)
def test_only_a_valid_traceparent_names_a_trace(traceparent: str, expected: str) -> None:
    assert trace_id(traceparent) == expected


def test_a_span_belongs_to_the_trace_of_its_client() -> None:
    spans = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(spans))
    tracer = OtlpTracer(provider)
    context = TraceContext(f"00-{TRACE}-00f067aa0ba902b7-01", "vendor=1")
    span = tracer.begin("avatar.turn", context, {"session_id": "s1"})
    span.event("first_packet", {"after_ms": 5.2})
    span.end({"outcome": "ended"})
    tracer.begin("avatar.turn", TraceContext("nonsense"), {}).end({})
    tracer.close()
    first, second = spans.get_finished_spans()
    assert first.context is not None
    assert second.context is not None
    assert first.parent is not None
    assert f"{first.context.trace_id:032x}" == TRACE
    assert f"{first.parent.span_id:016x}" == "00f067aa0ba902b7"
    assert first.context.trace_state.get("vendor") == "1"
    assert first.attributes == {"session_id": "s1", "outcome": "ended"}
    assert [event.name for event in first.events] == ["first_packet"]
    assert second.parent is None


def test_without_an_endpoint_nobody_traces() -> None:
    assert isinstance(open_tracer(""), NullTracer)
