"""After a flush the avatar is silent at once, and the next turn is heard."""

import asyncio

from guarder.conftest import Guarded
from guarder.stage import Flush, Stage, heard

MAX_RESULT_S = 1.0


def test_nothing_of_a_flushed_turn_is_sent_any_more(guarded: Guarded) -> None:
    """Also frames that were on their way, with their key or without it."""

    async def story(stage: Stage) -> None:
        await stage.start(1)
        await stage.speak(1, 20.0)
        await stage.until(stage.backend.n_bytes, "the turn is being heard")
        result = await stage.flush()
        assert result.ok
        assert result.elapsed_s < MAX_RESULT_S
        await stage.speak(1, 0.3)
        await stage.speak(1, 0.1, with_key=False)
        await asyncio.sleep(0.1)
        await stage.speak(1, 0.1)
        await stage.start(2)
        await stage.speak(2, 0.5)
        await stage.speak(1, 0.1)
        await stage.end(2)
        await stage.until_ended()

    guarded.perform(story)
    flushed, following = guarded.backend.utterances()
    assert flushed.interrupted
    assert flushed.late_bytes == 0
    assert heard(following.audio) == {2: guarded.rate_hz // 2}


def test_frames_without_a_key_are_stale_right_after_a_flush_and_welcome_after_a_pause(
    guarded: Guarded,
) -> None:
    async def story(stage: Stage) -> None:
        await stage.speak(1, 1.0, with_key=False)
        await stage.until(stage.backend.n_bytes, "the turn is being heard")
        await stage.flush()
        await stage.speak(1, 0.2, with_key=False)
        await asyncio.sleep(1.0)
        await stage.speak(2, 0.2, with_key=False)
        await stage.send_frame(b"", is_last=True)
        await stage.until_ended()

    guarded.perform(story)
    assert heard(guarded.backend.utterances()[-1].audio) == {2: guarded.rate_hz // 5}


def test_the_next_turn_is_never_muted(guarded: Guarded) -> None:
    """However the interrupted one was marked, and although the next one comes at once."""

    async def story(stage: Stage) -> None:
        for turn in range(1, 9, 2):
            await stage.start(turn)
            await stage.speak(turn, 1.0)
            await stage.flush()
            await stage.start(turn + 1)
            await stage.speak(turn + 1, 0.2)
            await stage.end(turn + 1)
            await stage.until_ended((turn + 1) // 2)

    guarded.perform(story)
    complete = [each for each in guarded.backend.utterances() if each.ended]
    assert [heard(each.audio) for each in complete] == [
        {turn: guarded.rate_hz // 5} for turn in range(2, 9, 2)
    ]


def test_a_flush_after_the_end_of_a_turn_mutes_nothing(guarded: Guarded) -> None:
    async def story(stage: Stage) -> None:
        await stage.speak(1, 0.2, with_key=False)
        await stage.send_frame(b"", is_last=True)
        await stage.until_ended()
        await stage.flush()
        await stage.speak(2, 0.2, with_key=False)
        await stage.send_frame(b"", is_last=True)
        await stage.until_ended(2)

    guarded.perform(story)
    assert heard(guarded.backend.utterances()[-1].audio) == {2: guarded.rate_hz // 5}


def test_flushes_before_and_between_turns_are_answered(guarded: Guarded) -> None:
    results: list[Flush] = []

    async def story(stage: Stage) -> None:
        results.append(await stage.flush())
        await stage.until_connected()
        results.append(await stage.flush())
        results.extend(await asyncio.gather(*(stage.flush() for _ in range(5))))

    received = guarded.perform(story)
    assert all(result.ok and result.elapsed_s < MAX_RESULT_S for result in results)
    assert received.cmds == [], "nobody asked for the flush to be sent on"


def test_a_flush_is_answered_in_time_although_the_service_hangs(guarded: Guarded) -> None:
    async def story(stage: Stage) -> None:
        await stage.until_connected()
        await stage.speak(1, 0.5)
        await stage.until(stage.backend.n_bytes, "the turn is being heard")
        stage.backend.hang()
        await stage.babble(1, 250.0)
        await asyncio.sleep(0.5)
        results = await asyncio.gather(*(stage.flush() for _ in range(3)))
        assert all(result.elapsed_s < MAX_RESULT_S for result in results)
        stage.backend.resume()
        await stage.speak(2, 0.2)
        await stage.end(2)
        await stage.until_ended()

    guarded.perform(story)
    assert heard(guarded.backend.utterances()[-1].audio) == {2: guarded.rate_hz // 5}
