"""A turn's end reaches the service once, behind its audio, and never without any."""

from guarder.conftest import Guarded
from guarder.stage import Stage, heard


def test_a_turn_arrives_whole_and_is_ended_once(guarded: Guarded) -> None:
    async def story(stage: Stage) -> None:
        await stage.start(1)
        await stage.speak(1, 2.0)
        await stage.end(1)
        await stage.end(1)
        await stage.until_ended()
        await stage.start(2)
        await stage.speak(2, 0.5)
        await stage.end(2)
        await stage.until_ended(2)

    guarded.perform(story)
    first, second = guarded.backend.utterances()
    assert heard(first.audio) == {1: 2 * guarded.rate_hz}
    assert heard(second.audio) == {2: guarded.rate_hz // 2}
    assert (first.n_ends, second.n_ends) == (1, 1)


def test_an_end_without_audio_reaches_nobody(guarded: Guarded) -> None:
    async def story(stage: Stage) -> None:
        await stage.until_connected()
        await stage.end(1)
        await stage.start(2)
        await stage.end(2)
        await stage.speak(3, 0.1)
        await stage.end(3)
        await stage.until_ended()

    guarded.perform(story)
    (utterance,) = guarded.backend.utterances()
    assert heard(utterance.audio) == {3: guarded.rate_hz // 10}
    assert utterance.n_ends == 1


def test_a_turn_that_the_tts_cut_off_is_not_spoken_further(guarded: Guarded) -> None:
    async def story(stage: Stage) -> None:
        await stage.until_connected()
        await stage.speak(1, 0.5)
        await stage.until(stage.backend.n_bytes, "the turn is being heard")
        await stage.end(1, reason=2)
        await stage.speak(1, 0.5)
        await stage.speak(2, 0.2)
        await stage.end(2)
        await stage.until_ended()

    guarded.perform(story)
    cut_off, last = guarded.backend.utterances()
    assert cut_off.interrupted
    assert heard(last.audio) == {2: guarded.rate_hz // 5}
    assert sum(heard(cut_off.audio).values()) <= guarded.rate_hz // 2


def test_a_frame_marked_as_the_last_ends_the_turn(guarded: Guarded) -> None:
    async def story(stage: Stage) -> None:
        await stage.speak(1, 0.2)
        await stage.send_frame(b"\x01\x00" * 100, metadata={"turn_id": 1}, is_last=True)
        await stage.until_ended()

    guarded.perform(story)
    (utterance,) = guarded.backend.utterances()
    assert heard(utterance.audio) == {1: guarded.rate_hz // 5 + 100}


def test_a_frame_without_a_buffer_is_no_crash(guarded: Guarded) -> None:
    async def story(stage: Stage) -> None:
        await stage.send_frame(b"")
        await stage.speak(1, 0.1)
        await stage.send_frame(b"", is_last=True)
        await stage.until_ended()

    guarded.perform(story)
    (utterance,) = guarded.backend.utterances()
    assert heard(utterance.audio) == {1: guarded.rate_hz // 10}
