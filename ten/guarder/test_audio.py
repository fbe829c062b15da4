"""Audio that does not fit is refused aloud, and harms nothing."""

from guarder.conftest import Guarded
from guarder.stage import Stage, heard


def test_another_sample_rate_is_rejected_once_per_request(guarded: Guarded) -> None:
    other_hz = 16000 if guarded.rate_hz != 16000 else 8000

    async def story(stage: Stage) -> None:
        await stage.until_connected()
        for turn in (1, 2):
            for _ in range(10):
                await stage.send_frame(
                    b"\x01\x00" * 320, metadata={"turn_id": turn}, rate_hz=other_hz
                )
            await stage.end(turn)
        await stage.until(lambda: len(stage.errors()) >= 2, "both requests were rejected")
        await stage.speak(3, 0.1)
        await stage.end(3)
        await stage.until_ended()

    received = guarded.perform(story)
    errors = [body for name, body in received.data if name == "error"]
    assert [error["code"] for error in errors] == [1001, 1001]
    (utterance,) = guarded.backend.utterances()
    assert heard(utterance.audio) == {3: guarded.rate_hz // 10}


def test_stereo_is_not_sent_as_mono(guarded: Guarded) -> None:
    async def story(stage: Stage) -> None:
        await stage.until_connected()
        await stage.send_frame(b"\x01\x00" * 960, metadata={"turn_id": 1}, n_channels=2)
        await stage.until(stage.errors, "it was rejected")
        await stage.speak(2, 0.1)
        await stage.end(2)
        await stage.until_ended()

    guarded.perform(story)
    (utterance,) = guarded.backend.utterances()
    assert heard(utterance.audio) == {2: guarded.rate_hz // 10}


def test_frames_cut_in_the_middle_of_a_sample_do_not_shift_the_rest(guarded: Guarded) -> None:
    async def story(stage: Stage) -> None:
        pcm = b"\x07\x00" * 1000
        for start in range(0, len(pcm), 333):
            await stage.send_frame(pcm[start : start + 333], metadata={"turn_id": 7})
        await stage.end(7)
        await stage.until_ended()

    guarded.perform(story)
    (utterance,) = guarded.backend.utterances()
    assert heard(utterance.audio) == {7: 1000}
