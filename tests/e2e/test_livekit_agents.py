"""LiveKit agents, real and unmodified, with a real Motion Server: a turn, an interrupt, a close."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator
from typing import Any, cast

import jwt
import numpy as np
import pytest
from livekit import rtc
from livekit.agents import Agent, AgentSession
from livekit.plugins import spatius

from avamotion.egress.livekit import open_livekit
from avamotion.egress.registry import EgressRequest, EgressServices
from avamotion.protocol.payload import decode_channel_packet
from tests.e2e import computed_speech
from tests.e2e.running_server import RunningServer, running_server
from tests.egress.memory_room import MemoryLiveKit, MemoryParticipant, MemoryRoom

pytestmark = pytest.mark.e2e

SECRET = "a secret of at least thirty-two bytes"
RATE_HZ = 24_000


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with running_server() as running:
        yield running


def connect_to(server: RunningServer, livekit: MemoryLiveKit) -> None:
    """Let the server's sessions join rooms in memory."""
    registry = cast("Any", server.server.config.app).state.server.egress

    def factory(request: EgressRequest, services: EgressServices) -> Any:
        return open_livekit(request, services, room_factory=livekit.room)

    registry.register("livekit", factory)


async def agent_room(livekit: MemoryLiveKit) -> MemoryRoom:
    room = MemoryRoom(livekit)
    claims = {"sub": "agent", "video": {"room": "lobby"}}
    await room.connect("", jwt.encode(claims, SECRET, algorithm="HS256"))
    return room


def plugin(server: RunningServer, **options: Any) -> spatius.AvatarSession:
    return spatius.AvatarSession(
        api_key=server.config.app.api_key.reveal(),
        app_id=server.config.app.id,
        avatar_id="mia",
        console_endpoint_url=server.console,
        ingress_endpoint_url=server.ingress,
        **options,
    )


async def speech(seconds: float) -> AsyncIterator[rtc.AudioFrame]:
    """A voice-like sound, much faster than real time, as TTS makes it."""
    n_samples = RATE_HZ // 50
    pcm = computed_speech.speech(RATE_HZ, seconds)
    for start in range(0, len(pcm), 2 * n_samples):
        yield rtc.AudioFrame(pcm[start : start + 2 * n_samples], RATE_HZ, 1, n_samples)


def note_position(position: dict[str, Any]) -> None:
    """Take what an agent was told about playback; a benchmark listens here."""


class Finished:
    """What an agent's audio output was told about playback."""

    def __init__(self, session: AgentSession[Any]) -> None:
        self.events: list[Any] = []
        assert session.output.audio is not None
        session.output.audio.on("playback_finished", self._note)

    def _note(self, event: Any) -> None:
        self.events.append(event)
        position_s = round(event.playback_position, 3)
        note_position({"position_s": position_s, "interrupted": event.interrupted})


def avatar(livekit: MemoryLiveKit) -> MemoryParticipant:
    return livekit.rooms["spatius-avatar-agent"].local_participant


def loud(participant: MemoryParticipant) -> list[float]:
    return [at for at, pcm in participant.heard if np.abs(np.frombuffer(pcm, "<i2")).max() > 500]


def run(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(story, 60))


@pytest.mark.parametrize("audio_format", ["ogg_opus", "pcm_s16le"])
def test_the_published_plugin_completes_a_turn_an_interrupt_and_a_close(
    server: RunningServer, audio_format: str
) -> None:
    async def story() -> None:
        livekit = MemoryLiveKit()
        connect_to(server, livekit)
        room = cast("Any", await agent_room(livekit))
        session: AgentSession[Any] = AgentSession()
        way = plugin(server, audio_format=audio_format)
        await way.start(
            session,
            room,
            livekit_url="wss://livekit.example",
            livekit_api_key="key",
            livekit_api_secret=SECRET,
        )
        finished = Finished(session)
        await session.start(Agent(instructions="Speak."))

        # A turn, to its end.
        await session.say("A sentence.", audio=speech(1.0)).wait_for_playout()
        (event,) = finished.events
        assert not event.interrupted
        assert event.playback_position == pytest.approx(1.0, abs=0.06)
        assert len(loud(avatar(livekit))) * 0.01 == pytest.approx(1.0, abs=0.25)
        motion = [decode_channel_packet(frame.payload) for frame in livekit.pushed]
        assert sum(len(item.frames) for item in motion) >= 50
        assert max(float(f.weights.max()) for item in motion for f in item.frames) > 0.1

        # A turn that is cut off: nothing of it is heard afterwards.
        n_heard = len(avatar(livekit).heard)
        handle = session.say("A long sentence.", audio=speech(10.0))
        await livekit.until(lambda: len(avatar(livekit).heard) >= n_heard + 80)
        handle.interrupt()
        await handle.wait_for_playout()
        event = finished.events[1]
        assert event.interrupted
        heard_s = sum(at >= avatar(livekit).heard[n_heard][0] for at in loud(avatar(livekit))) / 100
        assert event.playback_position == pytest.approx(heard_s, abs=0.3)
        at_interrupt = len(avatar(livekit).heard)
        await livekit.until(lambda: len(avatar(livekit).heard) >= at_interrupt + 50)
        late = avatar(livekit).heard[at_interrupt + 5 :]
        assert not any(np.abs(np.frombuffer(pcm, "<i2")).max() > 500 for _, pcm in late)

        # Goodbye.
        await session.aclose()
        await way.aclose()
        await livekit.until(lambda: "spatius-avatar-agent" not in livekit.rooms)

    run(story())


def test_an_agent_that_speaks_through_the_room_is_given_a_face(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from avamotion.livekit_avatar import AvatarSession

    for name, value in {
        "SPATIUS_API_KEY": server.config.app.api_key.reveal(),
        "SPATIUS_APP_ID": server.config.app.id,
        "SPATIUS_CONSOLE_ENDPOINT": server.console,
        "SPATIUS_INGRESS_ENDPOINT": server.ingress,
        "LIVEKIT_URL": "wss://livekit.example",
        "LIVEKIT_API_KEY": "key",
        "LIVEKIT_API_SECRET": SECRET,
    }.items():
        monkeypatch.setenv(name, value)

    async def story() -> None:
        livekit = MemoryLiveKit()
        connect_to(server, livekit)
        room = cast("Any", await agent_room(livekit))
        session: AgentSession[Any] = AgentSession()
        way = AvatarSession(avatar_id="mia")
        await way.start(session, room)
        finished = Finished(session)
        await session.start(Agent(instructions="Speak."))
        participant = livekit.rooms["avamotion-avatar"].local_participant

        for _ in range(2):
            await session.say("A sentence.", audio=speech(0.6)).wait_for_playout()
        for event in finished.events:
            assert not event.interrupted
            assert event.playback_position == pytest.approx(0.6, abs=0.06)
        assert len(finished.events) == 2

        n_heard = len(participant.heard)
        handle = session.say("A long sentence.", audio=speech(10.0))
        await livekit.until(lambda: len(participant.heard) >= n_heard + 80)
        handle.interrupt()
        await handle.wait_for_playout()
        assert finished.events[2].interrupted
        assert 0.1 < finished.events[2].playback_position < 1.5
        at_interrupt = len(participant.heard)
        await livekit.until(lambda: len(participant.heard) >= at_interrupt + 50)
        late = participant.heard[at_interrupt + 5 :]
        assert not any(np.abs(np.frombuffer(pcm, "<i2")).max() > 500 for _, pcm in late)

        await session.aclose()
        await way.aclose()
        await livekit.until(lambda: "avamotion-avatar" not in livekit.rooms)

    run(story())
