"""The browser's player over WebRTC, in Chromium: what it takes, what is heard, what is cut off."""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Page, Route, async_playwright
from spatius import AgoraEgressConfig

from tests.e2e.chromium import CHROMIUM_ARGS, find_chromium
from tests.e2e.computed_speech import speech
from tests.e2e.running_server import RunningServer, running_server
from tests.e2e.test_official_client import Client

pytestmark = pytest.mark.e2e

CLIENT: Final = Path(__file__).parents[2] / "web" / "packages" / "client" / "dist"

# A browser without audio worklets: the player has one way left.
WITHOUT_WORKLETS: Final = "delete window.AudioWorkletNode;"

JOIN: Final = """async (config) => {
  const { HostedProvider } = await import('/client/index.js');
  const provider = new HostedProvider();
  window.provider = provider;
  window.frames_received = 0;
  window.cleared = 0;
  const listener = new Proxy({}, { get: (_, name) => (...rest) => {
    if (name === 'onMotion') window.frames_received += rest[1].length;
    if (name === 'onClear') window.cleared++;
  } });
  await provider.connect(config, listener, { targetS: 0.04, maxDelayS: 0.08 });
  await provider.unlockAudio();
  window.head = { turn: 0, ptsUs: 0 };
  window.ask = () => provider.playhead(performance.now(), window.head)
    ? { ...window.head, level: provider.getStats().audioLevel } : null;
  return provider.name;
}"""


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    if not (CLIENT / "index.js").exists():
        reason = "the web client is not built: cd web && npm run build -w @avamotion/client"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with running_server() as running:
        yield running


async def serve_client(route: Route) -> None:
    """Answer for a module of the built client."""
    path = urlsplit(route.request.url).path.removeprefix("/client/")
    await route.fulfill(path=CLIENT / path, content_type="text/javascript")


async def join(page: Page, server: RunningServer) -> str:
    await page.route("**/client/**", serve_client)
    await page.goto(f"http://127.0.0.1:{server.port}/healthz")
    config = {
        "appId": server.config.channel.app_id,
        "channel": "lobby",
        "uid": 1,
        "token": server.agora_token(1),
    }
    name: str = await page.evaluate(JOIN, config)
    return name


def test_without_audio_worklets_the_avatar_speaks_over_webrtc_and_stops_when_told(
    server: RunningServer,
) -> None:
    async def story() -> None:
        agora = AgoraEgressConfig(
            channel_name="lobby", token=server.agora_token(2001), uid=2001, publisher_id="2001"
        )
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=find_chromium(),
                args=list(CHROMIUM_ARGS),
                ignore_default_args=["--mute-audio"],
            )
            try:
                page = await browser.new_page()
                await page.add_init_script(WITHOUT_WORKLETS)
                assert await join(page, server) == "webrtc"
                client = Client(server, agora_egress=agora)
                async with client.session as session, asyncio.timeout(40):
                    await session.send_audio(speech(24000, 10.0), end=True)
                    await page.wait_for_function("window.ask()?.ptsUs > 1_000_000")
                    heard = await page.evaluate("window.ask()")
                    assert heard["level"] > 0.01
                    frames = await page.evaluate("window.frames_received")
                    assert frames >= heard["ptsUs"] / 20_000
                    await session.interrupt()
                    await page.wait_for_function("window.cleared === 1")
                    assert await page.evaluate("window.ask()") is None
                    await page.wait_for_function(
                        "window.provider.getStats().audioLevel < 0.001", timeout=3000
                    )
                    await session.send_audio(speech(24000, 1.0), end=True)
                    await page.wait_for_function("window.ask()?.turn === 2")
            finally:
                await browser.close()

    asyncio.run(story())
