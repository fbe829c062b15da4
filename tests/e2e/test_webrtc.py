"""A viewer over WebRTC, with aiortc on both sides."""

import asyncio
import json
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCRtpSender, RTCSessionDescription
from av import AudioFrame
from spatius import AgoraEgressConfig

from avamotion.protocol.payload import ChannelPacket, decode_channel_packet
from avamotion.server.config import WebRtcConfig
from avamotion.server.rtc_gateway import RTP_TIMESTAMP
from avamotion.server.secret import Secret
from tests.e2e.computed_speech import speech
from tests.e2e.running_server import RunningServer, running_server
from tests.e2e.test_official_client import Client

pytestmark = pytest.mark.e2e

LOUD = 0.05


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with running_server() as running:
        yield running


def run(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(story, 40))


@dataclass
class Viewer:
    """What a viewer hears and sees."""

    location: str = ""
    texts: list[dict[str, Any]] = field(default_factory=list)
    motion: list[tuple[int, ChannelPacket]] = field(default_factory=list)
    heard: list[tuple[int, float]] = field(default_factory=list)
    """RTP time and loudness of every decoded frame."""
    origin: int | None = None
    """RTP time of the first packet; aiortc counts from there."""
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    control: Any = None

    async def note(self) -> None:
        async with self.changed:
            self.changed.notify_all()

    async def until(self, condition: Callable[[], Any]) -> None:
        async with self.changed, asyncio.timeout(20):
            await self.changed.wait_for(condition)

    def texts_of(self, kind: str) -> list[dict[str, Any]]:
        return [text for text in self.texts if text["type"] == kind]


def whep(
    server: RunningServer,
    *,
    method: str = "POST",
    path: str = "/v1/channel/whep?channel=lobby&uid=1",
    token: str | None = None,
    body: bytes | None = None,
    content_type: str = "application/sdp",
) -> tuple[int, dict[str, str], str]:
    """Make one request; return status, headers and body."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{server.port}{path}", data=body, method=method
    )
    request.add_header("Content-Type", content_type)
    request.add_header(
        "Authorization", f"Bearer {server.agora_token(1) if token is None else token}"
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as response:
            return response.status, dict(response.headers), response.read().decode()
    except urllib.error.HTTPError as exc:
        with exc:
            return exc.code, dict(exc.headers), exc.read().decode()


@asynccontextmanager
async def viewing(server: RunningServer, uid: int = 1) -> AsyncIterator[Viewer]:
    viewer = Viewer()
    peer = RTCPeerConnection()
    viewer.control = peer.createDataChannel("control")
    motion = peer.createDataChannel("motion", ordered=False, maxRetransmits=0)
    receiver: Any = peer.addTransceiver("audio", direction="recvonly").receiver
    handle = receiver._handle_rtp_packet

    async def note_origin(packet: Any, arrival_time_ms: int) -> None:
        if viewer.origin is None:
            viewer.origin = packet.timestamp
        await handle(packet, arrival_time_ms)

    receiver._handle_rtp_packet = note_origin

    async def receive_text(text: str) -> None:
        viewer.texts.append(json.loads(text))
        await viewer.note()

    async def receive_motion(data: bytes) -> None:
        rtp = int.from_bytes(data[:4], "little")
        viewer.motion.append((rtp, decode_channel_packet(data[4:])))
        await viewer.note()

    async def listen(track: MediaStreamTrack) -> None:
        while True:
            frame = await track.recv()
            assert isinstance(frame, AudioFrame)
            samples = frame.to_ndarray().astype(np.float32) / 32768
            assert frame.pts is not None
            assert viewer.origin is not None
            rtp = (viewer.origin + frame.pts) % 2**32
            viewer.heard.append((rtp, float(np.abs(samples).max())))
            await viewer.note()

    listeners: set[asyncio.Task[None]] = set()

    def receive_track(track: MediaStreamTrack) -> None:
        listeners.add(asyncio.create_task(listen(track)))

    viewer.control.on("message", receive_text)
    motion.on("message", receive_motion)
    peer.on("track", receive_track)

    await peer.setLocalDescription(await peer.createOffer())
    status, headers, answer = await asyncio.to_thread(
        whep,
        server,
        path=f"/v1/channel/whep?channel=lobby&uid={uid}",
        token=server.agora_token(uid),
        body=peer.localDescription.sdp.encode(),
    )
    assert status == 201, answer
    viewer.location = {name.lower(): value for name, value in headers.items()}["location"]
    await peer.setRemoteDescription(RTCSessionDescription(answer, "answer"))
    try:
        await viewer.until(lambda: viewer.texts_of("joined"))
        yield viewer
    finally:
        for listener in listeners:
            listener.cancel()
        await peer.close()
        await asyncio.to_thread(whep, server, method="DELETE", path=viewer.location)


def agora(server: RunningServer, uid: int = 2001) -> AgoraEgressConfig:
    return AgoraEgressConfig(
        channel_name="lobby", token=server.agora_token(uid), uid=uid, publisher_id=str(uid)
    )


def test_a_turn_is_heard_and_its_motion_carries_the_time_of_its_sound(
    server: RunningServer,
) -> None:
    async def story() -> None:
        client = Client(server, agora_egress=agora(server))
        async with viewing(server) as viewer, client.session as session:
            await viewer.until(lambda: len(viewer.heard) > 10)
            sound = speech(24000, 1.0)
            await session.send_audio(sound, end=True)
            await viewer.until(lambda: viewer.motion and viewer.motion[-1][1].end)
            await viewer.until(lambda: viewer.heard[-1][0] > viewer.motion[-1][0] + 9600)
            assert [item.pts_us for _, item in viewer.motion] == [20_000 * k for k in range(50)]
            first_rtp = viewer.motion[0][0]
            assert [rtp - first_rtp for rtp, _ in viewer.motion] == [960 * k for k in range(50)]
            assert all(item.frames and not item.opus for _, item in viewer.motion)
            (turn,) = viewer.texts_of("turn")
            assert turn["turn"] == 1
            # What is loud carries the times that the motion names, but for the decoder's 6.5 ms.
            spoken = np.frombuffer(sound, "<i2") / 32768
            expected = first_rtp + 2 * np.nonzero(np.abs(spoken) > LOUD)[0][[0, -1]]
            loud = [rtp for rtp, level in viewer.heard if level > LOUD]
            assert np.abs(np.array([loud[0], loud[-1]]) - expected).max() < 2 * 960

    run(story())


def test_after_an_interrupt_the_sound_is_silent_from_the_time_that_is_told(
    server: RunningServer,
) -> None:
    async def story() -> None:
        client = Client(server, agora_egress=agora(server))
        async with viewing(server) as viewer, client.session as session:
            await session.send_audio(speech(24000, 10.0), end=True)
            await viewer.until(lambda: len(viewer.motion) > 40)
            await session.interrupt()
            await viewer.until(lambda: viewer.texts_of("clear"))
            (clear,) = viewer.texts_of("clear")
            await viewer.until(lambda: viewer.heard[-1][0] > clear["rtp"] + 24_000)
            loud = [rtp for rtp, level in viewer.heard if level > 0.02]
            assert loud[-1] < clear["rtp"] + 960  # one frame for the decoder's delay
            assert all(rtp < clear["rtp"] for rtp, _ in viewer.motion)
            n_motion = len(viewer.motion)
            await session.send_audio(speech(24000, 0.2), end=True)
            await viewer.until(lambda: viewer.motion[-1][1].end)
            assert {item.epoch for _, item in viewer.motion[n_motion:]} == {1}

    run(story())


def test_viewers_share_one_encoding_and_speak_to_each_other(server: RunningServer) -> None:
    async def story() -> None:
        client = Client(server, agora_egress=agora(server))
        async with (
            viewing(server, 1) as one,
            viewing(server, 2) as two,
            client.session as session,
        ):
            await one.until(lambda: len(one.heard) > 10)
            await two.until(lambda: len(two.heard) > 10)
            await session.send_audio(speech(24000, 0.5), end=True)
            await one.until(lambda: one.motion and one.motion[-1][1].end)
            await two.until(lambda: two.motion and two.motion[-1][1].end)
            assert (len(one.motion), len(two.motion)) == (25, 25)
            message = {"type": "message", "topic": "say", "to": 2, "data": {"text": "Hello"}}
            one.control.send(json.dumps(message))
            one.control.send("nonsense")
            await two.until(lambda: two.texts_of("message"))
            assert two.texts_of("message") == [
                {"type": "message", "from": 1, "topic": "say", "data": {"text": "Hello"}}
            ]
            await one.until(lambda: one.texts_of("error"))
            assert one.texts_of("error")[0]["code"] == "bad_request"

    run(story())


def test_a_viewer_that_leaves_is_gone(server: RunningServer) -> None:
    async def story() -> None:
        async with viewing(server, 1) as one:
            async with viewing(server, 2) as two:
                await one.until(lambda: one.texts_of("member_joined"))
            await one.until(lambda: one.texts_of("member_left"))
            assert one.texts_of("member_left") == [{"type": "member_left", "uid": 2}]
            gone = await asyncio.to_thread(whep, server, method="DELETE", path=two.location)
            assert gone[0] == 404

    run(story())


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({"token": "007garbage"}, 401, "token"),
        ({"token": ""}, 400, "Authorization"),
        ({"path": "/v1/channel/whep?channel=lobby&uid=0"}, 400, "uid"),
        ({"path": "/v1/channel/whep?uid=1"}, 400, "channel"),
        ({"path": "/v1/channel/whep?channel=lobby&uid=1&app_id=x"}, 403, "does not host"),
        ({"content_type": "text/plain"}, 400, "application/sdp"),
        ({"body": b"\xff"}, 400, "not text"),
        ({"body": b"x" * 70_000}, 400, "at most"),
        ({"body": b"nonsense"}, 400, "asks for no audio"),
        ({"body": b"v=0\r\nm=audio\r\n"}, 400, "cannot be answered"),
        ({"body": b""}, 400, "audio"),
    ],
)
def test_a_request_that_cannot_be_served_says_why(
    server: RunningServer, changes: dict[str, Any], status: int, words: str
) -> None:
    answered, _, body = whep(server, **{"body": b"v=0\r\n", **changes})
    assert (answered, json.loads(body)["type"]) == (status, "error")
    assert words in json.loads(body)["message"]


def test_a_uid_that_is_taken_is_refused(server: RunningServer) -> None:
    async def story() -> None:
        async with viewing(server):
            status, _, body = await asyncio.to_thread(whep, server, body=b"v=0\r\n")
            assert (status, json.loads(body)["code"]) == (409, "uid_taken")

    run(story())


def test_members_are_told_the_ice_servers() -> None:
    rtc = WebRtcConfig(
        ice_servers="stun:stun.example:3478 turn:turn.example:3478",
        ice_username="me",
        ice_credential=Secret("hush"),
    )
    with running_server(webrtc=rtc) as server:
        status, headers, _ = whep(server, method="OPTIONS")
        assert status == 204
        link = {name.lower(): value for name, value in headers.items()}["link"]
        assert link == (
            '<stun:stun.example:3478>; rel="ice-server", '
            '<turn:turn.example:3478>; rel="ice-server"; username="me"; credential="hush"; '
            'credential-type="password"'
        )
        assert whep(server, method="OPTIONS", token="007garbage")[0] == 401


def test_the_private_name_in_aiortc_is_still_there() -> None:
    assert RTP_TIMESTAMP.removeprefix("_RTCRtpSender") in {
        name.removeprefix("_RTCRtpSender") for name in RTCRtpSender.__init__.__code__.co_names
    }
