"""What a Motion Server remembers of its clients."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

__all__ = ["Refusal", "Session", "Utterance"]


@dataclass
class Utterance:
    """The audio of one request.

    Attributes:
        req_id: What the client calls it.
        audio: All bytes received, in order.
        ended: Whether the client said that there is no more.
        n_ends: How often it said so.
        interrupted: Whether the client interrupted it.
        late_bytes: How much arrived after the interrupt.
    """

    req_id: str
    audio: bytearray = field(default_factory=bytearray)
    ended: bool = False
    n_ends: int = 0
    interrupted: bool = False
    late_bytes: int = 0


@dataclass
class Session:
    """One connection.

    Attributes:
        number: 1 for the first.
        token: The session token it came with.
        configuration: What the client asked for, or None while it has not.
        utterances: The requests, in the order in which they began.
        styles: What later configurations, of parameters alone, asked for.
        interrupts: The request ids that were interrupted.
        close_code: How it ended, or None while it lasts.
    """

    number: int
    token: str
    configuration: Any = None
    utterances: dict[str, Utterance] = field(default_factory=dict)
    styles: list[dict[str, str]] = field(default_factory=list)
    interrupts: list[str] = field(default_factory=list)
    close_code: int | None = None
    websocket: web.WebSocketResponse | None = field(default=None, repr=False)
    transport: asyncio.Transport | None = field(default=None, repr=False)

    @property
    def is_open(self) -> bool:
        """Whether the session was configured and has not ended."""
        return self.configuration is not None and self.close_code is None

    def audio(self) -> bytes:
        """Return everything received, in order of requests."""
        return b"".join(bytes(utterance.audio) for utterance in self.utterances.values())


@dataclass(frozen=True)
class Refusal:
    """An HTTP error in the wire's form."""

    status: int
    code: str
    detail: str
