"""The demo, without its page: server, TEN graph, neural voice and a viewer, all real."""

import asyncio
import json
import os
import re
import subprocess
import sys
import urllib.error
import urllib.request
import wave
from pathlib import Path

import numpy as np
import pytest

from avamotion.demo.page import join_route, page_routes
from avamotion.demo.recorder import recording_viewer
from avamotion.demo.run import speak_once
from avamotion.demo.stage import choose_cast, open_stage
from avamotion.errors import ConfigError
from avamotion.media import BLENDSHAPES

pytestmark = pytest.mark.e2e

SENTENCE = "Peter packed a big box of maps for Bob."


def test_one_text_is_spoken_and_recorded(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    program = (
        "import asyncio, os, pathlib, sys; from avamotion.demo.run import speak_once; "
        "asyncio.run(speak_once(sys.argv[1], pathlib.Path(sys.argv[2]), os.environ))"
    )
    command = [sys.executable, "-c", program, SENTENCE, str(folder)]
    finished = subprocess.run(command, timeout=90, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    session = json.loads((folder / "session.json").read_text(encoding="utf-8"))
    assert session["text"] == SENTENCE
    assert session["dropped"] == {"lost": 0, "repeated": 0, "stale": 0, "undecodable": 0}
    assert session["skew_ms"]["n"] > 0
    assert session["skew_ms"]["p95"] <= 20
    assert session["timestamp_skew_ms"]["max"] == 0
    assert session["first_audio_to_first_frame_ms"] > 0
    with wave.open(str(folder / "audio.wav")) as file:
        duration_s = file.getnframes() / file.getframerate()
    assert 1.5 < duration_s < 6
    motion = np.load(folder / "motion.npz")
    assert tuple(motion["names"]) == BLENDSHAPES
    assert motion["values"].shape == (session["frames"], 52)
    assert abs(motion["times"][-1] - duration_s) < 0.1
    assert motion["values"][:, BLENDSHAPES.index("jawOpen")].max() > 0.2


def test_a_stop_clears_what_is_being_said() -> None:
    async def play() -> None:
        with open_stage(cast) as stage:
            place = cast.host.invite()
            async with recording_viewer(stage.channel_url, place, publisher_uid=2001) as viewer:
                await viewer.wait_until(
                    lambda r: {2001, 3001} <= r.present, patience_s=20, failure="nobody came"
                )
                await viewer.send("say", {"text": "One and two and three. " * 9}, to=3001)
                await viewer.wait_until(
                    lambda r: bool(r.turns) and len(r.turns[0].arrivals) > 30,
                    patience_s=20,
                    failure="nothing was said",
                )
                await viewer.send("stop", {}, to=3001)
                await viewer.wait_until(
                    lambda r: r.turns[0].cleared_at is not None, patience_s=5, failure="no clear"
                )
                await viewer.send("say", {"text": "Now this."}, to=3001)
                await viewer.wait_until(
                    lambda r: r.turns[-1].ended, patience_s=20, failure="no second turn"
                )
                first, second = viewer.recording.turns
                assert (first.ended, second.ended) == (False, True)
                assert second.epoch > first.epoch
                assert len(second.arrivals) < 150
                assert sum(viewer.recording.dropped.values()) == 0
                assert viewer.recording.problems == []

    cast = choose_cast(os.environ, host="127.0.0.1", port=0, avatar_id=None, greeting="")
    asyncio.run(play())


def test_a_page_is_told_how_to_join_and_each_page_gets_its_own_uid(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<title>A face</title>")
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "page.js").write_text("start()")
    cast = choose_cast(os.environ, host="127.0.0.1", port=0, avatar_id=None, greeting="")
    route = join_route(cast.host, avatar_id=cast.avatar_id, greeting="Hello!")

    async def enter(answer: dict[str, object], url: str) -> None:
        place = cast.host.invite()
        assert place.uid not in (answer["uid"], 2001, 3001)
        async with recording_viewer(url, place, publisher_uid=2001):
            pass

    pages = page_routes(tmp_path, avatar_id=cast.avatar_id)
    with open_stage(cast, [route, *pages]) as stage:
        for path, content, keep in (
            ("/", b"<title>A face</title>", "no-cache"),
            ("/assets/page.js", b"start()", "public, max-age=31536000, immutable"),
        ):
            with urllib.request.urlopen(stage.url + path) as response:
                assert response.read() == content
                assert response.headers["cache-control"] == keep
        answers = []
        for _ in range(2):
            with urllib.request.urlopen(f"{stage.url}/demo/join") as response:
                answers.append(json.load(response))
        asyncio.run(enter(answers[0], stage.channel_url))
    assert answers[0]["uid"] != answers[1]["uid"]
    assert answers[0]["agent_uid"] == 3001
    assert answers[0]["greeting"] == "Hello!"
    assert set(answers[0]) >= {"app_id", "channel", "token"}


def test_a_browser_is_told_at_once_what_the_page_will_ask_for(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<title>A face</title>")
    cast = choose_cast(os.environ, host="127.0.0.1", port=0, avatar_id="mia", greeting="")
    route = join_route(cast.host, avatar_id="mia", greeting="")

    def hinted(url: str) -> set[str]:
        with urllib.request.urlopen(url) as response:
            return set(re.findall(r"<(.*?)>; rel=preload; as=fetch", response.headers["link"]))

    with open_stage(cast, [route, *page_routes(tmp_path, avatar_id="mia")]) as stage:
        with urllib.request.urlopen(f"{stage.url}/demo/join") as response:
            path = json.load(response)["avatar_url"].removesuffix("/avatar.json")
        files = {f"{path}/{name}" for name in ("avatar.json", "avatar.glb", "avatar_low.glb")}
        assert hinted(stage.url) == {"/demo/join", *files}
        assert hinted(f"{stage.url}/?quality=low") == {"/demo/join", *files} - {
            f"{path}/avatar.glb"
        }
        assert hinted(f"{stage.url}/?avatar=leo") == {"/demo/join"}
        for file in files:  # they are what their name says for good
            with urllib.request.urlopen(stage.url + file) as response:
                assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
        for folder in ("mia", "mia@0123"):  # these may be another one tomorrow
            url = f"{stage.url}/avatars/{folder}/avatar_low.glb"
            with urllib.request.urlopen(url) as response:
                assert response.headers["cache-control"] == "no-cache"
                known = {"if-none-match": response.headers["etag"]}
            with pytest.raises(urllib.error.HTTPError, match="304"):
                urllib.request.urlopen(urllib.request.Request(url, headers=known))


@pytest.mark.parametrize(
    ("text", "avatar", "sentence"),
    [
        (" ", None, "needs a text"),
        ("a" * 4001, None, "4001 characters"),
        ("Hi", "nobody", "nobody"),
    ],
)
def test_what_cannot_work_is_said_before_anything_starts(
    text: str, avatar: str | None, sentence: str
) -> None:
    with pytest.raises(ConfigError, match=sentence):
        asyncio.run(speak_once(text, None, os.environ, avatar_id=avatar))


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="--record"):
        asyncio.run(speak_once("Hi", tmp_path / "file", os.environ))
