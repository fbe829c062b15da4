"""The connection comes late, breaks or is refused, and the app lives on."""

from guarder.conftest import Guarded
from guarder.stage import Stage, heard


def test_a_greeting_that_comes_before_the_connection_is_spoken(guarded: Guarded) -> None:
    """It is sent at once, while the extension is still connecting."""

    async def story(stage: Stage) -> None:
        await stage.start(1)
        await stage.speak(1, 3.0)
        await stage.end(1)
        await stage.until_ended()

    guarded.perform(story)
    (utterance,) = guarded.backend.utterances()
    assert heard(utterance.audio) == {1: 3 * guarded.rate_hz}


def test_a_greeting_survives_a_service_that_starts_later(guarded: Guarded) -> None:
    async def story(stage: Stage) -> None:
        stage.backend.kill()
        await stage.speak(1, 1.0)
        await stage.end(1)
        await stage.until(stage.errors, "the failed attempt was reported")
        stage.backend.restart()
        await stage.until_ended()

    guarded.perform(story)
    (utterance,) = guarded.backend.utterances()
    assert heard(utterance.audio) == {1: guarded.rate_hz}


def test_the_sentence_after_a_crash_of_the_service_is_spoken(guarded: Guarded) -> None:
    """Killed and restarted in mid-sentence: the rest of that one is lost, the next one is not."""

    async def story(stage: Stage) -> None:
        await stage.start(1)
        await stage.speak(1, 1.0)
        await stage.until(stage.backend.n_bytes, "the first sentence is being heard")
        stage.backend.kill()
        await stage.until(stage.errors, "the loss was reported")
        await stage.speak(1, 0.5)
        await stage.end(1)
        await stage.start(2)
        await stage.speak(2, 0.5)
        await stage.end(2)
        stage.backend.restart()
        await stage.until_ended()

    guarded.perform(story)
    assert heard(guarded.backend.utterances()[-1].audio) == {2: guarded.rate_hz // 2}


def test_a_service_that_refuses_is_reported_and_the_app_lives_on(guarded: Guarded) -> None:
    guarded.backend.refuse()

    async def story(stage: Stage) -> None:
        await stage.until(stage.errors, "the refusal was reported")
        for turn in range(20):
            await stage.speak(turn, 0.2)
            await stage.end(turn)
        assert (await stage.flush()).ok

    received = guarded.perform(story)
    errors = [body for name, body in received.data if name == "error"]
    assert len(errors) == 1, "one error, however much is spoken"
    assert errors[0]["code"] == -1


def test_errors_do_not_flood_the_graph_while_the_service_is_away(guarded: Guarded) -> None:
    async def story(stage: Stage) -> None:
        await stage.until_connected()
        stage.backend.kill()
        for turn in range(1, 30):
            await stage.speak(turn, 0.4)
            await stage.end(turn)
        await stage.until(stage.errors, "the loss was reported")

    received = guarded.perform(story)
    errors = [body for name, body in received.data if name == "error"]
    assert len(errors) <= 3


def test_the_graph_closes_in_time_although_the_service_hangs(guarded: Guarded) -> None:
    async def story(stage: Stage) -> None:
        await stage.until_connected()
        await stage.speak(1, 0.5)
        stage.backend.hang()
        await stage.babble(1, 250.0)

    guarded.perform(story)
    guarded.backend.resume()
