"""The node's place in the channel: join, come back when thrown out, and go."""

import asyncio
import json
import random
import secrets
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from avamotion.tokens.agora import build_token

from .backoff import Backoff
from .config import ChannelConfig
from .membership import Entered, Event, Membership, Refused
from .outbox import Outbox

__all__ = ["Link"]

_OPEN_LIMIT_S: Final = 5.0
_CLOSE_LIMIT_S: Final = 1.0
_TOKEN_S: Final = 3600
_MAX_MESSAGE_BYTES: Final = 1 << 20


class Link:
    """Holds the connection.

    Args:
        config: Which channel, as whom.
        handle: Called with each event, one at a time. Must not raise.
        warn: Called with a sentence when something is wrong, once for each new problem.
    """

    def __init__(
        self,
        config: ChannelConfig,
        handle: Callable[[Event], Awaitable[None]],
        warn: Callable[[str], None],
    ) -> None:
        self._config = config
        self._handle = handle
        self._warn = warn
        self._membership = Membership()
        self._backoff = Backoff(first_s=0.25, limit_s=5.0, rng=random.Random())
        self._outbox = Outbox(max_texts=64, max_age_s=5.0)
        self._outgoing = asyncio.Event()
        self._problem = ""

    def send(self, topic: str, data: object, *, to: int | None = None) -> None:
        """Send a message to the channel, or to one member."""
        message = {"type": "message", "topic": topic, "data": data}
        if to is not None:
            message["to"] = to
        self._outbox.push(json.dumps(message), now=time.monotonic())
        self._outgoing.set()

    async def run(self) -> None:
        """Stay in the channel until cancelled."""
        while True:
            try:
                async with connect(
                    self._config.url,
                    open_timeout=_OPEN_LIMIT_S,
                    close_timeout=_CLOSE_LIMIT_S,
                    max_size=_MAX_MESSAGE_BYTES,
                ) as socket:
                    self._note(await self._stay(socket))
            except ConnectionClosed:
                self._note("the connection to the channel server was lost")
            except (OSError, TimeoutError, WebSocketException) as exc:
                # The text of an exception may hold a URL; its kind is enough here.
                self._note(f"no connection to the channel server: {type(exc).__name__}")
            await asyncio.sleep(self._backoff.next_s())

    async def _stay(self, socket: ClientConnection) -> str:
        """Join, and handle what comes. Returns why it came to an end."""
        await socket.send(self._join())
        writer: asyncio.Task[None] | None = None
        try:
            async for message in socket:
                if isinstance(message, bytes):
                    # Sound and motion are for those who watch; voices are for those who asked.
                    events = self._membership.receive_bytes(message) if self._config.voices else []
                else:
                    events = self._membership.receive_text(message)
                for event in events:
                    if isinstance(event, Entered):
                        self._backoff.reset()
                        self._problem = ""
                        writer = writer or asyncio.create_task(self._write(socket))
                    elif isinstance(event, Refused):
                        return f"the channel refuses this node: {event.problem}"
                    await self._handle(event)
            return "the channel server closed the connection"
        finally:
            if writer is not None:
                writer.cancel()
                with suppress(asyncio.CancelledError):
                    await writer

    async def _write(self, socket: ClientConnection) -> None:
        with suppress(ConnectionClosed):  # the reader sees it too
            while True:
                for text in self._outbox.take(now=time.monotonic()):
                    await socket.send(text)
                await self._outgoing.wait()
                self._outgoing.clear()

    def _join(self) -> str:
        config = self._config
        token = config.token or build_token(
            app_id=config.app_id,
            app_certificate=config.certificate,
            channel=config.channel,
            uid=config.uid,
            publisher=False,
            expire_s=_TOKEN_S,
            issued_at=int(time.time()),
            salt=1 + secrets.randbelow(99_999_999),
        )
        return json.dumps(
            {
                "type": "join",
                "app_id": config.app_id,
                "channel": config.channel,
                "uid": config.uid,
                "token": token,
                "voices": config.voices,
            }
        )

    def _note(self, problem: str) -> None:
        if problem != self._problem:
            self._problem = problem
            self._warn(problem)
