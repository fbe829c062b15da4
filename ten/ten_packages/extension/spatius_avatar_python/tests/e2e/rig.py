"""A publisher at work, for the tests: the real SDK, and a Motion Server on a real socket."""

import asyncio
import math
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from guarder.motion_server import MotionServer
from spatius_avatar_python.config import AvatarConfig
from spatius_avatar_python.failure import Failure
from spatius_avatar_python.pcm import AudioShape
from spatius_avatar_python.playback import PlaybackEvent
from spatius_avatar_python.publisher import Publisher
from spatius_avatar_python.speech import Speech
from spatius_avatar_python.turn import Drop, EndReason, Turn, TurnKey

__all__ = ["RATE_HZ", "Recorder", "Rig", "at_work", "configure", "heard", "pcm", "seen", "tell"]

RATE_HZ = 24000


class Recorder:
    """Keeps what a publisher tells."""

    def __init__(self) -> None:
        self.failures: list[Failure] = []
        self.playback: list[PlaybackEvent] = []
        self.dropped_s: dict[Drop, float] = {}
        self.n_connections = 0
        self.lost: list[Turn | None] = []
        self.queued_s: list[float] = []
        self.n_queue_warnings = 0

    def on_failure(self, failure: Failure, turn: Turn | None) -> None:
        self.failures.append(failure)

    def on_playback(self, event: PlaybackEvent) -> None:
        self.playback.append(event)

    def on_dropped(self, drop: Drop, duration_s: float) -> None:
        self.dropped_s[drop] = self.dropped_s.get(drop, 0.0) + duration_s

    def on_connected(self, connection_id: str, connect_s: float, n_connections: int) -> None:
        self.n_connections = n_connections

    def on_lost(self, turn: Turn | None) -> None:
        self.lost.append(turn)

    def on_first_sent(self, turn: Turn, queued_s: float) -> None:
        self.queued_s.append(queued_s)

    def on_queue_long(self, duration_s: float) -> None:
        self.n_queue_warnings += 1


class Rig:
    """A publisher at work."""

    def __init__(self, config: AvatarConfig) -> None:
        self.seen = Recorder()
        self.publisher = Publisher(config, self.seen, jitter=lambda: 0.0)
        self.speech = Speech(
            config,
            self.publisher,
            None,
            on_dropped=self.seen.on_dropped,
            on_rejected=lambda problem, metadata: None,
        )
        self.running = asyncio.create_task(self.publisher.run())

    def speak(self, turn: int, seconds: float = 1.0) -> None:
        """Every sample of a turn has the turn's number as its value."""
        n_frames = round(seconds / 0.02)
        for _ in range(n_frames):
            self.speech.receive_frame(
                AudioShape(RATE_HZ, 2, 1),
                pcm(turn, 480),
                {"turn_id": turn},
                is_last=False,
                now=asyncio.get_running_loop().time(),
            )

    def babble(self, turn: int, seconds: float) -> None:
        """Noise, which the connection's compression cannot make small."""
        self.speech.receive_frame(
            AudioShape(RATE_HZ, 2, 1),
            os.urandom(2 * round(seconds * RATE_HZ)),
            {"turn_id": turn},
            is_last=False,
            now=asyncio.get_running_loop().time(),
        )

    def end(self, turn: int, reason: EndReason = EndReason.REQUEST_END) -> Turn | None:
        now = asyncio.get_running_loop().time()
        return self.speech.receive_end(TurnKey(str(turn)), reason, now=now)

    async def flush(self) -> str:
        self.speech.interrupt(now=asyncio.get_running_loop().time())
        return await self.publisher.interrupt()

    async def until(self, condition: Callable[[], object], what: str) -> None:
        deadline = time.monotonic() + 8.0
        while not condition():
            assert time.monotonic() < deadline, f"waited in vain until {what}"
            await asyncio.sleep(0.005)

    async def until_stuck(self) -> None:
        """Wait until the service takes no more."""
        before_s = math.inf
        while self.publisher._queue.duration_s < before_s:
            before_s = self.publisher._queue.duration_s
            await asyncio.sleep(0.5)


def pcm(turn: int, n_samples: int) -> bytes:
    return turn.to_bytes(2, "little") * n_samples


def heard(audio: bytes | bytearray) -> dict[int, int]:
    """Count samples by turn."""
    counts: dict[int, int] = {}
    for value in memoryview(bytes(audio)).cast("h"):
        counts[value] = counts.get(value, 0) + 1
    return counts


def configure(server: MotionServer, **params: object) -> AvatarConfig:
    return AvatarConfig.from_properties(
        {
            "params": {
                "spatius_api_key": "api-key-0123",
                "spatius_app_id": "app",
                "spatius_avatar_id": "avatar",
                "agora_appid": "0123456789abcdef0123456789abcdef",
                "agora_appcert": "fedcba9876543210fedcba9876543210",
                "agora_channel": "channel",
                "agora_uid": "2001",
                "console_endpoint_url": server.console_url,
                "ingress_endpoint_url": server.ingress_url,
                **params,
            }
        }
    )


@asynccontextmanager
async def at_work(config: AvatarConfig) -> AsyncIterator[Rig]:
    rig = Rig(config)
    try:
        yield rig
    finally:
        rig.running.cancel()
        await asyncio.wait({rig.running}, timeout=10)
        assert rig.running.done()


def tell(story: Callable[[MotionServer], Awaitable[None]]) -> None:
    with MotionServer() as server:
        asyncio.run(story(server))  # type: ignore[arg-type]  # a story is a coroutine function


async def seen(server: MotionServer, condition: Callable[[], object], what: str) -> None:
    await asyncio.to_thread(server.wait_for, condition, what)
