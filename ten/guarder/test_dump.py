"""The audio dump holds what came in."""

import wave

from guarder.conftest import Guarded
from guarder.stage import Stage, heard


def test_one_session_is_one_file_with_everything_that_came_in(guarded: Guarded) -> None:
    async def story(stage: Stage) -> None:
        for turn in (1, 2, 3):
            await stage.speak(turn, 1.0)
            await stage.end(turn)
        await stage.until_ended(3)

    guarded.perform(story)
    (path,) = list(guarded.dump_path.iterdir())
    if path.suffix == ".wav":
        with wave.open(str(path)) as file:
            assert file.getframerate() == guarded.rate_hz
            audio = file.readframes(file.getnframes())
    else:
        audio = path.read_bytes()
    assert heard(audio) == dict.fromkeys((1, 2, 3), guarded.rate_hz)


def test_a_dump_that_cannot_be_written_costs_no_audio(guarded: Guarded) -> None:
    guarded.dump_path.write_text("a file where the directory should be", encoding="utf-8")

    async def story(stage: Stage) -> None:
        await stage.speak(1, 1.0)
        await stage.end(1)
        await stage.until_ended()

    guarded.perform(story)
    (utterance,) = guarded.backend.utterances()
    assert heard(utterance.audio) == {1: guarded.rate_hz}
