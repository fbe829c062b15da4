"""Turns as OpenTelemetry spans, as a collector of the user's would receive them."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from avamotion.protocol.gen import ingress_pb2 as pb
from avamotion.server.config import OpsConfig
from tests.e2e.computed_speech import speech
from tests.e2e.running_server import RunningServer, running_server
from tests.e2e.test_misuse import ingress

pytestmark = pytest.mark.e2e

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


class Collector:
    """Takes what is exported over HTTP."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, ExportTraceServiceRequest]] = []
        requests = self.requests

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                requests.append((self.path, ExportTraceServiceRequest.FromString(body)))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *arguments: object) -> None:
                pass

        self.http = HTTPServer(("127.0.0.1", 0), Handler)

    def spans(self) -> dict[str, Span]:
        """Return what came, by the request that it is about."""
        found = {}
        for _, request in self.requests:
            for resource in request.resource_spans:
                for scope in resource.scope_spans:
                    for span in scope.spans:
                        found[attributes(span)["req_id"]] = span
        return found


def attributes(span: Span) -> dict[str, str]:
    return {item.key: item.value.string_value for item in span.attributes}


@contextmanager
def collecting() -> Iterator[Collector]:
    collector = Collector()
    thread = threading.Thread(target=collector.http.serve_forever)
    thread.start()
    try:
        yield collector
    finally:
        collector.http.shutdown()
        thread.join()
        collector.http.server_close()


async def speak(server: RunningServer) -> str:
    """Say one request with a trace context, one without; leave in the middle of a third."""
    socket = await ingress(server)

    async def send(kind: str, **parts: object) -> None:
        message = pb.Message(type=getattr(pb, kind), **parts)  # type: ignore[arg-type]
        await socket.send(message.SerializeToString())

    configure = pb.ClientConfigureSession(sample_rate=24000)
    await send("MESSAGE_CLIENT_CONFIGURE_SESSION", client_configure_session=configure)
    confirmed = pb.Message.FromString(await socket.recv(decode=False))
    for req_id, traceparent, end in (
        ("traced", f"00-{TRACE}-{PARENT}-01", True),
        ("plain", "", True),
        ("left", f"00-{TRACE}-{PARENT}-01", False),
    ):
        audio = pb.ClientAudioInput(req_id=req_id, audio=speech(24000, 0.5), end=end)
        if traceparent:
            audio.trace_context.traceparent = traceparent
            audio.trace_context.tracestate = "vendor=1"
        await send("MESSAGE_CLIENT_AUDIO_INPUT", client_audio_input=audio)
        while end:
            answer = pb.Message.FromString(await socket.recv(decode=False))
            if answer.server_response_animation.end:
                break
    await socket.recv()  # the third has begun
    await socket.close()
    return confirmed.server_confirm_session.connection_id


def test_a_collector_gets_every_turn_in_the_trace_of_its_client() -> None:
    with collecting() as collector:
        ops = OpsConfig(otlp_endpoint=f"http://127.0.0.1:{collector.http.server_port}")
        with running_server(ops=ops) as server:
            session_id = asyncio.run(speak(server))
        spans = collector.spans()  # a server that stops sends what it has
    assert {path for path, _ in collector.requests} == {"/v1/traces"}
    assert spans.keys() == {"traced", "plain", "left"}
    for span in spans.values():
        assert span.name == "avatar.turn"
        assert attributes(span)["session_id"] == session_id
        assert attributes(span)["avatar_id"] == "mia"
        assert span.end_time_unix_nano > span.start_time_unix_nano
    for req_id in ("traced", "left"):
        assert spans[req_id].trace_id.hex() == TRACE
        assert spans[req_id].parent_span_id.hex() == PARENT
        assert spans[req_id].trace_state == "vendor=1"
    assert spans["plain"].trace_id.hex() != TRACE
    assert not spans["plain"].parent_span_id
    assert [event.name for event in spans["traced"].events] == ["first_packet"]
    outcomes = {req_id: attributes(span)["outcome"] for req_id, span in spans.items()}
    assert outcomes == {"traced": "ended", "plain": "ended", "left": "abandoned"}


def test_a_collector_that_is_not_there_disturbs_no_turn() -> None:
    with running_server(ops=OpsConfig(otlp_endpoint="http://127.0.0.1:9")) as server:
        assert asyncio.run(speak(server))
