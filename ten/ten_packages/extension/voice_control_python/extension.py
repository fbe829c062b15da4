"""The TEN side of the control node."""

import asyncio
import json
import secrets
from collections.abc import Callable
from typing import Any, Final

from ten_runtime import AsyncExtension, AsyncTenEnv, Cmd, CmdResult, Data, StatusCode

from .dialogue import (
    Action,
    Announce,
    Caption,
    ChangeStyle,
    ChangeVoice,
    Complain,
    Dialogue,
    Interrupt,
    Speak,
)
from .sentence import Report

__all__ = ["VoiceControlExtension"]

_FLUSH_LIMIT_S: Final = 1.0
_MAX_EVENTS: Final = 256

_Rule = Callable[[Dialogue], list[Action]]


class VoiceControlExtension(AsyncExtension):
    """Decides what is said.

    The runtime starts a task for every message. Here they only queue: one worker carries out one
    event after the other, so that a text never overtakes the interrupt before it.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._session_id = secrets.token_hex(8)
        self._events: asyncio.Queue[_Rule] = asyncio.Queue(_MAX_EVENTS)
        self._worker: asyncio.Task[None] | None = None

    async def on_init(self, ten_env: AsyncTenEnv) -> None:
        """Start the worker: messages come as soon as this returns."""
        greeting, _ = await ten_env.get_property_string("greeting")
        self._worker = asyncio.create_task(self._work(ten_env, Dialogue(greeting=greeting)))
        self._worker.add_done_callback(lambda task: _report_end(ten_env, task))

    async def on_stop(self, ten_env: AsyncTenEnv) -> None:
        """Stop the worker."""
        if self._worker is not None:
            self._worker.cancel()
            await asyncio.wait([self._worker])

    async def on_cmd(self, ten_env: AsyncTenEnv, cmd: Cmd) -> None:
        """Take note of who comes and goes."""
        name = cmd.get_name()
        if name == "on_user_joined":
            self._take(ten_env, Dialogue.user_joined)
        known = name in ("on_user_joined", "on_user_left")
        result = CmdResult.create(StatusCode.OK if known else StatusCode.ERROR, cmd)
        if not known:
            result.set_property_string("detail", f"the control node does not know {name}")
        await ten_env.return_result(result)

    async def on_data(self, ten_env: AsyncTenEnv, data: Data) -> None:
        """Take what users want and what nodes report."""
        match data.get_name():
            case "text_input":
                text = _text(data, "text")
                self._take(ten_env, lambda dialogue: dialogue.text_received(text))
            case "stop_input":
                self._take(ten_env, Dialogue.stop_received)
            case "style_input":
                style = _object(data, "style")
                self._take(ten_env, lambda dialogue: dialogue.style_received(style))
            case "voice_input":
                voice = _object(data, "voice")
                self._take(ten_env, lambda dialogue: dialogue.voice_received(voice))
            case "tts_voices":
                voices = _object(data, "")
                self._take(ten_env, lambda dialogue: dialogue.voices_known(voices))
            case "tts_audio_start":
                request_id = _text(data, "request_id")
                self._take(ten_env, lambda dialogue: dialogue.speech_started(request_id))
            case "error":
                report = Report(_text(data, "module"), _text(data, "message"))
                self._take(ten_env, lambda dialogue: dialogue.failed(report))

    def _take(self, ten_env: AsyncTenEnv, rule: _Rule) -> None:
        try:
            self._events.put_nowait(rule)
        except asyncio.QueueFull:
            ten_env.log_warn("the control node is too busy and dropped an event")

    async def _work(self, ten_env: AsyncTenEnv, dialogue: Dialogue) -> None:
        while True:
            rule = await self._events.get()
            for action in rule(dialogue):
                await self._act(ten_env, action)

    async def _act(self, ten_env: AsyncTenEnv, action: Action) -> None:
        match action:
            case Interrupt(flush_id, turn_id):
                await self._interrupt(ten_env, flush_id, turn_id)
            case Speak(request_id, text, turn_id):
                await _send(
                    ten_env,
                    "tts_text_input",
                    request_id=request_id,
                    text=text,
                    text_input_end=True,
                    metadata=self._metadata(turn_id),
                )
            case Caption(text):
                await _send(ten_env, "caption", text=text, final=True)
            case ChangeStyle(style):
                await _send(ten_env, "motion_style", style=style)
            case ChangeVoice(voice):
                await _send(ten_env, "tts_voice", **voice)
            case Announce(voices, style):
                await _send(ten_env, "choices", voice=voices, style=style)
            case Complain(message):
                await _send(ten_env, "error", message=message)

    async def _interrupt(self, ten_env: AsyncTenEnv, flush_id: str, turn_id: int) -> None:
        """Tell voice and avatar at once; wait for the avatar, so that the next turn comes after."""
        metadata = self._metadata(turn_id)
        await _send(ten_env, "tts_flush", flush_id=flush_id, metadata=metadata)
        cmd = Cmd.create("flush")
        cmd.set_property_from_json(None, json.dumps({"flush_id": flush_id, "metadata": metadata}))
        try:
            async with asyncio.timeout(_FLUSH_LIMIT_S):
                result, error = await ten_env.send_cmd(cmd)
        except TimeoutError:
            ten_env.log_warn(f"the avatar did not answer flush within {_FLUSH_LIMIT_S:g} s")
            return
        if error is not None:
            ten_env.log_warn(f"flush did not reach the avatar: {error.error_message()}")
        elif result is not None and result.get_status_code() != StatusCode.OK:
            detail, _ = result.get_property_string("detail")
            ten_env.log_warn(f"the avatar could not flush: {detail}")

    def _metadata(self, turn_id: int) -> dict[str, Any]:
        return {"session_id": self._session_id, "turn_id": turn_id}


async def _send(ten_env: AsyncTenEnv, name: str, **properties: object) -> None:
    """Send data. The call does not suspend, so nothing can come between two of them."""
    data = Data.create(name)
    data.set_property_from_json(None, json.dumps(properties))
    await ten_env.send_data(data)


def _text(data: Data, name: str) -> str:
    return data.get_property_string(name)[0]


def _object(data: Data, path: str) -> dict[str, Any]:
    text, error = data.get_property_to_json(path)
    value = json.loads(text) if error is None else {}
    return value if isinstance(value, dict) else {}


def _report_end(ten_env: AsyncTenEnv, task: asyncio.Task[None]) -> None:
    """Log a failure that nobody foresaw: it must not go unseen, nor end the process."""
    if not task.cancelled() and (error := task.exception()) is not None:
        ten_env.log_error(f"the control node has failed: {type(error).__name__}: {error}")
