"""The sending half of environments, in a synchronous and an asynchronous form."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import TYPE_CHECKING, Any

from ten_runtime._engine.driver import uncaught
from ten_runtime._engine.fault import generic
from ten_runtime._engine.handle import wrap
from ten_runtime.cmd import Cmd
from ten_runtime.cmd_result import CmdResult
from ten_runtime.error import TenError
from ten_runtime.send_options import SendOptions

if TYPE_CHECKING:
    from ten_runtime._engine.call import ResultHandler
    from ten_runtime._engine.message import ResultCore
    from ten_runtime._engine.node import Node
    from ten_runtime._engine.outbox import Sent
    from ten_runtime.audio_frame import AudioFrame
    from ten_runtime.data import Data
    from ten_runtime.msg import Msg
    from ten_runtime.video_frame import VideoFrame

__all__ = ["AsyncSending", "CmdHandler", "ErrorHandler", "SyncSending"]

CmdHandler = Callable[[Any, "CmdResult | None", "TenError | None"], object]
ErrorHandler = Callable[[Any, "TenError | None"], object]


def _public(result: ResultCore) -> CmdResult:
    message = wrap(result)
    assert isinstance(message, CmdResult)
    return message


class SyncSending:
    """Sends from any thread. A returned error means that the message was not taken."""

    _node: Node | None

    def send_cmd(self, cmd: Cmd, result_handler: CmdHandler | None = None) -> TenError | None:
        """Send a command; the handler gets its result, in the extension's thread."""
        return self._send_cmd(cmd, result_handler, every=False)

    def send_cmd_ex(self, cmd: Cmd, result_handler: CmdHandler | None = None) -> TenError | None:
        """Send a command; the handler gets each of its results, in the extension's thread."""
        return self._send_cmd(cmd, result_handler, every=True)

    def send_data(self, data: Data, error_handler: ErrorHandler | None = None) -> TenError | None:
        """Send data; the handler is told whether it found a destination."""
        return self._send(data, error_handler)

    def send_audio_frame(
        self, audio_frame: AudioFrame, error_handler: ErrorHandler | None = None
    ) -> TenError | None:
        """Send an audio frame; the handler is told whether it found a destination."""
        return self._send(audio_frame, error_handler)

    def send_video_frame(
        self, video_frame: VideoFrame, error_handler: ErrorHandler | None = None
    ) -> TenError | None:
        """Send a video frame; the handler is told whether it found a destination."""
        return self._send(video_frame, error_handler)

    def return_result(
        self, cmd_result: CmdResult, error_handler: ErrorHandler | None = None
    ) -> TenError | None:
        """Answer a command."""
        if self._node is None:
            return _cannot_send()
        return self._finish(self._node.outbox.return_result(cmd_result), error_handler)

    def _send(self, msg: Msg, handler: ErrorHandler | None) -> TenError | None:
        if self._node is None:
            return _cannot_send()
        return self._finish(self._node.outbox.send(msg), handler)

    def _finish(self, sent: Sent, handler: ErrorHandler | None) -> TenError | None:
        was_taken, error = sent
        if not was_taken:
            return error
        if handler is not None:
            assert self._node is not None
            self._node.home.post(self._call, handler, error)
        return None

    def _send_cmd(self, cmd: Cmd, handler: CmdHandler | None, *, every: bool) -> TenError | None:
        if self._node is None:
            return _cannot_send()
        deliver: ResultHandler | None = None
        if handler is not None:
            deliver = self._deliverer(handler)
        was_taken, error = self._node.outbox.send_cmd(cmd, deliver, every=every)
        if not was_taken:
            return error
        if error is not None and handler is not None:
            self._node.home.post(self._call, handler, None, error)
        return None

    def _deliverer(self, handler: CmdHandler) -> ResultHandler:
        def deliver(result: ResultCore | None, error: TenError | None) -> None:
            self._call(handler, None if result is None else _public(result), error)

        return deliver

    def _call(self, handler: Callable[..., object], *args: object) -> None:
        try:
            handler(self, *args)
        except BaseException as exc:  # noqa: BLE001 - the policy decides
            assert self._node is not None
            uncaught(self._node, "a result handler", exc)


class AsyncSending:
    """Sends from the tasks of the loop that owns the environment.

    Only ``send_cmd`` and ``send_cmd_ex`` suspend; everything else is on its way when it returns.
    """

    _node: Node
    _loop: asyncio.AbstractEventLoop

    async def send_cmd(self, cmd: Cmd) -> tuple[CmdResult | None, TenError | None]:
        """Send a command and wait for its result.

        Returns:
            The result and None; or None and why the command never left.
        """
        answer: asyncio.Future[ResultCore | None] = self._loop.create_future()

        def deliver(result: ResultCore | None, _error: TenError | None) -> None:
            if not answer.done():
                answer.set_result(result)

        _, error = self._node.outbox.send_cmd(cmd, deliver, every=False)
        if error is not None:
            return None, error
        core = await answer
        assert core is not None
        result = _public(core)
        assert result.is_completed(), "a plain send_cmd got a result that is not the last"
        return result, None

    async def send_cmd_ex(
        self, cmd: Cmd
    ) -> AsyncGenerator[tuple[CmdResult | None, TenError | None], None]:
        """Send a command and yield every result, up to the one that is completed."""
        # Unbounded on purpose: results are never dropped, and their callee bounds them.
        answers: asyncio.Queue[ResultCore] = asyncio.Queue()

        def deliver(result: ResultCore | None, _error: TenError | None) -> None:
            if result is not None:
                answers.put_nowait(result)

        _, error = self._node.outbox.send_cmd(cmd, deliver, every=True)
        if error is not None:
            yield None, error
            return
        while True:
            core = await answers.get()
            is_last = core.completed
            yield _public(core), None
            if is_last:
                return

    async def send_data(self, data: Data, options: SendOptions | None = None) -> TenError | None:
        """Send data."""
        return _told(self._node.outbox.send(data), options)

    async def send_audio_frame(
        self, audio_frame: AudioFrame, options: SendOptions | None = None
    ) -> TenError | None:
        """Send an audio frame."""
        return _told(self._node.outbox.send(audio_frame), options)

    async def send_video_frame(
        self, video_frame: VideoFrame, options: SendOptions | None = None
    ) -> TenError | None:
        """Send a video frame."""
        return _told(self._node.outbox.send(video_frame), options)

    async def return_result(
        self, cmd_result: CmdResult, options: SendOptions | None = None
    ) -> TenError | None:
        """Answer a command."""
        return _told(self._node.outbox.return_result(cmd_result), options)


def _told(sent: Sent, options: SendOptions | None) -> TenError | None:
    """Return what a sender is told: all, or only that the message was not taken."""
    was_taken, error = sent
    if not was_taken or (options is not None and options.wait_for_result):
        return error
    return None


def _cannot_send() -> TenError:
    return generic("Only an extension can send; this is the environment of an app or an addon.")
