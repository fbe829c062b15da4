"""How a server behaves among many: limits, faults, traces, and its own end."""

import asyncio
import json
import logging
import threading
import time
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
import websockets

from avamotion.egress.channel import ChannelEgress
from avamotion.errors import EgressUnavailable
from avamotion.playout.packet import Packet
from avamotion.protocol.gen import ingress_pb2 as pb
from avamotion.server.config import PlayoutConfig, SessionConfig
from tests.e2e.channel_viewer import viewing
from tests.e2e.computed_speech import speech
from tests.e2e.running_server import RunningServer, running_server
from tests.e2e.test_misuse import ingress
from tests.e2e.test_official_client import Client, agora, fail

pytestmark = pytest.mark.e2e

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def get(server: RunningServer, path: str) -> tuple[int, str]:
    try:
        with urlopen(f"http://127.0.0.1:{server.port}{path}", timeout=10) as response:
            return response.status, response.read().decode()
    except HTTPError as exc:
        return exc.code, exc.read().decode()


def until_idle(server: RunningServer) -> None:
    """Wait until the server has let go of every session."""
    deadline = time.monotonic() + 5
    while json.loads(get(server, "/healthz")[1])["sessions"]:
        assert time.monotonic() < deadline, "a session is left"
        time.sleep(0.01)


def test_a_client_that_sends_too_far_ahead_is_slowed_down_and_loses_nothing() -> None:
    async def story() -> None:
        with running_server(playout=PlayoutConfig(horizon_s=0.5, max_buffered_s=0.5)) as server:
            client = Client(server, agora_egress=agora(server))
            pcm = speech(24000, 3.0)
            waiting_s = []
            async with viewing(server) as viewer, client.session as session, asyncio.timeout(20):
                for at in range(0, len(pcm), 4800):
                    await session.send_audio(pcm[at : at + 4800], end=at + 4800 >= len(pcm))
                while not client.ended.is_set():
                    text = (await asyncio.to_thread(get, server, "/metrics"))[1]
                    line = next(x for x in text.splitlines() if x.startswith("avamotion_queue_s"))
                    waiting_s.append(float(line.split()[1]))
                assert [packet.pts_us for packet in viewer.packets] == [
                    20_000 * k for k in range(150)
                ]
            assert 0.3 < max(waiting_s) <= 0.7

    asyncio.run(story())


def test_one_session_too_many_is_refused_and_a_place_is_free_again() -> None:
    async def story() -> None:
        with running_server(max_sessions=1) as server:
            async with Client(server).session:
                failure = await asyncio.to_thread(fail, server)
                assert failure.http_status == 429
                assert "concurrency limit" in str(failure)
            async with Client(server).session:
                pass

    asyncio.run(story())


def test_a_long_answer_is_no_idle_client() -> None:
    async def story() -> None:
        with running_server(SessionConfig(idle_timeout_s=0.4)) as server:
            client = Client(server, agora_egress=agora(server))
            async with client.session as session, asyncio.timeout(20):
                await session.send_audio(speech(24000, 1.0), end=True)
                await client.ended.wait()
                await client.failed.wait()
            assert "no audio input for 0.4 s" in str(client.errors[0])

    asyncio.run(story())


def test_parameters_that_mean_nothing_are_named_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG, logger="avamotion")

    async def story() -> None:
        with running_server() as server:
            async with Client(server, extra_params={"motion.colour": "red"}).session:
                pass

    asyncio.run(story())
    assert any("'motion.colour' means nothing" in message for message in caplog.messages)


def test_a_request_may_preempt_the_one_before_it() -> None:
    async def story() -> None:
        with running_server() as server:
            client = Client(
                server,
                agora_egress=agora(server),
                extra_params={"playout.new_request": "preempt"},
            )
            async with viewing(server) as viewer, client.session as session, asyncio.timeout(20):
                await session.send_audio(speech(24000, 5.0), end=True)
                await viewer.until(lambda: len(viewer.packets) > 5)
                await session.send_audio(speech(24000, 0.4), end=True)
                await client.ended.wait()
                assert viewer.texts("clear") == [{"type": "clear", "uid": 2001, "epoch": 1}]
                assert {packet.epoch for packet in viewer.packets if packet.turn == 2} == {1}

    asyncio.run(story())


def test_the_trace_of_a_turn_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="avamotion")

    async def story() -> None:
        with running_server() as server:
            session = Client(server).session
            await session.init()
            async with websockets.connect(
                f"{server.ingress}/websocket?id=mia",
                additional_headers={
                    "X-App-ID": server.config.app.id,
                    "X-Session-Key": session._session_token or "",
                },
            ) as socket:
                configure = pb.ClientConfigureSession(sample_rate=24000)
                await socket.send(
                    pb.Message(
                        type=pb.MESSAGE_CLIENT_CONFIGURE_SESSION,
                        client_configure_session=configure,
                    ).SerializeToString()
                )
                await socket.recv()
                audio = pb.ClientAudioInput(req_id="r1", audio=speech(24000, 0.2), end=True)
                audio.trace_context.traceparent = f"00-{TRACE}-00f067aa0ba902b7-01"
                await socket.send(
                    pb.Message(
                        type=pb.MESSAGE_CLIENT_AUDIO_INPUT, client_audio_input=audio
                    ).SerializeToString()
                )
                while True:
                    data = await socket.recv(decode=False)
                    if pb.Message.FromString(data).server_response_animation.end:
                        break

    asyncio.run(story())
    (record,) = [record for record in caplog.records if "turn ended" in record.getMessage()]
    assert record.__dict__["trace_id"] == TRACE
    assert record.__dict__["req_id"] == "r1"
    assert record.__dict__["session_id"]


class FailingSend:
    """Makes the egress of one channel fail from its fifth packet on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, failure: Exception) -> None:
        self._send = ChannelEgress.send
        self._failure = failure

        async def send(egress: ChannelEgress, packet: Packet) -> None:
            if egress._join.channel == "lobby" and packet.pts_us > 80_000:
                raise self._failure
            await self._send(egress, packet)

        monkeypatch.setattr(ChannelEgress, "send", send)


@pytest.mark.parametrize(
    ("failure", "close_code", "words"),
    [
        (EgressUnavailable("the channel is gone"), 4503, "the channel is gone"),
        (RuntimeError("a bug"), 1011, "internal error"),
    ],
)
def test_what_goes_wrong_in_one_session_ends_that_one(
    monkeypatch: pytest.MonkeyPatch, failure: Exception, close_code: int, words: str
) -> None:
    FailingSend(monkeypatch, failure)

    async def story() -> None:
        with running_server() as server:
            unlucky = Client(server, agora_egress=agora(server))
            lucky = Client(server)
            async with lucky.session as other, asyncio.timeout(20):
                async with unlucky.session as session:
                    await session.send_audio(speech(24000, 5.0), end=True)
                    await unlucky.failed.wait()
                    while len(unlucky.errors) < 2:
                        unlucky.failed.clear()
                        await unlucky.failed.wait()
                await other.send_audio(speech(24000, 0.5), end=True)
                await lucky.ended.wait()
            assert words in str(unlucky.errors[0])
            assert unlucky.errors[1].close_code == close_code
            assert lucky.errors == []
            await asyncio.to_thread(until_idle, server)

    asyncio.run(story())


def test_a_server_that_stops_lets_a_turn_be_heard_to_its_end() -> None:
    async def story() -> None:
        with running_server() as server:
            closed = asyncio.Event()
            speaker = Client(server, agora_egress=agora(server), on_close=closed.set)
            silent = await ingress(server)
            async with (
                viewing(server) as viewer,
                speaker.session as session,
                asyncio.timeout(20),
            ):
                await session.send_audio(speech(24000, 1.5), end=True)
                await viewer.until(lambda: len(viewer.packets) > 5)
                server.server.should_exit = True
                await silent.wait_closed()
                assert silent.close_code == 1001
                assert get(server, "/readyz")[0] == 503
                late = await asyncio.to_thread(fail, server)
                assert late.http_status == 503
                await speaker.ended.wait()
                assert len(viewer.packets) == 75
                await closed.wait()
                assert speaker.errors == []

    asyncio.run(story())


def test_a_server_that_stops_does_not_wait_for_ever() -> None:
    async def story() -> None:
        with running_server(SessionConfig(drain_s=0.3)) as server:
            closed = asyncio.Event()
            speaker = Client(server, agora_egress=agora(server), on_close=closed.set)
            async with speaker.session as session, asyncio.timeout(20):
                await session.send_audio(speech(24000, 60.0), end=True)
                server.server.should_exit = True
                await closed.wait()
            assert not speaker.ended.is_set()

    asyncio.run(story())


def test_no_thread_outlives_a_server() -> None:
    before = set(threading.enumerate())
    with running_server() as server:
        assert get(server, "/readyz")[0] == 200
    left = {thread.name for thread in set(threading.enumerate()) - before}
    assert not {name for name in left if name.startswith("inference")}


def test_prometheus_reads_what_happened() -> None:
    async def story() -> str:
        with running_server() as server:
            client = Client(server, agora_egress=agora(server))
            async with client.session as session, asyncio.timeout(20):
                await session.send_audio(speech(24000, 0.4), end=True)
                await client.ended.wait()
                text = get(server, "/metrics")[1]
        return text

    lines = dict(
        line.rsplit(" ", 1) for line in asyncio.run(story()).splitlines() if line[0] != "#"
    )
    assert lines['avamotion_sessions{egress="channel"}'] == "1.0"
    assert lines['avamotion_turns_total{egress="channel",outcome="ended"}'] == "1.0"
    assert lines['avamotion_first_frame_seconds_count{egress="channel"}'] == "1.0"
    assert lines['avamotion_frame_lateness_seconds_count{egress="channel"}'] == "20.0"
    assert float(lines["avamotion_inference_blocks_total"]) >= 20


def test_who_comes_back_is_counted() -> None:
    async def story() -> str:
        with running_server() as server:
            for _ in range(2):
                async with viewing(server), Client(server, agora_egress=agora(server)).session:
                    pass
                await asyncio.to_thread(until_idle, server)
            return get(server, "/metrics")[1]

    text = asyncio.run(story())
    assert 'avamotion_reconnects_total{who="viewer"} 1.0' in text
    assert 'avamotion_reconnects_total{who="session"} 1.0' in text
