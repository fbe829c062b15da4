"""Voice and style, chosen on the demo's page: what the face shows, and what others hear."""

import asyncio
import json
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from playwright.sync_api import Page

from avamotion.audio.opus import OPUS_RATE_HZ
from avamotion.demo.invitation import Invitation
from avamotion.demo.recorder import recording_viewer
from avamotion.demo.recording import Recording
from avamotion.demo.take import render
from avamotion.media import FloatArray
from tests.e2e import test_page as demo
from tests.e2e.pitch import median_pitch_hz

pytestmark = pytest.mark.e2e

url = demo.url
page = demo.page
# Notes the weights of every picture that is drawn while the face speaks.
NOTE = """() => {
  const noted = [];
  window.noted = noted;
  let drawn = -1;
  const look = () => {
    if (window.noted !== noted) return;
    requestAnimationFrame(look);
    const figures = window.avamotion.stats();
    if (figures.framesDrawn === drawn || figures.shownMs === undefined) return;
    drawn = figures.framesDrawn;
    // The first half second eases in.
    const { mouthSmileLeft, jawOpen } = figures.weights;
    if (figures.shownMs > 500) noted.push([mouthSmileLeft, jawOpen]);
  };
  requestAnimationFrame(look);
}"""


def shown(page: Page) -> FloatArray:
    """Say a sentence until enough pictures of it were drawn; their smiles and jaws, (N, 2)."""
    page.evaluate(NOTE)
    for _ in range(8):
        demo.say(page, demo.SENTENCE)
        demo.until_idle(page)
        rows = np.array(page.evaluate("() => window.noted"), np.float32).reshape(-1, 2)
        if len(rows) >= 8:
            return rows
    raise AssertionError("too few pictures were drawn")


@contextmanager
def listener(url: str) -> Iterator[Recording]:
    """Join the page's channel as somebody else."""
    with urllib.request.urlopen(f"{url}/demo/join") as response:
        place = json.load(response)
    recordings: list[Recording] = []
    is_there, is_over = threading.Event(), threading.Event()

    async def listen() -> None:
        invitation = Invitation(place["app_id"], place["channel"], place["uid"], place["token"])
        channel_url = f"ws{url.removeprefix('http')}/v1/channel"
        async with recording_viewer(channel_url, invitation, publisher_uid=2001) as recorder:
            recordings.append(recorder.recording)
            is_there.set()
            await asyncio.to_thread(is_over.wait)

    thread = threading.Thread(target=asyncio.run, args=[listen()])
    thread.start()
    try:
        assert is_there.wait(20), "the channel could not be joined"
        yield recordings[0]
    finally:
        is_over.set()
        thread.join(10)


def slide(page: Page, name: str, value: str) -> None:
    page.locator(f"#{name}").fill(value)


def test_emotion_and_movement_are_seen_in_the_next_words(page: Page) -> None:
    calm = shown(page)
    page.click("#controls-open")
    page.get_by_label("Happy", exact=True).check()
    slide(page, "emotion_intensity", "1")
    happy = shown(page)
    assert happy[:, 0].mean() > calm[:, 0].mean() + 0.2

    slide(page, "intensity", "0")
    shut = shown(page)
    assert shut[:, 1].max() < 0.05 < 0.15 < calm[:, 1].max()

    page.click("#controls-reset")
    again = shown(page)
    assert again[:, 0].mean() == pytest.approx(calm[:, 0].mean(), abs=0.1)
    assert again[:, 1].max() > 0.15


def test_a_voice_that_is_chosen_is_heard_by_everybody(url: str, page: Page) -> None:
    page.click("#controls-open")
    page.get_by_label("Hibari", exact=True).check()
    with listener(url) as recording:
        demo.say(page, demo.SENTENCE)
        demo.until_idle(page)
        page.get_by_label("Hibari, deeper", exact=True).check()
        slide(page, "speed", "0.8")
        demo.say(page, demo.SENTENCE)
        demo.until_idle(page)
        natural, deeper = (render([turn]).samples for turn in recording.turns if turn.ended)
    ratio = median_pitch_hz(deeper, OPUS_RATE_HZ) / median_pitch_hz(natural, OPUS_RATE_HZ)
    assert ratio == pytest.approx(0.58, rel=0.08)
    assert len(deeper) / len(natural) == pytest.approx(1.25, rel=0.1)


def test_a_face_brings_the_voice_that_fits_it_unless_one_was_chosen(page: Page) -> None:
    page.click("#controls-open")
    page.wait_for_selector("input[name='timbre']:checked", state="attached")
    page.click("#people-open")
    page.get_by_role("button", name="Leo").click()
    page.wait_for_selector("input[value='deeper']:checked", state="attached")
    page.get_by_label("Hibari, brighter", exact=True).check()
    page.click("#people-open")
    page.get_by_role("button", name="Mia").click()
    page.wait_for_timeout(1_000)
    assert page.is_checked("input[value='brighter']")


def test_whoever_comes_later_sees_what_was_chosen(url: str, page: Page) -> None:
    page.click("#controls-open")
    page.get_by_label("Sad", exact=True).check()
    page.locator("#brow").set_checked(False)
    browser = page.context.browser
    assert browser is not None
    other = browser.new_page()
    other.goto(f"{url}/?quality=low")
    other.wait_for_selector("input[value='sad']:checked", state="attached", timeout=60_000)
    assert not other.is_checked("#brow")
    assert other.is_checked("#head")


def test_the_page_is_worked_with_keys_alone(page: Page) -> None:
    page.focus("#controls-open")
    page.keyboard.press("Enter")
    assert page.is_visible("#controls")
    page.keyboard.press("ArrowRight")  # among the emotions, where the focus is
    chosen = page.evaluate("() => document.querySelector('input[name=emotion]:checked').value")
    assert page.evaluate("() => document.activeElement.value") == chosen
    assert page.evaluate("() => document.activeElement.matches(':focus-visible')")
    page.keyboard.press("Escape")
    assert not page.is_visible("#controls")
    assert page.evaluate("() => document.activeElement.id") == "controls-open"

    page.focus("#text")
    page.keyboard.type("One and two and three and four and five and six.")
    page.keyboard.press("Enter")
    page.wait_for_function("() => window.avamotion.stats().audioLevel > 0.01")
    page.keyboard.press("Escape")
    page.wait_for_function("() => window.avamotion.stats().conversationState === 'idle'")
    assert page.is_visible(".app")


def test_nothing_hides_the_mouth_while_the_controls_are_open(page: Page) -> None:
    for width, height in ((1280, 800), (390, 844), (844, 390)):
        page.set_viewport_size({"width": width, "height": height})
        if not page.is_visible("#controls"):
            page.click("#controls-open")
        page.evaluate(
            "() => { document.querySelector('#caption').textContent = 'A caption. '.repeat(40); }"
        )
        boxes = {name: page.locator(name).bounding_box() for name in (".stage", "#controls")}
        stage, sheet = boxes[".stage"], boxes["#controls"]
        caption = page.locator("#caption").bounding_box()
        assert stage is not None
        assert sheet is not None
        assert caption is not None
        # The portrait has its mouth 63 % down.
        mouth_x, mouth_y = stage["x"] + stage["width"] / 2, stage["y"] + 0.64 * stage["height"]
        for box in (sheet, caption):
            beside = not box["x"] < mouth_x < box["x"] + box["width"]
            above = box["y"] + box["height"] < mouth_y or box["y"] > mouth_y
            assert beside or above, (width, height, box)
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width
