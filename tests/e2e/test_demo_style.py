"""Style and voice of a running demo: from a member's message to what every viewer receives."""

import asyncio
import os
from collections.abc import Awaitable, Callable

import numpy as np
import pytest

from avamotion.audio.opus import OPUS_RATE_HZ
from avamotion.demo.recorder import Recorder, recording_viewer
from avamotion.demo.recording import TurnRecord
from avamotion.demo.stage import choose_cast, open_stage
from avamotion.demo.take import render
from avamotion.media import blendshape_index
from tests.e2e.pitch import median_pitch_hz

pytestmark = pytest.mark.e2e

SENTENCE = "Peter packed a big box of maps for Bob."
LONG_TEXT = "The train to the harbour leaves at seven from platform two. " * 3
GRAPH = 3001


def in_the_demo(story: Callable[[Recorder], Awaitable[None]]) -> None:
    async def play() -> None:
        cast = choose_cast(os.environ, host="127.0.0.1", port=0, avatar_id="mia", greeting="")
        with open_stage(cast) as stage:
            place = cast.host.invite()
            async with recording_viewer(stage.channel_url, place, publisher_uid=2001) as viewer:
                await viewer.wait_until(
                    lambda r: {2001, GRAPH} <= r.present, patience_s=20, failure="nobody came"
                )
                await story(viewer)
                assert sum(viewer.recording.dropped.values()) == 0

    asyncio.run(play())


async def hear(viewer: Recorder, text: str) -> TurnRecord:
    n_turns = len(viewer.recording.turns)
    await viewer.send("say", {"text": text}, to=GRAPH)
    await viewer.wait_until(
        lambda r: len(r.turns) > n_turns and r.turns[-1].ended, patience_s=20, failure="no turn"
    )
    return viewer.recording.turns[-1]


def course(turn: TurnRecord, name: str) -> list[float]:
    return [float(value) for value in render([turn]).values[:, blendshape_index(name)]]


def test_a_style_holds_from_the_next_words_on_and_a_wrong_one_is_named() -> None:
    async def story(viewer: Recorder) -> None:
        calm = await hear(viewer, SENTENCE)
        style = {"emotion": "happy", "emotion_intensity": 1, "head": False}
        await viewer.send("style", style, to=GRAPH)
        happy = await hear(viewer, SENTENCE)
        assert np.mean(course(happy, "mouthSmileLeft")) > 0.2 + np.mean(
            course(calm, "mouthSmileLeft")
        )
        assert np.ptp(render([calm]).head, axis=0).max() > 0.005
        assert np.ptp(render([happy]).head, axis=0).max() < 1e-3

        await viewer.send("style", {"intensity": 0}, to=GRAPH)
        shut = await hear(viewer, SENTENCE)
        assert max(course(shut, "jawOpen")) < 0.02 < 0.2 < max(course(calm, "jawOpen"))
        assert np.mean(course(shut, "mouthSmileLeft")) > 0.2, "what was chosen before is kept"

        await viewer.send("style", {"emotion": "bored"}, to=GRAPH)
        await viewer.wait_until(lambda r: bool(r.problems), patience_s=5, failure="nobody was told")
        assert "motion emotion must be one of neutral, happy" in viewer.recording.problems[0]
        again = await hear(viewer, SENTENCE)
        assert np.mean(course(again, "mouthSmileLeft")) > 0.2

    in_the_demo(story)


def test_a_style_changes_in_the_middle_of_a_turn_without_a_jump_or_a_gap() -> None:
    async def story(viewer: Recorder) -> None:
        await viewer.send("say", {"text": LONG_TEXT}, to=GRAPH)
        await viewer.wait_until(
            lambda r: bool(r.turns) and len(r.turns[0].arrivals) > 50,
            patience_s=20,
            failure="nothing was said",
        )
        await viewer.send("style", {"emotion": "sad", "emotion_intensity": 1}, to=GRAPH)
        await viewer.wait_until(lambda r: r.turns[0].ended, patience_s=20, failure="it did not end")
        (turn,) = viewer.recording.turns
        frown = course(turn, "mouthFrownLeft")
        # Motion is computed two seconds ahead, and eases for half a second.
        assert max(frown[:50]) < 0.1
        assert min(frown[50 + 150 : -50]) > 0.25
        assert np.abs(np.diff(frown)).max() < 0.1
        pts_us = [arrival.packet.pts_us for arrival in turn.arrivals]
        assert pts_us == [20_000 * n for n in range(len(pts_us))]

    in_the_demo(story)


def test_a_voice_changes_its_pitch_and_its_pace() -> None:
    async def story(viewer: Recorder) -> None:
        natural = render([await hear(viewer, SENTENCE)]).samples
        await viewer.send("voice", {"timbre": "deeper"}, to=GRAPH)
        deeper = render([await hear(viewer, SENTENCE)]).samples
        ratio = median_pitch_hz(deeper, OPUS_RATE_HZ) / median_pitch_hz(natural, OPUS_RATE_HZ)
        assert ratio == pytest.approx(0.58, rel=0.07)
        assert len(deeper) == pytest.approx(len(natural), rel=0.05)

        await viewer.send("voice", {"timbre": "natural", "speed": 0.75}, to=GRAPH)
        slower = render([await hear(viewer, SENTENCE)]).samples
        assert len(slower) / len(natural) == pytest.approx(1 / 0.75, rel=0.1)
        pitch_hz = median_pitch_hz(natural, OPUS_RATE_HZ)
        assert median_pitch_hz(slower, OPUS_RATE_HZ) == pytest.approx(pitch_hz, rel=0.08)

    in_the_demo(story)
