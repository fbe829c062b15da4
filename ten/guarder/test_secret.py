"""Credentials are in no log line and no message, at any log level."""

import logging

import pytest

from guarder.conftest import Guarded
from guarder.stage import Stage

# Even a part of this length would be worth something.
PART_CHARS = 6


def parts(secret: str) -> set[str]:
    return {secret[i : i + PART_CHARS] for i in range(len(secret) - PART_CHARS + 1)}


@pytest.mark.parametrize("refused", [False, True])
def test_no_log_line_and_no_message_shows_a_credential(
    guarded: Guarded,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    refused: bool,
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="ten")
    if refused:
        guarded.backend.refuse()

    async def story(stage: Stage) -> None:
        if refused:
            await stage.until(stage.errors, "the refusal was reported")
        await stage.speak(1, 0.2)
        await stage.end(1)
        if not refused:
            await stage.until_ended()
            stage.backend.kill()
            await stage.until(stage.errors, "the loss was reported")

    received = guarded.perform(story)
    captured = capfd.readouterr()
    shown = "\n".join([caplog.text, captured.out, captured.err, str(received.data)])
    assert shown.strip()
    for credential in (guarded.backend.issued_secret(), *parts(guarded.secret)):
        assert credential not in shown, f"{credential!r} was shown"


def test_no_line_per_frame_above_debug(guarded: Guarded, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)

    async def story(stage: Stage) -> None:
        await stage.speak(1, 10.0)
        await stage.end(1)
        await stage.until_ended()

    guarded.perform(story)
    assert len([r for r in caplog.records if r.name.startswith("ten")]) < 20
