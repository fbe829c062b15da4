"""What a publisher sends of a turn, and what it does not send after a flush."""

import asyncio
import time

from guarder.motion_server import MotionServer
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
from spatius_avatar_python.turn import EndReason


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


def test_a_change_of_style_goes_ahead_of_what_waits_and_with_every_later_session() -> None:
    async def story(server: MotionServer) -> None:
        async with at_work(configure(server, motion={"seed": 7})) as rig:
            await rig.until(lambda: rig.seen.n_connections, "connected")
            assert dict(server.sessions[0].configuration.extra_params) == {"motion.seed": "7"}
            rig.publisher.change_style({"motion.emotion": "sad"})
            rig.speak(1, 0.4)
            rig.end(1)
            await seen(server, lambda: any(u.ended for u in server.utterances()), "turn ended")
            wanted = {"motion.seed": "7", "motion.emotion": "sad"}
            assert server.sessions[0].styles == [wanted]
            assert heard(server.audio()) == {1: 9600}

            server.close_sessions(1012)
            await rig.until(lambda: rig.seen.n_connections == 2, "connected again")
            assert dict(server.sessions[1].configuration.extra_params) == wanted

    tell(story)
