"""A configuration that cannot work is reported, and the app lives on."""

from guarder.conftest import Guarded
from guarder.stage import Stage


def test_an_empty_configuration_is_reported_and_every_message_is_survived(guarded: Guarded) -> None:
    guarded.template = {"params": {}}

    async def story(stage: Stage) -> None:
        await stage.until(stage.errors, "the configuration was refused")
        await stage.start(1)
        await stage.speak(1, 0.1)
        await stage.end(1)
        assert (await stage.flush()).ok

    received = guarded.perform(story)
    (error,) = [body for name, body in received.data if name == "error"]
    assert error["code"] == -1012
    assert error["module"] == "avatar"
    assert error["message"]


def test_an_unknown_command_gets_a_result(guarded: Guarded) -> None:
    """Or its sender waits for three minutes."""

    async def story(stage: Stage) -> None:
        result = await stage.send_cmd("dance")
        assert result.elapsed_s < 1.0

    guarded.perform(story)
