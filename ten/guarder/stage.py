"""Puts an avatar extension on a stage: plays the TTS and the control node, and watches."""

import asyncio
import json
import os
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from ten_runtime import (
    AsyncExtensionTester,
    AsyncTenEnvTester,
    AudioFrame,
    AudioFrameDataFmt,
    Cmd,
    CmdResult,
    Data,
    StatusCode,
)

from .backend import AvatarBackend

__all__ = ["RATE_HZ", "Flush", "Stage", "Story", "heard", "perform"]

RATE_HZ = 24000
_FRAME_S = 0.02
_LIMIT_US = 60_000_000


@dataclass(frozen=True)
class Flush:
    """The result of a flush.

    Attributes:
        elapsed_s: How long it took to come back.
        ok: Whether the extension said OK.
    """

    elapsed_s: float
    ok: bool


@dataclass
class Received:
    """What the extension sent into the graph."""

    data: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    cmds: list[str] = field(default_factory=list)


class Stage:
    """Speaks to one extension, as the nodes around it would.

    Every sample of turn N has the value N, so that whatever is heard can be told apart.

    Args:
        ten_env: The tester's environment.
        backend: The other side of the extension.
        received: Filled with what the extension sends.
        rate_hz: The rate that the extension is configured for.
    """

    def __init__(
        self, ten_env: AsyncTenEnvTester, backend: AvatarBackend, received: Received, rate_hz: int
    ) -> None:
        self._ten_env = ten_env
        self.backend = backend
        self.received = received
        self.rate_hz = rate_hz

    def errors(self) -> list[dict[str, Any]]:
        """Return the ``error`` data so far."""
        return [body for name, body in self.received.data if name == "error"]

    async def speak(self, turn: int, seconds: float, *, with_key: bool = True) -> None:
        """Send a turn's audio as the TTS does: in frames, faster than real time."""
        metadata = {"session_id": "guarder", "turn_id": turn} if with_key else None
        for _ in range(round(seconds / _FRAME_S)):
            pcm = turn.to_bytes(2, "little") * round(self.rate_hz * _FRAME_S)
            await self.send_frame(pcm, metadata=metadata)

    async def babble(self, turn: int, seconds: float) -> None:
        """Send noise, which no compression makes small, in frames of a second."""
        for _ in range(round(seconds)):
            await self.send_frame(os.urandom(2 * self.rate_hz), metadata={"turn_id": turn})

    async def send_frame(
        self,
        pcm: bytes,
        *,
        metadata: dict[str, Any] | None = None,
        rate_hz: int | None = None,
        n_channels: int = 1,
        is_last: bool = False,
    ) -> None:
        """Send one ``pcm_frame``; without bytes, it has no buffer at all."""
        frame = AudioFrame.create("pcm_frame")
        frame.set_sample_rate(rate_hz or self.rate_hz)
        frame.set_bytes_per_sample(2)
        frame.set_number_of_channels(n_channels)
        frame.set_data_fmt(AudioFrameDataFmt.INTERLEAVE)
        frame.set_samples_per_channel(len(pcm) // (2 * n_channels))
        frame.set_eof(is_last)
        if metadata is not None:
            frame.set_property_from_json("metadata", json.dumps(metadata))
        if pcm:
            frame.alloc_buf(len(pcm))
            view = frame.lock_buf()
            view[:] = pcm
            frame.unlock_buf(view)
        await self._ten_env.send_audio_frame(frame)

    async def start(self, turn: int) -> None:
        """Send ``tts_audio_start``."""
        await self._send_data("tts_audio_start", _signal(turn))

    async def end(self, turn: int, reason: int = 1) -> None:
        """Send ``tts_audio_end``."""
        await self._send_data("tts_audio_end", {**_signal(turn), "reason": reason})

    async def send_data(self, name: str) -> None:
        """Send data without properties."""
        await self._send_data(name, {})

    async def flush(self) -> Flush:
        """Send cmd ``flush`` and wait for its result."""
        return await self.send_cmd("flush")

    async def send_cmd(self, name: str) -> Flush:
        """Send a command and wait for its result."""
        started_at = time.monotonic()
        result, _ = await self._ten_env.send_cmd(Cmd.create(name))
        ok = result is not None and result.get_status_code() == StatusCode.OK
        return Flush(time.monotonic() - started_at, ok)

    async def until(self, condition: Callable[[], object], what: str, limit_s: float = 8.0) -> None:
        """Wait until something holds."""
        deadline = time.monotonic() + limit_s
        while not condition():
            assert time.monotonic() < deadline, f"waited {limit_s} s in vain until {what}"
            await asyncio.sleep(0.01)

    async def until_connected(self) -> None:
        """Wait until the extension has a session."""
        await self.until(self.backend.is_connected, "the extension is connected")

    async def until_ended(self, n: int = 1) -> None:
        """Wait until so many runs of speech have ended."""
        await self.until(lambda: self.n_ended() >= n, f"{n} turns have ended")

    def n_ended(self) -> int:
        """Return how many runs of speech have ended."""
        return sum(each.ended for each in self.backend.utterances())

    async def _send_data(self, name: str, body: dict[str, Any]) -> None:
        data = Data.create(name)
        data.set_property_from_json(None, json.dumps(body))
        await self._ten_env.send_data(data)


Story = Callable[[Stage], Awaitable[None]]


class _Tester(AsyncExtensionTester):
    def __init__(self, story: Story, backend: AvatarBackend, rate_hz: int) -> None:
        super().__init__()
        self._story = story
        self._backend = backend
        self._rate_hz = rate_hz
        self._telling: asyncio.Task[None] | None = None
        self.received = Received()
        self.problem: BaseException | None = None

    async def on_start(self, ten_env_tester: AsyncTenEnvTester) -> None:
        self._telling = asyncio.create_task(self._tell(ten_env_tester))

    async def _tell(self, ten_env: AsyncTenEnvTester) -> None:
        try:
            await self._story(Stage(ten_env, self._backend, self.received, self._rate_hz))
        except BaseException as problem:
            self.problem = problem
            raise
        finally:
            ten_env.stop_test()

    async def on_data(self, ten_env_tester: AsyncTenEnvTester, data: Data) -> None:
        text, _ = data.get_property_to_json(None)
        self.received.data.append((data.get_name(), json.loads(text)))

    async def on_cmd(self, ten_env_tester: AsyncTenEnvTester, cmd: Cmd) -> None:
        self.received.cmds.append(cmd.get_name())
        await ten_env_tester.return_result(CmdResult.create(StatusCode.OK, cmd))


def perform(
    addon: str,
    properties: dict[str, Any],
    backend: AvatarBackend,
    story: Story,
    *,
    rate_hz: int = RATE_HZ,
) -> Received:
    """Play one story with a fresh instance of an extension, and close the graph again.

    Raises:
        AssertionError: Whatever the story asserts; or if the graph did not end by itself.
    """
    tester = _Tester(story, backend, rate_hz)
    tester.set_test_mode_single(addon, json.dumps(properties))
    tester.set_timeout(_LIMIT_US)
    error = tester.run()
    if tester.problem is not None:
        raise tester.problem
    assert error is None, f"the test did not end: {error}"
    return tester.received


def heard(audio: bytes | bytearray) -> dict[int, int]:
    """Count samples by the turn that they belong to."""
    counts: dict[int, int] = {}
    for value in memoryview(bytes(audio)).cast("h"):
        counts[value] = counts.get(value, 0) + 1
    return counts


def _signal(turn: int) -> dict[str, Any]:
    return {
        "request_id": f"tts-request-{turn}",
        "metadata": {"session_id": "guarder", "turn_id": turn},
    }
