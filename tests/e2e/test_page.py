"""The demo as its user sees it: real processes, a real page, a real browser."""

import os
import re
import signal
import statistics
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.e2e.phone_timing import BILABIALS, OPEN_VOWELS, Phone, phone_times

pytestmark = pytest.mark.e2e

SENTENCE = "Peter packed a big box of maps for Bob."
PICTURES = Path(__file__).parents[2] / "out" / "screenshots"
BROWSER_FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
READY = """() => {
  const figures = window.avamotion.stats();
  return figures.connectToFaceMs !== undefined && figures.connectionState === 'connected';
}"""
# Notes every picture that is drawn while something is heard: its media time and its weights.
WATCH = """() => {
  const { view, provider } = window.avamotion;
  const seen = { drawn: [], levels: [] };
  window.seen = seen;
  const heard = { turn: 0, ptsUs: 0 };
  let drawn = view.framesDrawn;
  const look = () => {
    requestAnimationFrame(look);
    seen.levels.push(window.avamotion.stats().audioLevel);
    if (view.framesDrawn === drawn) return;
    drawn = view.framesDrawn;
    if (!provider.playhead(performance.now(), heard)) return;
    const weights = window.avamotion.stats().weights;
    seen.drawn.push([heard.turn, heard.ptsUs / 1e6, weights.jawOpen, weights.mouthClose]);
  };
  requestAnimationFrame(look);
}"""


@dataclass(frozen=True)
class Drawn:
    """One picture of the speaking face."""

    media_s: float
    jaw_open: float
    mouth_close: float

    @property
    def gap(self) -> float:
        """How far the lips are apart: ARKit's mouthClose undoes jawOpen."""
        return max(0.0, self.jaw_open - self.mouth_close)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Run ``avamotion demo`` and yield the page's address."""
    command = [sys.executable, "-m", "avamotion", "demo", "--no-browser", "--port", "0"]
    environ = {**os.environ, "PYTHONUNBUFFERED": "1", "AVAMOTION_GREETING": ""}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environ) as process:
        try:
            assert process.stdout is not None
            found = re.search(r"http://\S+", process.stdout.readline())
            assert found is not None
            yield found.group()
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(20) == 0, "the demo did not end cleanly"


@pytest.fixture
def page(url: str) -> Iterator[Page]:
    """Open the page, small, so that a machine without a GPU draws often."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"),
            args=BROWSER_FLAGS,
            # A browser that is muted plays to nowhere.
            ignore_default_args=["--mute-audio"],
        )
        opened = browser.new_page(viewport={"width": 480, "height": 360})
        faults: list[str] = []
        opened.on("pageerror", lambda error: faults.append(str(error)))
        opened.goto(f"{url}/?quality=low")
        opened.wait_for_function(READY, timeout=60_000)
        opened.evaluate(WATCH)
        yield opened
        assert faults == []
        browser.close()


def say(page: Page, text: str) -> None:
    page.fill("#text", text)
    page.keyboard.press("Enter")
    page.wait_for_function("() => window.avamotion.stats().conversationState === 'playing'")


def until_idle(page: Page) -> None:
    page.wait_for_function(
        "() => window.avamotion.stats().conversationState === 'idle'", timeout=20_000
    )


def drawn(page: Page) -> list[Drawn]:
    rows: list[list[float]] = page.evaluate("() => window.seen.drawn")
    return [Drawn(media_s, jaw, close) for _, media_s, jaw, close in rows]


def lip_gaps(pictures: list[Drawn], phones: list[Phone]) -> dict[str, list[float]]:
    """Return the smallest gap around each p, b, m and the largest around each open vowel."""
    gaps: dict[str, list[float]] = {"bilabial": [], "vowel": []}
    for phone in phones:
        near = [p.gap for p in pictures if abs(p.media_s - phone.middle_s) < 0.05]
        if near and phone.symbol in BILABIALS:
            gaps["bilabial"].append(min(near))
        elif near and phone.symbol in OPEN_VOWELS:
            gaps["vowel"].append(max(near))
    return gaps


def figures(page: Page) -> dict[str, Any]:
    values: dict[str, Any] = page.evaluate("() => window.avamotion.stats()")
    return values


def picture(page: Page, name: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png")


def test_the_face_says_what_is_typed_with_its_mouth(page: Page) -> None:
    picture(page, "rest")
    phones = phone_times(SENTENCE)
    gaps: dict[str, list[float]] = {}
    # Pictures are few without a GPU: say it until enough phones have been seen.
    for _ in range(12):
        say(page, SENTENCE)
        page.wait_for_timeout(1_000)
        picture(page, "speaking")
        until_idle(page)
        gaps = lip_gaps(drawn(page), phones)
        if len(gaps["bilabial"]) >= 6 and len(gaps["vowel"]) >= 4:
            break
    assert max(page.evaluate("() => window.seen.levels")) > 0.02, "no sound left the audio graph"
    assert len(gaps["bilabial"]) >= 6
    assert len(gaps["vowel"]) >= 4
    closed, opened = statistics.median(gaps["bilabial"]), statistics.median(gaps["vowel"])
    assert opened > 0.15, "the mouth does not open on its vowels"
    assert closed < 0.4 * opened, "the mouth does not close on p, b and m"

    seen = figures(page)
    assert seen["dropped"] == {}
    assert seen["skewMs"]["p95"] <= 20


def test_stop_silences_the_face(page: Page) -> None:
    say(page, f"{SENTENCE} {SENTENCE} {SENTENCE}")
    page.wait_for_function("() => window.avamotion.stats().audioLevel > 0.01")
    page.click("#stop")
    page.wait_for_function("() => window.avamotion.stats().conversationState === 'idle'")
    page.wait_for_timeout(400)
    page.evaluate("() => { window.seen.levels.length = 0; window.seen.drawn.length = 0; }")
    page.wait_for_timeout(1_000)
    assert max(page.evaluate("() => window.seen.levels")) < 0.001, "something is still heard"
    assert drawn(page) == []
    assert figures(page)["weights"]["jawOpen"] < 0.05
    assert figures(page)["epoch"] == 1
    picture(page, "stopped")

    say(page, "And on we go.")  # the next turn is not muted
    until_idle(page)
    assert max(page.evaluate("() => window.seen.levels")) > 0.02
