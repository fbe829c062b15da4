"""How a publisher encodes, and what it hears of playback."""

import asyncio
import threading
import time

import pytest
from guarder.motion_server import MotionServer
from spatius.audio_encoder import EncodedAudioChunk, OggOpusStreamEncoder
from spatius_avatar_python.pcm import AudioShape
from spatius_avatar_python.playback import PlaybackState
from spatius_avatar_python.tests.e2e.rig import (
    RATE_HZ,
    at_work,
    configure,
    pcm,
    seen,
    tell,
)


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
    sent_before: list[bytes] = []
    encode = OggOpusStreamEncoder.encode

    def slow(self: OggOpusStreamEncoder, data: bytes, *, end: bool) -> EncodedAudioChunk:
        encoded = encode(self, data, end=end)
        if self._total_input_samples >= RATE_HZ and end is is_ending:
            encoding.set()
            go_on.wait(8.0)
        elif not encoding.is_set():
            sent_before.append(encoded.payload)
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
            go_on.set()
            assert await flushing == "interrupted"
            rig.speak(400, 0.1)
            rig.end(400)
            await seen(server, lambda: any(u.ended for u in server.utterances()), "turn ended")
            first, second = server.utterances()
            assert first.audio == b"".join(sent_before)
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
