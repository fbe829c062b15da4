"""The publisher, the real SDK and a Motion Server on a real socket."""

import asyncio
import dataclasses
import math
import os
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from guarder.motion_server import MotionServer
from guarder.record import Refusal
from spatius.audio_encoder import EncodedAudioChunk, OggOpusStreamEncoder
from spatius_avatar_python.config import AvatarConfig
from spatius_avatar_python.failure import Failure
from spatius_avatar_python.listener import PublisherState
from spatius_avatar_python.pcm import AudioShape
from spatius_avatar_python.playback import PlaybackEvent, PlaybackState
from spatius_avatar_python.publisher import Publisher
from spatius_avatar_python.speech import Speech
from spatius_avatar_python.turn import Drop, EndReason, Turn, TurnKey

RATE_HZ = 24000


class Recorder:
    """Keeps what a publisher tells."""

    def __init__(self) -> None:
        self.failures: list[Failure] = []
        self.playback: list[PlaybackEvent] = []
        self.dropped_s: dict[Drop, float] = {}
        self.n_connections = 0
        self.lost: list[Turn | None] = []
        self.queued_s: list[float] = []
        self.n_queue_warnings = 0

    def on_failure(self, failure: Failure, turn: Turn | None) -> None:
        self.failures.append(failure)

    def on_playback(self, event: PlaybackEvent) -> None:
        self.playback.append(event)

    def on_dropped(self, drop: Drop, duration_s: float) -> None:
        self.dropped_s[drop] = self.dropped_s.get(drop, 0.0) + duration_s

    def on_connected(self, connection_id: str, connect_s: float, n_connections: int) -> None:
        self.n_connections = n_connections

    def on_lost(self, turn: Turn | None) -> None:
        self.lost.append(turn)

    def on_first_sent(self, turn: Turn, queued_s: float) -> None:
        self.queued_s.append(queued_s)

    def on_queue_long(self, duration_s: float) -> None:
        self.n_queue_warnings += 1


class Rig:
    """A publisher at work."""

    def __init__(self, config: AvatarConfig) -> None:
        self.seen = Recorder()
        self.publisher = Publisher(config, self.seen, jitter=lambda: 0.0)
        self.speech = Speech(
            config,
            self.publisher,
            None,
            on_dropped=self.seen.on_dropped,
            on_rejected=lambda problem, metadata: None,
        )
        self.running = asyncio.create_task(self.publisher.run())

    def speak(self, turn: int, seconds: float = 1.0) -> None:
        """Every sample of a turn has the turn's number as its value."""
        n_frames = round(seconds / 0.02)
        for _ in range(n_frames):
            self.speech.receive_frame(
                AudioShape(RATE_HZ, 2, 1),
                pcm(turn, 480),
                {"turn_id": turn},
                is_last=False,
                now=asyncio.get_running_loop().time(),
            )

    def babble(self, turn: int, seconds: float) -> None:
        """Noise, which the connection's compression cannot make small."""
        self.speech.receive_frame(
            AudioShape(RATE_HZ, 2, 1),
            os.urandom(2 * round(seconds * RATE_HZ)),
            {"turn_id": turn},
            is_last=False,
            now=asyncio.get_running_loop().time(),
        )

    def end(self, turn: int, reason: EndReason = EndReason.REQUEST_END) -> Turn | None:
        now = asyncio.get_running_loop().time()
        return self.speech.receive_end(TurnKey(str(turn)), reason, now=now)

    async def flush(self) -> str:
        self.speech.interrupt(now=asyncio.get_running_loop().time())
        return await self.publisher.interrupt()

    async def until(self, condition: Callable[[], object], what: str) -> None:
        deadline = time.monotonic() + 8.0
        while not condition():
            assert time.monotonic() < deadline, f"waited in vain until {what}"
            await asyncio.sleep(0.005)

    async def until_stuck(self) -> None:
        """Wait until the service takes no more."""
        before_s = math.inf
        while self.publisher._queue.duration_s < before_s:
            before_s = self.publisher._queue.duration_s
            await asyncio.sleep(0.5)


def pcm(turn: int, n_samples: int) -> bytes:
    return turn.to_bytes(2, "little") * n_samples


def heard(audio: bytes | bytearray) -> dict[int, int]:
    """Count samples by turn."""
    counts: dict[int, int] = {}
    for value in memoryview(bytes(audio)).cast("h"):
        counts[value] = counts.get(value, 0) + 1
    return counts


def configure(server: MotionServer, **params: object) -> AvatarConfig:
    return AvatarConfig.from_properties(
        {
            "params": {
                "spatius_api_key": "api-key-0123",
                "spatius_app_id": "app",
                "spatius_avatar_id": "avatar",
                "agora_appid": "0123456789abcdef0123456789abcdef",
                "agora_appcert": "fedcba9876543210fedcba9876543210",
                "agora_channel": "channel",
                "agora_uid": "2001",
                "console_endpoint_url": server.console_url,
                "ingress_endpoint_url": server.ingress_url,
                **params,
            }
        }
    )


@asynccontextmanager
async def at_work(config: AvatarConfig) -> AsyncIterator[Rig]:
    rig = Rig(config)
    try:
        yield rig
    finally:
        rig.running.cancel()
        await asyncio.wait({rig.running}, timeout=10)
        assert rig.running.done()


def tell(story: Callable[[MotionServer], Awaitable[None]]) -> None:
    with MotionServer() as server:
        asyncio.run(story(server))  # type: ignore[arg-type]  # a story is a coroutine function


async def seen(server: MotionServer, condition: Callable[[], object], what: str) -> None:
    await asyncio.to_thread(server.wait_for, condition, what)


def test_the_session_is_configured_as_the_guide_says() -> None:
    async def story(server: MotionServer) -> None:
        async with at_work(configure(server)) as rig:
            await rig.until(lambda: rig.seen.n_connections, "connected")
            asked = server.sessions[0].configuration
            assert asked.sample_rate == RATE_HZ
            assert asked.audio_format == 0
            assert asked.egress_type == 2
            assert asked.agora_egress.channel_name == "channel"
            assert asked.agora_egress.uid == 2001
            assert asked.agora_egress.publisher_id == "2001"
            assert asked.agora_egress.token.startswith("007")
            assert 0 < server.tokens[0] - time.time() <= 30 * 60

    tell(story)


def test_a_turn_is_one_request_with_one_end_and_unchanged_bytes() -> None:
    """R1, R4."""

    async def story(server: MotionServer) -> None:
        async with at_work(configure(server)) as rig:
            rig.speak(1, 2.5)
            rig.end(1)
            rig.end(1)
            rig.speak(2, 0.5)
            rig.end(2)
            await seen(
                server, lambda: sum(u.ended for u in server.utterances()) == 2, "two turns ended"
            )
            first, second = server.utterances()
            assert bytes(first.audio) == pcm(1, 60000)
            assert bytes(second.audio) == pcm(2, 12000)
            assert first.n_ends == second.n_ends == 1

    tell(story)


def test_an_end_without_audio_opens_no_request() -> None:
    """R4."""

    async def story(server: MotionServer) -> None:
        async with at_work(configure(server)) as rig:
            await rig.until(lambda: rig.seen.n_connections, "connected")
            rig.end(1)
            rig.speak(2, 0.1)
            rig.end(2)
            await seen(server, lambda: any(u.ended for u in server.utterances()), "a turn ended")
            assert len(server.utterances()) == 1

    tell(story)


def test_after_a_flush_nothing_of_the_turn_is_sent_and_the_next_turn_is_whole() -> None:
    """R2, R3, R4."""

    async def story(server: MotionServer) -> None:
        async with at_work(configure(server)) as rig:
            rig.speak(1, 60.0)
            await seen(server, lambda: server.audio(), "the first turn is being heard")
            assert await rig.flush() == "interrupted"
            rig.speak(1, 0.5)  # still in flight
            rig.speak(2, 0.5)
            rig.speak(1, 0.1)  # really late
            rig.end(1)
            rig.end(2)
            await seen(server, lambda: any(u.ended for u in server.utterances()), "turn 2 ended")
            first, second = server.utterances()
            assert first.interrupted
            assert first.late_bytes == 0
            assert len(first.audio) < len(pcm(1, 60 * RATE_HZ))
            assert heard(second.audio) == {2: 12000}
            assert not second.interrupted

    tell(story)


def test_flushes_that_overlap_share_one_interrupt() -> None:
    """R3."""

    async def story(server: MotionServer) -> None:
        async with at_work(configure(server)) as rig:
            rig.speak(1, 5.0)
            await seen(server, lambda: server.audio(), "the turn is being heard")
            results = await asyncio.gather(*(rig.flush() for _ in range(8)))
            assert results == ["interrupted"] * 8
            rig.speak(2, 0.1)
            rig.end(2)
            await seen(server, lambda: any(u.ended for u in server.utterances()), "turn 2 ended")
            assert len(server.sessions[0].interrupts) == 1

    tell(story)


def test_a_flush_when_nothing_is_spoken_bothers_nobody() -> None:
    """R3, R5."""

    async def story(server: MotionServer) -> None:
        async with at_work(configure(server)) as rig:
            assert await rig.flush() == "nothing was being spoken"
            await rig.until(lambda: rig.seen.n_connections, "connected")
            assert await rig.flush() == "nothing was being spoken"
            rig.speak(1, 0.1)
            rig.end(1)
            await rig.until(
                lambda: any(e.state is PlaybackState.ENDED for e in rig.seen.playback), "played"
            )
            assert await rig.flush() == "nothing was being spoken"
            assert server.sessions[0].interrupts == []

    tell(story)


def test_a_flush_returns_within_a_second_when_the_service_hangs() -> None:
    """R5: and the turn is not spoken later, when it wakes up."""

    async def story(server: MotionServer) -> None:
        async with at_work(configure(server)) as rig:
            rig.speak(1, 1.0)
            await seen(server, lambda: server.audio(), "the turn is being heard")
            server.hang()
            rig.babble(1, 300.0)  # more than the socket's buffers hold
            await rig.until_stuck()
            started_at = time.monotonic()
            result = await rig.flush()
            assert time.monotonic() - started_at < 1.0
            assert result == "the service did not take the interrupt: reconnecting"
            # It does not wait for a goodbye that the service may never take.
            n_requests = server.n_requests
            await rig.until(lambda: server.n_requests > n_requests, "it reconnects")
            assert time.monotonic() - started_at < 1.8
            server.resume()
            rig.speak(2, 0.5)
            rig.end(2)
            await seen(server, lambda: any(u.ended for u in server.utterances()), "turn 2 ended")
            assert heard(server.utterances()[-1].audio) == {2: 12000}
            await seen(server, lambda: not server.sessions[0].is_open, "the old session is over")

    tell(story)


def test_a_tts_that_cut_its_request_off_silences_it() -> None:
    """R1: reason 2."""

    async def story(server: MotionServer) -> None:
        async with at_work(configure(server)) as rig:
            rig.speak(1, 5.0)
            await seen(server, lambda: server.audio(), "the turn is being heard")
            turn = rig.end(1, EndReason.INTERRUPTED)
            assert turn is not None
            assert await rig.publisher.interrupt(turn) == "interrupted"
            rig.speak(2, 0.1)
            rig.end(2)
            await seen(server, lambda: any(u.ended for u in server.utterances()), "turn 2 ended")
            assert server.utterances()[0].interrupted
            assert server.utterances()[0].n_ends == 0

    tell(story)


def test_a_greeting_that_is_spoken_before_there_is_a_server_is_not_lost() -> None:
    """R6, R7."""

    async def story(server: MotionServer) -> None:
        server.kill()
        async with at_work(configure(server)) as rig:
            rig.speak(1, 2.0)
            rig.end(1)
            await rig.until(lambda: rig.seen.failures, "a first attempt failed")
            server.restart()
            await seen(server, lambda: any(u.ended for u in server.utterances()), "greeting ended")
            assert bytes(server.utterances()[0].audio) == pcm(1, 48000)

    tell(story)


def test_what_waited_too_long_for_a_connection_is_not_spoken_any_more() -> None:
    """R6."""

    async def story(server: MotionServer) -> None:
        server.kill()
        async with at_work(configure(server, max_wait_s=1.0)) as rig:
            rig.speak(1, 1.0)
            rig.end(1)
            await asyncio.sleep(1.2)
            rig.speak(2, 0.1)
            rig.end(2)
            server.restart()
            await seen(server, lambda: any(u.ended for u in server.utterances()), "turn 2 ended")
            assert heard(server.audio()) == {2: 2400}
            assert rig.seen.dropped_s[Drop.WAITED_TOO_LONG] == pytest.approx(1.0)

    tell(story)


def test_the_memory_for_waiting_speech_is_bounded() -> None:
    """R6."""

    async def story(server: MotionServer) -> None:
        server.kill()
        async with at_work(configure(server, max_queue_s=3)) as rig:
            rig.speak(1, 100.0)
            assert rig.seen.dropped_s[Drop.QUEUE_FULL] == pytest.approx(97.0, abs=0.1)

    tell(story)


def test_a_server_killed_in_mid_sentence_speaks_the_next_sentence_when_it_is_back() -> None:
    """R7: and not the rest of the broken one."""

    async def story(server: MotionServer) -> None:
        async with at_work(configure(server)) as rig:
            rig.speak(1, 1.0)
            await seen(server, lambda: len(server.audio()) == 48000, "half a sentence was heard")
            server.kill()
            await rig.until(lambda: rig.seen.lost, "the loss was noticed")
            rig.speak(1, 1.0)
            rig.end(1)
            rig.speak(2, 1.0)
            rig.end(2)
            server.restart()
            await seen(server, lambda: any(u.ended for u in server.utterances()), "turn 2 ended")
            assert heard(server.sessions[-1].audio()) == {2: 24000}
            assert rig.seen.dropped_s[Drop.CONNECTION_LOST] == pytest.approx(1.0)
            (event,) = [e for e in rig.seen.playback if e.state is PlaybackState.INTERRUPTED]
            assert event.reason == "connection_lost"
            assert server.sessions[-1].token != server.sessions[0].token

    tell(story)


@pytest.mark.parametrize("code", [4001, 4003, 4010])
def test_a_final_close_code_is_reported_once_and_ends_the_session(code: int) -> None:
    """R7."""

    async def story(server: MotionServer) -> None:
        async with at_work(configure(server)) as rig:
            await rig.until(lambda: rig.seen.n_connections, "connected")
            server.close_sessions(code, "enough")
            await asyncio.wait_for(asyncio.shield(rig.running), 5)
            assert rig.publisher.state is PublisherState.ENDED
            assert [failure.is_final for failure in rig.seen.failures] == [True]
            rig.speak(1, 0.1)
            assert rig.seen.dropped_s[Drop.SESSION_ENDED] == pytest.approx(0.1)
            assert await rig.flush() == "nothing was being spoken"
            assert len(server.sessions) == 1

    tell(story)


@pytest.mark.parametrize("code", [1001, 1011, 4002, 4503])
def test_another_close_code_is_followed_by_a_reconnect(code: int) -> None:
    """R7."""

    async def story(server: MotionServer) -> None:
        async with at_work(configure(server)) as rig:
            await rig.until(lambda: rig.seen.n_connections == 1, "connected")
            server.close_sessions(code, "for now")
            await rig.until(lambda: rig.seen.n_connections == 2, "connected again")
            rig.speak(1, 0.1)
            rig.end(1)
            await seen(server, lambda: any(u.ended for u in server.utterances()), "turn ended")

    tell(story)


def test_a_key_that_the_console_refuses_ends_the_session_with_one_report() -> None:
    """R7."""

    async def story(server: MotionServer) -> None:
        server.refuse_token = Refusal(401, "unauthorized", "unknown API key")
        async with at_work(configure(server)) as rig:
            await asyncio.wait_for(asyncio.shield(rig.running), 5)
            (failure,) = rig.seen.failures
            assert failure.is_final
            assert "unknown API key" in failure.message
            assert server.n_attempts == 1

    tell(story)


def test_a_busy_server_is_asked_again() -> None:
    """R7: concurrency limit at connect passes by itself."""

    async def story(server: MotionServer) -> None:
        server.refuse_session = Refusal(429, "limit", "concurrency limit")
        async with at_work(configure(server)) as rig:
            await rig.until(lambda: rig.seen.failures, "refused")
            server.refuse_session = None
            await rig.until(lambda: rig.seen.n_connections, "connected")

    tell(story)


def test_credentials_are_renewed_between_turns_before_they_expire() -> None:
    """R7."""

    async def story(server: MotionServer) -> None:
        server.plays_at_once = False
        config = configure(server)
        service = dataclasses.replace(config.service, session_expire_s=2)  # due after 1.6 s
        async with at_work(dataclasses.replace(config, service=service)) as rig:
            await rig.until(lambda: rig.seen.n_connections == 1, "connected")
            rig.speak(1, 0.2)
            await seen(server, lambda: server.audio(), "the turn is being heard")
            await asyncio.sleep(1.8)  # the turn is open: renewal has to wait
            assert len(server.sessions) == 1
            rig.speak(1, 0.2)
            rig.end(1)
            await rig.until(lambda: rig.seen.n_connections == 2, "renewed")
            rig.speak(2, 0.1)
            rig.end(2)
            await seen(
                server,
                lambda: len(server.utterances()) == 2 and server.utterances()[1].ended,
                "turn 2 was heard",
            )
            old, new = server.sessions[0], server.sessions[1]
            assert heard(old.audio()) == {1: 9600}
            assert heard(new.audio()) == {2: 2400}
            assert old.token != new.token
            assert old.configuration.agora_egress.token != new.configuration.agora_egress.token
            assert rig.seen.failures == []
            assert not any(e.state is PlaybackState.INTERRUPTED for e in rig.seen.playback)

    tell(story)


def test_stopping_waits_for_a_hanging_service_no_longer_than_it_must() -> None:
    """R14."""

    async def story(server: MotionServer) -> None:
        async with at_work(configure(server)) as rig:
            rig.speak(1, 1.0)
            await seen(server, lambda: server.audio(), "the turn is being heard")
            server.hang()
            rig.babble(1, 300.0)
            await rig.until_stuck()
            started_at = time.monotonic()
            rig.running.cancel()
            await asyncio.wait({rig.running}, timeout=10)
            assert time.monotonic() - started_at < 4.5
            server.resume()

    tell(story)


def test_stopping_can_send_what_is_queued_first() -> None:
    """R14."""

    async def story(server: MotionServer) -> None:
        async with at_work(configure(server)) as rig:
            await rig.until(lambda: rig.seen.n_connections, "connected")
            rig.speak(1, 100.0)
            rig.end(1)
            await rig.publisher.drain(5.0)
        assert len(server.audio()) == 100 * RATE_HZ * 2
        assert server.utterances()[0].ended

    tell(story)


def test_opus_is_encoded_off_the_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """R15."""
    threads: set[threading.Thread] = set()
    encode = OggOpusStreamEncoder.encode

    def observed(self: OggOpusStreamEncoder, data: bytes, *, end: bool) -> EncodedAudioChunk:
        threads.add(threading.current_thread())
        return encode(self, data, end=end)

    monkeypatch.setattr(OggOpusStreamEncoder, "encode", observed)

    async def story(server: MotionServer) -> None:
        async with at_work(configure(server, audio_format="ogg_opus")) as rig:
            rig.speak(300, 1.0)
            rig.end(300)
            await seen(server, lambda: any(u.ended for u in server.utterances()), "turn ended")
            (utterance,) = server.utterances()
            assert bytes(utterance.audio[:4]) == b"OggS"
            assert b"OpusHead" in utterance.audio
            assert server.sessions[0].configuration.audio_format == 1

    tell(story)
    assert threads
    assert threading.main_thread() not in threads


@pytest.mark.parametrize("is_ending", [False, True])
def test_audio_that_is_being_encoded_when_a_flush_comes_is_not_sent(
    monkeypatch: pytest.MonkeyPatch, is_ending: bool
) -> None:
    """R3: the frame in hand."""
    encoding, go_on = threading.Event(), threading.Event()
    encode = OggOpusStreamEncoder.encode

    def slow(self: OggOpusStreamEncoder, data: bytes, *, end: bool) -> EncodedAudioChunk:
        encoded = encode(self, data, end=end)
        if self._total_input_samples >= RATE_HZ and end is is_ending:
            encoding.set()
            go_on.wait(8.0)
        return encoded

    monkeypatch.setattr(OggOpusStreamEncoder, "encode", slow)

    async def story(server: MotionServer) -> None:
        async with at_work(configure(server, audio_format="ogg_opus")) as rig:
            rig.speak(300, 1.0)
            if is_ending:
                rig.end(300)
            await asyncio.to_thread(encoding.wait, 8.0)
            flushing = asyncio.create_task(rig.flush())
            await asyncio.sleep(0)
            n_bytes = len(server.audio())
            go_on.set()
            assert await flushing == "interrupted"
            rig.speak(400, 0.1)
            rig.end(400)
            await seen(server, lambda: any(u.ended for u in server.utterances()), "turn ended")
            first, second = server.utterances()
            assert len(first.audio) == n_bytes
            assert first.n_ends == 0
            assert bytes(second.audio[:4]) == b"OggS"

    tell(story)


def test_a_flush_does_not_wait_for_an_encoder_that_is_stuck(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """R5."""
    is_stuck, go_on = threading.Event(), threading.Event()
    encode = OggOpusStreamEncoder.encode

    def stuck(self: OggOpusStreamEncoder, data: bytes, *, end: bool) -> EncodedAudioChunk:
        if self._total_input_samples >= RATE_HZ // 2:
            is_stuck.set()
            go_on.wait(8.0)
        return encode(self, data, end=end)

    monkeypatch.setattr(OggOpusStreamEncoder, "encode", stuck)

    async def story(server: MotionServer) -> None:
        async with at_work(configure(server, audio_format="ogg_opus")) as rig:
            rig.speak(300, 1.0)
            await asyncio.to_thread(is_stuck.wait, 8.0)
            started_at = time.monotonic()
            assert await rig.flush() == "the interrupt is under way"
            assert time.monotonic() - started_at < 1.0
            go_on.set()
            await seen(server, lambda: server.sessions[0].interrupts, "the interrupt arrived")

    tell(story)


def test_another_rate_is_resampled_on_request() -> None:
    """R8."""

    async def story(server: MotionServer) -> None:
        async with at_work(configure(server, resample=True)) as rig:
            rig.speech.receive_frame(
                AudioShape(48000, 2, 1),
                pcm(500, 48000),
                {},
                is_last=True,
                now=asyncio.get_running_loop().time(),
            )
            await seen(server, lambda: any(u.ended for u in server.utterances()), "turn ended")
            samples = memoryview(bytes(server.audio())).cast("h")
            assert len(samples) == 24000
            assert samples[12000] == 500

    tell(story)


def test_playback_is_followed_from_the_services_signals() -> None:
    """R16."""

    async def story(server: MotionServer) -> None:
        server.plays_at_once = False
        async with at_work(configure(server)) as rig:
            rig.speak(1, 1.0)
            rig.end(1)
            await rig.until(lambda: rig.seen.playback, "started")
            await seen(server, lambda: server.utterances()[0].ended, "the turn was received")
            (utterance,) = server.utterances()
            server.signal(utterance.req_id, end=True)
            await rig.until(lambda: len(rig.seen.playback) == 2, "ended")
            start, end = rig.seen.playback
            assert (start.state, end.state) == (PlaybackState.STARTED, PlaybackState.ENDED)
            assert end.played_ms == 1000

    tell(story)


def test_an_error_that_leaves_the_connection_alone_is_reported_and_speech_goes_on() -> None:
    """R7."""

    async def story(server: MotionServer) -> None:
        async with at_work(configure(server)) as rig:
            await rig.until(lambda: rig.seen.n_connections, "connected")
            server.send_error(13, "motion engine hiccup")
            await rig.until(lambda: rig.seen.failures, "reported")
            rig.speak(1, 0.1)
            rig.end(1)
            await seen(server, lambda: any(u.ended for u in server.utterances()), "turn ended")
            assert len(server.sessions) == 1

    tell(story)
