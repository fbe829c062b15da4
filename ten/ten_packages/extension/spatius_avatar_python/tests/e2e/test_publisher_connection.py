"""What a publisher does when its connection does not do what it should."""

import asyncio
import dataclasses
import time

import pytest
from guarder.motion_server import MotionServer
from guarder.record import Refusal
from spatius_avatar_python.listener import PublisherState
from spatius_avatar_python.playback import PlaybackState
from spatius_avatar_python.tests.e2e.rig import (
    RATE_HZ,
    at_work,
    configure,
    heard,
    pcm,
    seen,
    tell,
)
from spatius_avatar_python.turn import Drop


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
