"""Sessions that are killed, interrupted and opened again for as long as one likes; each speaks with
a voice of its own, and each viewer listens whether it hears that voice and no other."""

import asyncio
import os
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import uvloop
from spatius import AgoraEgressConfig, configure_telemetry, new_avatar_session

from avamotion.audio.opus import OPUS_RATE_HZ, OpusDecoder
from load.server import LoadedServer, Usage, loaded_server
from load.viewer import SeenTurn, Viewer
from load.voice import RATE_HZ, pitch_hz, speech

__all__ = ["endure"]

_LISTEN_SHARE = 0.1
_SAMPLE_EVERY_S = 2.0
_SHOWN_EVERY = 5
_WARM_UP_SHARE = 0.25
_BLOCK_S = 60.0
_SETTLE_S = 7.0  # the server keeps idle connections for five


class _Wanderer:
    """One session after another in one channel, with one viewer that comes and goes."""

    def __init__(self, server: LoadedServer, number: int) -> None:
        self.n_sessions = self.n_turns = self.n_kills = self.n_interrupts = 0
        self.n_heard = self.n_foreign = self.n_stale = self.n_gaps = 0
        self.errors: list[str] = []
        self._server = server
        self._number = number
        self._channel = f"endure-{number}"
        self._random = random.Random(1000 + number)
        self._pcm = speech(number, 6.0)

    async def run(self, deadline: float) -> None:
        while time.perf_counter() < deadline:
            viewer = Viewer(self._server, self._channel, 1, 2, listen=True)
            watching = asyncio.create_task(viewer.run())
            try:
                async with asyncio.timeout(20):
                    await viewer.ready.wait()
                for _ in range(self._random.randint(1, 3)):
                    await self._live(viewer)
            except Exception as exc:  # noqa: BLE001 - whatever it is belongs into the report
                self.errors.append(repr(exc))
                await asyncio.sleep(0.5)
            finally:
                watching.cancel()
                await asyncio.gather(watching, return_exceptions=True)
                self._judge(viewer)

    async def _live(self, viewer: Viewer) -> None:
        """Open a session, speak some turns, and close it or have it killed."""
        ended = asyncio.Event()
        session: Any = new_avatar_session(
            api_key=self._server.api_key,
            app_id=self._server.app_id,
            avatar_id="mia",
            console_endpoint_url=self._server.console,
            ingress_endpoint_url=self._server.ingress,
            sample_rate=RATE_HZ,
            expire_at=datetime.now(UTC) + timedelta(minutes=5),
            transport_frames=lambda _, last: ended.set() if last else None,
            agora_egress=AgoraEgressConfig(
                channel_name=self._channel,
                token=self._server.agora_token(self._channel, 2),
                uid=2,
                publisher_id="load",
            ),
        )
        await session.init()
        await session.start()
        try:
            await self._speak(session, viewer, ended)
        except BaseException:
            await session.close()  # else it keeps its uid for minutes
            raise

    async def _speak(self, session: Any, viewer: Viewer, ended: asyncio.Event) -> None:  # noqa: ANN401 - the SDK is untyped
        self.n_sessions += 1
        viewer.turns.clear()
        for _ in range(self._random.randint(1, 4)):
            ended.clear()
            self.n_turns += 1
            seconds = self._random.uniform(1.0, 6.0)
            await session.send_audio(self._pcm[: 2 * int(seconds * RATE_HZ)], end=True)
            fate = self._random.random()
            if fate < 0.15:
                await asyncio.sleep(self._random.uniform(0, seconds))
                self.n_kills += 1
                session._connection.transport.abort()
                await session.close()
                self._judge(viewer)
                await asyncio.sleep(0.2)  # the server learns of it
                return
            if fate < 0.4:
                await asyncio.sleep(self._random.uniform(0, seconds))
                self.n_interrupts += 1
                await session.interrupt()
            else:
                async with asyncio.timeout(seconds + 20):
                    await ended.wait()
        await session.close()
        self._judge(viewer)
        await asyncio.sleep(0.1)

    def _judge(self, viewer: Viewer) -> None:
        """Count what the viewer saw, listen to some of it, and forget it."""
        for turn in viewer.turns.values():
            if turn.opus and self._random.random() < _LISTEN_SHARE:
                self.n_heard += 1
                self.n_foreign += not _is_voice(turn, self._number)
        self.n_foreign += viewer.n_foreign
        self.n_stale += viewer.n_stale
        self.n_gaps += viewer.n_gaps
        viewer.n_foreign = viewer.n_stale = viewer.n_gaps = 0
        viewer.turns.clear()


def _is_voice(turn: SeenTurn, number: int) -> bool:
    """Return whether the strongest pitch of a turn is that of its session."""
    decoder = OpusDecoder()
    sound = np.concatenate([decoder.decode(packet) for packet in turn.opus])
    if len(sound) < OPUS_RATE_HZ // 2:
        return True  # too short to tell
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)), 2 * OPUS_RATE_HZ))
    frequencies_hz = np.arange(len(spectrum)) / 2
    voiced = (frequencies_hz > 80) & (frequencies_hz < 330)
    strongest_hz = float(frequencies_hz[voiced][spectrum[voiced].argmax()])
    return abs(strongest_hz - pitch_hz(number)) < 1.8


def endure(sessions: int, seconds: float, *, log: Path | None = None) -> dict[str, object]:
    """Run it.

    Args:
        sessions: Sessions at once.
        seconds: How long.
        log: Where the server's log goes.
    """
    configure_telemetry("")
    with loaded_server(max_sessions=2 * sessions, log=log) as server:
        return uvloop.run(_endure(server, sessions, seconds))


async def _endure(server: LoadedServer, sessions: int, seconds: float) -> dict[str, object]:
    wanderers = [_Wanderer(server, number) for number in range(sessions)]
    samples: list[_Sample] = []
    # Twice: what the first request opens is not what sessions leave behind.
    idle = [await asyncio.to_thread(server.usage) for _ in range(2)][-1]
    started_at = time.perf_counter()
    sampling = asyncio.create_task(_sample(server, samples, started_at))
    await asyncio.gather(*(w.run(started_at + seconds) for w in wanderers))
    sampling.cancel()
    await asyncio.gather(sampling, return_exceptions=True)
    # While the last sessions end there are fewer and fewer: that is no trend.
    samples = [sample for sample in samples if sample.at_s <= seconds]
    await asyncio.sleep(_SETTLE_S)
    after = await asyncio.to_thread(server.metrics)
    usage = await asyncio.to_thread(server.usage)
    errors = [error for wanderer in wanderers for error in wanderer.errors]
    totals = {
        name: sum(getattr(wanderer, f"n_{name}") for wanderer in wanderers)
        for name in (
            *("sessions", "turns", "kills", "interrupts"),
            *("heard", "foreign", "stale", "gaps"),
        )
    }
    return {
        "seconds": round(time.perf_counter() - started_at),
        "at_once": sessions,
        **totals,
        "errors": len(errors),
        "first_errors": errors[:3],
        "rss_mb": {
            "first": round(samples[0].usage.rss_mb, 1),
            "last": round(samples[-1].usage.rss_mb, 1),
            "after": round(usage.rss_mb, 1),
        },
        "growth_per_h": {
            "rss_mb": _growth(samples, lambda usage: usage.rss_mb),
            "files": _growth(samples, lambda usage: usage.n_files),
            "tasks": _growth(samples, lambda usage: usage.n_tasks),
        },
        "most": {
            "files": max(sample.usage.n_files for sample in samples),
            "tasks": max(sample.usage.n_tasks for sample in samples),
        },
        "left": {
            "sessions": sum(v for k, v in after.items() if k.startswith("avamotion_sessions{")),
            "members": after["avamotion_channel_members"],
            "tasks": usage.n_tasks - idle.n_tasks,
            "files": usage.n_files - idle.n_files,
        },
        "load_average": round(os.getloadavg()[0], 1),
        "every_10_s": {
            "rss_mb": [round(sample.usage.rss_mb, 1) for sample in samples[::_SHOWN_EVERY]],
            "files": [sample.usage.n_files for sample in samples[::_SHOWN_EVERY]],
            "tasks": [sample.usage.n_tasks for sample in samples[::_SHOWN_EVERY]],
        },
    }


@dataclass(frozen=True, slots=True)
class _Sample:
    at_s: float
    usage: Usage


async def _sample(server: LoadedServer, samples: list[_Sample], started_at: float) -> None:
    while True:
        usage = await asyncio.to_thread(server.usage)
        samples.append(_Sample(time.perf_counter() - started_at, usage))
        await asyncio.sleep(_SAMPLE_EVERY_S)


def _growth(samples: Sequence[_Sample], value: Callable[[Usage], float]) -> dict[str, float] | None:
    """Fit a line through what was seen after the warm-up.

    Returns:
        Its slope per hour, and how far that may be off (one standard error). What is in the
        server's hands rises and falls with the sound in flight, so that neighbouring samples say
        the same: the error is that of means of a minute, which do not.
    """
    warm = [s for s in samples if s.at_s >= _WARM_UP_SHARE * samples[-1].at_s]
    n_blocks = int((warm[-1].at_s - warm[0].at_s) // _BLOCK_S)
    if n_blocks < 4:
        return None
    blocks = np.array_split(np.array([[s.at_s / 3600, value(s.usage)] for s in warm]), n_blocks)
    hours, means = np.array([block.mean(axis=0) for block in blocks]).T
    (slope, _), covariance = np.polyfit(hours, means, 1, cov=True)
    return {
        "slope": round(float(slope), 2),
        "standard_error": round(float(np.sqrt(covariance[0, 0])), 2),
        "mean": round(float(means.mean()), 1),
    }
