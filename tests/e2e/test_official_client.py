"""The official SDK, unmodified, against a real server."""

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from spatius import (
    AgoraEgressConfig,
    AudioFormat,
    AvatarSDKError,
    AvatarSDKErrorCode,
    AvatarSession,
    OggOpusEncoderConfig,
    SessionTokenError,
    new_avatar_session,
)

from avamotion.audio.opus import OpusDecoder
from avamotion.protocol.gen import ingress_pb2 as pb
from avamotion.protocol.payload import decode_animation
from avamotion.server.config import SessionConfig
from avamotion.tokens.session import SessionToken, issue_session_token
from tests.e2e.channel_viewer import viewing
from tests.e2e.computed_speech import speech
from tests.e2e.running_server import RunningServer, running_server

pytestmark = pytest.mark.e2e

AVATAR = "mia"


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with running_server() as running:
        yield running


class Client:
    """The SDK's session and what it reported."""

    def __init__(self, server: RunningServer, **changes: object) -> None:
        self.messages: list[pb.Message] = []
        self.errors: list[AvatarSDKError] = []
        self.ended = asyncio.Event()
        self.failed = asyncio.Event()
        arguments: dict[str, object] = {
            "api_key": server.config.app.api_key.reveal(),
            "app_id": server.config.app.id,
            "avatar_id": AVATAR,
            "console_endpoint_url": server.console,
            "ingress_endpoint_url": server.ingress,
            "sample_rate": 24000,
            "expire_at": datetime.now(UTC) + timedelta(minutes=5),
            "transport_frames": self._frames,
            "on_error": self._error,
            **changes,
        }
        self.session: AvatarSession = new_avatar_session(**arguments)

    def _frames(self, payload: bytes, last: bool) -> None:
        self.messages.append(pb.Message.FromString(payload))
        if last:
            self.ended.set()

    def _error(self, error: Exception) -> None:
        assert isinstance(error, AvatarSDKError)
        self.errors.append(error)
        self.failed.set()


@pytest.mark.parametrize("rate_hz", [8000, 16000, 22050, 24000, 32000, 44100, 48000])
def test_motion_of_pcm_comes_back_on_the_socket(server: RunningServer, rate_hz: int) -> None:
    async def story() -> None:
        client = Client(server, sample_rate=rate_hz)
        async with client.session as session, asyncio.timeout(20):
            req_id = await session.send_audio(speech(rate_hz, 1.0), end=True)
            await client.ended.wait()
        answers = [message.server_response_animation for message in client.messages]
        assert {answer.req_id for answer in answers} == {req_id}
        frames = [frame for a in answers if a.animation for frame in decode_animation(a.animation)]
        assert [frame.pts_us for frame in frames] == [20_000 * k for k in range(50)]
        assert max(float(frame.weights.max()) for frame in frames) > 0.1

    asyncio.run(story())


@pytest.mark.parametrize("rate_hz", [8000, 12000, 16000, 24000, 48000])
def test_motion_of_opus_comes_back_on_the_socket(server: RunningServer, rate_hz: int) -> None:
    async def story() -> None:
        client = Client(
            server,
            sample_rate=rate_hz,
            audio_format=AudioFormat.OGG_OPUS,
            ogg_opus_encoder=OggOpusEncoderConfig(),
        )
        async with client.session as session, asyncio.timeout(20):
            data = speech(rate_hz, 1.0)
            for at in range(0, len(data), 1000):
                await session.send_audio(data[at : at + 1000], end=at + 1000 >= len(data))
            await client.ended.wait()
        n_frames = sum(
            len(decode_animation(message.server_response_animation.animation))
            for message in client.messages
            if message.server_response_animation.animation
        )
        assert 50 <= n_frames <= 52  # the encoder pads to whole packets

    asyncio.run(story())


def agora(server: RunningServer, *, uid: int = 2001) -> AgoraEgressConfig:
    return AgoraEgressConfig(
        channel_name="lobby", token=server.agora_token(uid), uid=uid, publisher_id=str(uid)
    )


def test_a_turn_reaches_a_viewer_whole_and_in_sync(server: RunningServer) -> None:
    async def story() -> None:
        client = Client(server, agora_egress=agora(server))
        async with viewing(server) as viewer, client.session as session, asyncio.timeout(20):
            await session.send_audio(speech(24000, 1.0), end=True)
            await client.ended.wait()
            packets = viewer.packets
            assert [packet.pts_us for packet in packets] == [20_000 * k for k in range(50)]
            assert [packet.sequence for packet in packets] == list(range(50))
            assert packets[0].start
            assert packets[-1].end
            for packet in packets:
                assert [frame.pts_us for frame in packet.frames] == [packet.pts_us]
            decoder = OpusDecoder()
            sound = np.concatenate([decoder.decode(packet.opus) for packet in packets])
            assert np.sqrt(np.mean(sound**2)) > 0.05
            (turn,) = viewer.texts("turn")
            assert turn["turn"] == 1
        states = [m.server_response_animation.end for m in client.messages]
        assert states == [False, True]

    asyncio.run(story())


def test_after_an_interrupt_nothing_of_the_turn_is_heard(server: RunningServer) -> None:
    async def story() -> None:
        client = Client(server, agora_egress=agora(server))
        async with viewing(server) as viewer, client.session as session, asyncio.timeout(20):
            await session.send_audio(speech(24000, 10.0), end=True)
            await viewer.until(lambda: len(viewer.packets) > 10)
            await session.interrupt()
            await viewer.until(lambda: bool(viewer.texts("clear")))
            cleared_at = len(viewer.items)
            await session.send_audio(speech(24000, 0.5), end=True)
            await client.ended.wait()
            after = [item for item in viewer.items[cleared_at:] if not isinstance(item, dict)]
            assert {packet.epoch for packet in after} == {1}
            assert {packet.turn for packet in after} == {2}
            assert len(after) == 25

    asyncio.run(story())


def test_the_tail_of_a_turn_that_is_never_ended_is_spoken_all_the_same(
    server: RunningServer,
) -> None:
    async def story() -> None:
        client = Client(server, agora_egress=agora(server))
        async with viewing(server) as viewer, client.session as session, asyncio.timeout(20):
            await session.send_audio(speech(24000, 0.5), end=False)
            await viewer.until(lambda: len(viewer.packets) >= 25)
            await session.send_audio(b"", end=True)
            await client.ended.wait()
            assert viewer.packets[-1].end

    asyncio.run(story())


def fail(server: RunningServer, **changes: object) -> AvatarSDKError:
    """Start a session that must not come about; return why."""

    async def story() -> AvatarSDKError:
        client = Client(server, **changes)
        with pytest.raises(AvatarSDKError) as failure:
            async with client.session:
                pass
        return failure.value

    return asyncio.run(story())


def test_a_wrong_api_key_is_refused(server: RunningServer) -> None:
    async def story() -> None:
        with pytest.raises(SessionTokenError) as failure:
            await Client(server, api_key="wrong").session.init()
        assert failure.value.http_status == 401
        assert "X-Api-Key" in str(failure.value)

    asyncio.run(story())


def test_a_token_for_too_long_is_refused(server: RunningServer) -> None:
    async def story() -> None:
        with pytest.raises(SessionTokenError, match="at most 24 hours"):
            await Client(server, expire_at=datetime.now(UTC) + timedelta(days=2)).session.init()

    asyncio.run(story())


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"app_id": "app_other"}, AvatarSDKErrorCode.appIDMismatch),
        ({"avatar_id": "nobody"}, AvatarSDKErrorCode.avatarNotFound),
        ({"sample_rate": 11025}, AvatarSDKErrorCode.unsupportedSampleRate),
        ({"extra_params": {"motion.intensity": "9"}}, AvatarSDKErrorCode.invalidRequest),
    ],
)
def test_a_refusal_is_classified_right(
    server: RunningServer, changes: dict[str, object], code: AvatarSDKErrorCode
) -> None:
    if "sample_rate" in changes:  # the server says so; its code is that of any bad argument
        failure = fail(server, **changes)
        assert "unsupported sample rate" in str(failure)
    else:
        assert fail(server, **changes).code == code


@pytest.mark.parametrize("token", ["", "garbage", "a.b.c"])
def test_a_bad_session_token_is_named(server: RunningServer, token: str) -> None:
    async def story() -> None:
        session = Client(server).session
        session._session_token = token or "x"
        with pytest.raises(AvatarSDKError) as failure:
            await session.start()
        assert failure.value.code == AvatarSDKErrorCode.sessionTokenInvalid

    asyncio.run(story())


@pytest.mark.parametrize(
    ("app_id", "age_s", "code"),
    [
        (None, 60, AvatarSDKErrorCode.sessionTokenExpired),
        ("app_foreign", -60, AvatarSDKErrorCode.appIDUnrecognized),
    ],
)
def test_an_expired_or_foreign_session_token_is_named(
    server: RunningServer, app_id: str | None, age_s: int, code: AvatarSDKErrorCode
) -> None:
    now = int(time.time())
    token = SessionToken(app_id or server.config.app.id, f"{code}", now - age_s)
    text = issue_session_token(
        token, signing_key=server.config.app.signing_key.reveal(), now=now - 120
    )

    async def story() -> None:
        session = Client(server, app_id=app_id or server.config.app.id).session
        session._session_token = text
        with pytest.raises(AvatarSDKError) as failure:
            await session.start()
        assert failure.value.code == code

    asyncio.run(story())


def test_a_session_token_works_once(server: RunningServer) -> None:
    async def story() -> None:
        first, second = Client(server).session, Client(server).session
        async with first:
            second._session_token = first._session_token
            with pytest.raises(AvatarSDKError) as failure:
                await second.start()
            assert failure.value.code == AvatarSDKErrorCode.sessionTokenInvalid

    asyncio.run(story())


@pytest.mark.parametrize("kind", ["certificate", "taken", "empty"])
def test_an_egress_that_is_refused_is_named(server: RunningServer, kind: str) -> None:
    token = {"certificate": "007garbage", "empty": ""}.get(kind, server.agora_token(2001))
    egress = AgoraEgressConfig(channel_name="lobby", token=token, uid=2001, publisher_id="2001")

    async def story() -> None:
        async with viewing(server, uid=2001 if kind == "taken" else 5):
            client = Client(server, agora_egress=egress)
            with pytest.raises(AvatarSDKError) as failure:
                async with client.session:
                    pass
            assert failure.value.code == AvatarSDKErrorCode.invalidEgressConfig
            words = {"certificate": "token", "taken": "already", "empty": "agora_egress"}[kind]
            assert words in str(failure.value)

    asyncio.run(story())


def test_odd_pcm_is_an_error_and_the_session_goes_on(server: RunningServer) -> None:
    async def story() -> None:
        client = Client(server)
        async with client.session as session, asyncio.timeout(20):
            await session.send_audio(b"abc")
            await client.failed.wait()
            assert "even number" in str(client.errors[0])
            await session.send_audio(speech(24000, 0.5), end=True)
            await client.ended.wait()

    asyncio.run(story())


def test_half_an_ogg_page_is_an_error_and_the_session_goes_on(server: RunningServer) -> None:
    async def story() -> None:
        client = Client(server, audio_format=AudioFormat.OGG_OPUS)
        async with client.session as session, asyncio.timeout(20):
            await session.send_audio(b"OggS\0\0", end=True)
            await client.failed.wait()
            assert "middle of a page" in str(client.errors[0])
            await session.send_audio(b"no ogg at all", end=True)
            while len(client.errors) < 2:
                client.failed.clear()
                await client.failed.wait()
            assert "not an Ogg stream" in str(client.errors[1])

    asyncio.run(story())


def test_an_idle_session_is_closed_with_the_words_the_client_knows() -> None:
    async def story() -> None:
        with running_server(SessionConfig(idle_timeout_s=0.2)) as impatient:
            client = Client(impatient)
            async with client.session, asyncio.timeout(20):
                await client.failed.wait()
            assert "no audio input for 0.2 s" in str(client.errors[0])

    asyncio.run(story())
