"""The TEN side of the channel node."""

import asyncio
import json
from typing import Final

from ten_runtime import (
    AsyncExtension,
    AsyncTenEnv,
    AudioFrame,
    AudioFrameDataFmt,
    Cmd,
    CmdResult,
    Data,
    StatusCode,
)

from .config import ChannelConfig
from .link import Link
from .membership import (
    Event,
    Malformed,
    StopAsked,
    StyleWanted,
    TextSaid,
    UserJoined,
    UserLeft,
    VoiceHeard,
    VoiceWanted,
)

__all__ = ["HostedChannelExtension"]

_ANSWER_LIMIT_S: Final = 1.0
_STOP_LIMIT_S: Final = 2.0
_VOICE_HZ: Final = 16_000
_BYTES_PER_SAMPLE: Final = 2


class HostedChannelExtension(AsyncExtension):
    """Brings the words of a channel's members into the graph, and the graph's words out."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._link: Link | None = None
        self._task: asyncio.Task[None] | None = None

    async def on_start(self, ten_env: AsyncTenEnv) -> None:
        """Join in the background: a server that is not there yet must not hold up the graph."""
        properties, _ = await ten_env.get_property_to_json("")
        try:
            config = ChannelConfig.from_properties(json.loads(properties or "{}"))
        except ValueError as exc:
            ten_env.log_error(f"the channel node stays out of the channel: {exc}")
            return

        async def handle(event: Event) -> None:
            await self._emit(ten_env, event)

        def warn(sentence: str) -> None:
            ten_env.log_warn(sentence)

        self._link = Link(config, handle, warn)
        self._task = asyncio.create_task(self._link.run())
        self._task.add_done_callback(lambda task: _report_end(ten_env, task))

    async def on_stop(self, ten_env: AsyncTenEnv) -> None:
        """Leave, within a limit."""
        self._link = None
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task], timeout=_STOP_LIMIT_S)

    async def on_data(self, ten_env: AsyncTenEnv, data: Data) -> None:
        """Send ``caption``, ``choices`` and ``error`` to everybody."""
        name = data.get_name()
        if self._link is None or name not in ("caption", "choices", "error"):
            return
        properties, _ = data.get_property_to_json(None)
        self._link.send(name, json.loads(properties))

    async def on_cmd(self, ten_env: AsyncTenEnv, cmd: Cmd) -> None:
        """Answer: the node takes no commands."""
        result = CmdResult.create(StatusCode.ERROR, cmd)
        result.set_property_string("detail", f"the channel node does not know {cmd.get_name()}")
        await ten_env.return_result(result)

    async def _emit(self, ten_env: AsyncTenEnv, event: Event) -> None:
        match event:
            case UserJoined(uid):
                await _tell(ten_env, "on_user_joined", uid)
            case UserLeft(uid):
                await _tell(ten_env, "on_user_left", uid)
            case TextSaid(uid, text):
                data = Data.create("text_input")
                data.set_property_string("text", text)
                data.set_property_int("uid", uid)
                await ten_env.send_data(data)
            case StopAsked(uid):
                data = Data.create("stop_input")
                data.set_property_int("uid", uid)
                await ten_env.send_data(data)
            case StyleWanted(uid, style):
                await _send(ten_env, "style_input", {"style": style, "uid": uid})
            case VoiceWanted(uid, voice):
                await _send(ten_env, "voice_input", {"voice": voice, "uid": uid})
            case VoiceHeard(uid, pcm):
                await ten_env.send_audio_frame(_frame(uid, pcm))
            case Malformed(uid, problem) if self._link is not None:
                self._link.send("error", {"message": problem}, to=uid)


def _frame(uid: int, pcm: bytes) -> AudioFrame:
    frame = AudioFrame.create("pcm_frame")
    frame.set_sample_rate(_VOICE_HZ)
    frame.set_bytes_per_sample(_BYTES_PER_SAMPLE)
    frame.set_number_of_channels(1)
    frame.set_data_fmt(AudioFrameDataFmt.INTERLEAVE)
    frame.set_samples_per_channel(len(pcm) // _BYTES_PER_SAMPLE)
    frame.set_property_int("uid", uid)
    frame.alloc_buf(len(pcm))
    buffer = frame.lock_buf()
    buffer[:] = pcm
    frame.unlock_buf(buffer)
    return frame


async def _send(ten_env: AsyncTenEnv, name: str, properties: object) -> None:
    data = Data.create(name)
    data.set_property_from_json(None, json.dumps(properties))
    await ten_env.send_data(data)


async def _tell(ten_env: AsyncTenEnv, name: str, uid: int) -> None:
    cmd = Cmd.create(name)
    cmd.set_property_int("uid", uid)
    try:
        async with asyncio.timeout(_ANSWER_LIMIT_S):
            _, error = await ten_env.send_cmd(cmd)
    except TimeoutError:
        ten_env.log_warn(f"nobody answered {name}")
    else:
        if error is not None:
            ten_env.log_warn(f"{name} was not delivered: {error.error_message()}")


def _report_end(ten_env: AsyncTenEnv, task: asyncio.Task[None]) -> None:
    """Log a failure that nobody foresaw: it must not go unseen, nor end the process."""
    if not task.cancelled() and (error := task.exception()) is not None:
        ten_env.log_error(f"the channel node has failed: {type(error).__name__}: {error}")
