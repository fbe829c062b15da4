"""What a viewer in Chromium hears, when, and which media time its player says that is.

Bursts of sound are spoken by a real session. A tap behind the player's volume notes when each
leaves the audio graph; the browser's output timestamp turns that into the time at which it is
heard. What the player says at that time is then compared with where the burst lies in the turn.

Shapes: N peaks of 16 samples.
"""

import asyncio
import json
import secrets
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from playwright.async_api import Page, async_playwright
from spatius import AgoraEgressConfig, new_avatar_session

from avamotion.tokens.agora import build_token

__all__ = ["Figures", "MeasuredServer", "measure_player", "measure_viewers", "measured_server"]

FloatArray = npt.NDArray[np.float64]

_ROOT: Final = Path(__file__).parents[2]
_RATE_HZ: Final = 24_000
_BURST_S: Final = 0.02
_EVERY_S: Final = 0.5
_LOUD: Final = 0.02
_CHUNK_BYTES: Final = 96_000
_CHROMIUM_ARGS: Final = [
    "--no-sandbox",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
]


@dataclass(frozen=True)
class MeasuredServer:
    """A server in a process of its own."""

    process: subprocess.Popen[str]
    keys: dict[str, Any]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.keys['port']}"

    def token(self, uid: int) -> str:
        return build_token(
            app_id=self.keys["agora_app_id"],
            app_certificate=self.keys["agora_certificate"],
            channel="lobby",
            uid=uid,
            publisher=True,
            expire_s=3600,
            issued_at=int(time.time()),
            salt=secrets.randbelow(99_999_999) + 1,
        )

    def cpu_s(self) -> float:
        """CPU time that the process has used, in seconds."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(") ", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / 100

    @asynccontextmanager
    async def speaking(self) -> AsyncIterator[Any]:
        """A session that speaks into the channel."""
        session = new_avatar_session(
            api_key=self.keys["api_key"],
            app_id=self.keys["app_id"],
            avatar_id="mia",
            console_endpoint_url=f"{self.url}/v1/console",
            ingress_endpoint_url=f"{self.url.replace('http', 'ws')}/v2/driveningress",
            expire_at=datetime.now(UTC) + timedelta(hours=1),
            sample_rate=_RATE_HZ,
            agora_egress=AgoraEgressConfig(
                channel_name="lobby", token=self.token(2001), uid=2001, publisher_id="2001"
            ),
        )
        await session.init()
        await session.start()
        try:
            yield session
        finally:
            await session.close()


@asynccontextmanager
async def measured_server(*, loss: float) -> AsyncIterator[MeasuredServer]:
    """Run a server that loses a share of what it sends over UDP."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.rtc.server", "--loss", str(loss)],
        cwd=_ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        keys = json.loads(process.stdout.readline())
        await asyncio.sleep(1.5)
        yield MeasuredServer(process, keys)
    finally:
        process.terminate()
        process.wait()


@dataclass(frozen=True)
class Figures:
    """What was measured of one player."""

    skew_ms: FloatArray
    flush_ms: FloatArray
    drops: dict[str, int]

    def as_json(self) -> dict[str, Any]:
        skew = np.abs(self.skew_ms)
        return {
            "skew_ms": {
                "median": round(float(np.median(self.skew_ms)), 1),
                "abs_p95": round(float(np.percentile(skew, 95)), 1),
                "abs_max": round(float(skew.max()), 1),
                "n": len(skew),
            },
            "flush_ms": {
                "p50": round(float(np.median(self.flush_ms)), 1),
                "max": round(float(self.flush_ms.max()), 1),
                "n": len(self.flush_ms),
            },
            "dropped": self.drops,
        }


async def measure_player(
    transport: str, *, loss: float, seconds: float, flushes: int, chromium: str
) -> Figures:
    """Measure a player.

    Args:
        transport: ``rtc`` or ``ws``.
        loss: Share of lost packets; concerns WebRTC only.
        seconds: How long to listen to bursts.
        flushes: How many sentences to interrupt.
        chromium: Path of the browser.
    """
    async with measured_server(loss=loss) as server, async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium,
            args=_CHROMIUM_ARGS,
            # Playwright mutes by default, and a muted browser plays to nowhere.
            ignore_default_args=["--mute-audio"],
        )
        try:
            page = await browser.new_page()
            await page.goto(f"{server.url}/measure/page.html?transport={transport}")
            await page.wait_for_function("window.join !== undefined")
            config = {
                "appId": server.keys["agora_app_id"],
                "channel": "lobby",
                "uid": 1,
                "token": server.token(1),
            }
            await page.evaluate("(config) => window.join(config)", config)
            async with server.speaking() as session:
                await asyncio.sleep(2)
                skew, drops = await _measure_skew(page, session, seconds)
                flush = [await _measure_flush(page, session, k) for k in range(flushes)]
        finally:
            await browser.close()
    return Figures(skew, np.array(flush), drops)


async def _measure_skew(
    page: Page, session: Any, seconds: float
) -> tuple[FloatArray, dict[str, int]]:
    sound, centres_s = _bursts(seconds)
    await page.evaluate("window.take()")
    await _say(session, sound)
    await asyncio.sleep(seconds + 2)
    taken = await page.evaluate("window.take()")
    at_ms, peaks = _heard(taken)
    heads = np.array(taken["heads"])
    said_ms = np.interp(_centroids(at_ms, peaks), heads[:, 0], heads[:, 2]) / 1000
    true_ms = 1000 * centres_s
    nearest = true_ms[np.abs(said_ms[:, None] - true_ms).argmin(axis=1)]
    return said_ms - nearest, dict(taken["drops"])


async def _measure_flush(page: Page, session: Any, index: int) -> float:
    """Interrupt a sentence; return ms from the client's interrupt to the last loud sample."""
    t = np.arange(6 * _RATE_HZ) / _RATE_HZ
    await _say(session, 0.5 * np.sin(2 * np.pi * 200 * t))
    await asyncio.sleep(1.2 + 0.013 * index)
    await page.evaluate("window.take()")
    await asyncio.sleep(0.4)
    interrupted_ms = time.time() * 1000
    await session.interrupt()
    await asyncio.sleep(0.8)
    taken = await page.evaluate("window.take()")
    at_ms, peaks = _heard(taken)
    return float(at_ms[peaks > _LOUD].max() + taken["timeOrigin"] - interrupted_ms)


async def _say(session: Any, sound: FloatArray) -> None:
    pcm = (sound * 32767).astype("<i2").tobytes()
    for at in range(0, len(pcm), _CHUNK_BYTES):
        await session.send_audio(pcm[at : at + _CHUNK_BYTES], end=at + _CHUNK_BYTES >= len(pcm))


def _bursts(seconds: float) -> tuple[FloatArray, FloatArray]:
    """Return bursts of a tone, and the centre of each in seconds."""
    t = np.arange(int(_BURST_S * _RATE_HZ)) / _RATE_HZ
    burst = 0.8 * np.sin(2 * np.pi * 1000 * t) * np.hanning(len(t))
    sound = np.zeros(int(seconds * _RATE_HZ))
    begins_s = np.arange(0.25, seconds - 0.1, _EVERY_S)
    for begin_s in begins_s:
        at = int(begin_s * _RATE_HZ)
        sound[at : at + len(burst)] += burst
    return sound, begins_s + _BURST_S / 2


def _heard(taken: dict[str, Any]) -> tuple[FloatArray, FloatArray]:
    """Return when each 16 samples were heard, on the page's clock in ms, (N,); and how loud."""
    rate_hz = taken["sampleRate"]
    sounds = np.array(taken["sounds"])
    context_s = (sounds[:, :1] + 16 * np.arange(8) + 8).ravel() / rate_hz
    anchors = np.array(taken["anchors"])
    offset_ms = anchors[:, 0] - 1000 * anchors[:, 1]
    # The device may stumble, which moves the offset for good: follow it, but not its jitter.
    n = len(offset_ms)
    smooth = np.array([np.median(offset_ms[max(0, k - 20) : k + 20]) for k in range(n)])
    return 1000 * context_s + np.interp(context_s, anchors[:, 1], smooth), sounds[:, 1:].ravel()


def _centroids(at_ms: FloatArray, peaks: FloatArray) -> FloatArray:
    """Return when the middle of each burst was heard, in ms."""
    energy = peaks**2
    centres: list[float] = []
    for begin in np.nonzero(peaks > 0.2)[0]:
        if centres and at_ms[begin] - centres[-1] < 1000 * _EVERY_S / 2:
            continue
        near = np.abs(at_ms - at_ms[begin]) < 1000 * _BURST_S * 1.5
        centres.append(float((at_ms[near] * energy[near]).sum() / energy[near].sum()))
    return np.array(centres)


async def measure_viewers(n: int, *, seconds: float) -> dict[str, Any]:
    """Measure what viewers cost the server: its CPU with ``n`` of them, and with none.

    Args:
        n: Viewers.
        seconds: How long each of the two measurements takes.
    """
    async with measured_server(loss=0.0) as server:
        viewers = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.rtc.viewers", "--url", server.url, "--n", str(n)],
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            async with server.speaking() as session:
                alone = await _cpu_while_speaking(server, session, seconds)
                assert viewers.stdin is not None
                assert viewers.stdout is not None
                viewers.stdin.write("".join(f"{server.token(100 + k)}\n" for k in range(n)))
                viewers.stdin.flush()
                assert await asyncio.to_thread(viewers.stdout.readline) == "connected\n"
                watched = await _cpu_while_speaking(server, session, seconds)
            viewers.stdin.close()
            n_received = int(await asyncio.to_thread(viewers.stdout.readline))
        finally:
            viewers.terminate()
            viewers.wait()
    return {
        "viewers": n,
        "server_core_percent": round(100 * watched, 1),
        "server_core_percent_without_viewers": round(100 * alone, 1),
        "motion_packets_per_viewer_and_s": round(n_received / n / (seconds + 2), 1),
    }


async def _cpu_while_speaking(server: MeasuredServer, session: Any, seconds: float) -> float:
    """Return the share of a core that the server uses while it speaks."""
    t = np.arange(int((seconds + 2) * _RATE_HZ)) / _RATE_HZ
    await _say(session, 0.3 * np.sin(2 * np.pi * 180 * t) * (1 + np.sin(2 * np.pi * 3 * t)))
    await asyncio.sleep(1)
    before, began = server.cpu_s(), time.monotonic()
    await asyncio.sleep(seconds)
    used = (server.cpu_s() - before) / (time.monotonic() - began)
    await asyncio.sleep(1.5)
    return used
