"""What happens in a channel, as far as a graph wants to know. Sans-I/O; see docs/channel.md."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from avamotion.errors import RemoteProtocolError
from avamotion.protocol.payload import decode_channel_packet

__all__ = [
    "MAX_TEXT_CHARS",
    "Entered",
    "Event",
    "Malformed",
    "Membership",
    "Refused",
    "StopAsked",
    "StyleWanted",
    "TextSaid",
    "UserJoined",
    "UserLeft",
    "VoiceHeard",
    "VoiceWanted",
]

MAX_TEXT_CHARS: Final = 4000
"""Longest text that is taken from a member at once: several minutes of speech."""

_MAX_WISHES: Final = 16
_MAX_WISH_CHARS: Final = 100
_MAX_WISH: Final = 1e6


@dataclass(frozen=True, slots=True)
class Entered:
    """We are in the channel."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The server sends us away."""

    code: str
    problem: str


@dataclass(frozen=True, slots=True)
class UserJoined:
    """Somebody who listens is there."""

    uid: int


@dataclass(frozen=True, slots=True)
class UserLeft:
    """Somebody who listened has gone."""

    uid: int


@dataclass(frozen=True, slots=True)
class TextSaid:
    """A user wants a text to be spoken."""

    uid: int
    text: str


@dataclass(frozen=True, slots=True)
class StopAsked:
    """A user wants silence."""

    uid: int


@dataclass(frozen=True, slots=True)
class StyleWanted:
    """A user wants the face to move otherwise."""

    uid: int
    style: dict[str, str | float | bool]


@dataclass(frozen=True, slots=True)
class VoiceWanted:
    """A user wants another voice, or another pace."""

    uid: int
    voice: dict[str, str | float | bool]


@dataclass(frozen=True, slots=True)
class Malformed:
    """A user sent something that cannot be used; tell them."""

    uid: int
    problem: str


@dataclass(frozen=True, slots=True)
class VoiceHeard:
    """A user said something: 16 kHz mono PCM, signed 16 bits, little endian."""

    uid: int
    pcm: bytes


Event = (
    Entered
    | Refused
    | UserJoined
    | UserLeft
    | TextSaid
    | StopAsked
    | StyleWanted
    | VoiceWanted
    | Malformed
    | VoiceHeard
)


class Membership:
    """Turns the texts of a channel into events.

    It outlives a connection: who comes back after a break is no new user.
    """

    def __init__(self) -> None:
        self._users: set[int] = set()

    def receive_text(self, text: str) -> list[Event]:
        """Take one text message of the server. Never raises; what it does not know it ignores."""
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            return []
        return list(self._events(value)) if isinstance(value, dict) else []

    def receive_bytes(self, data: bytes) -> list[Event]:
        """Take one binary message of the server. Never raises; what publishers send is ignored."""
        try:
            packet = decode_channel_packet(data)
        except RemoteProtocolError:
            return []
        return [VoiceHeard(packet.uid, packet.voice)] if packet.voice else []

    def _events(self, value: dict[str, Any]) -> Iterator[Event]:
        match value:
            case {"type": "joined", "members": list(members)}:
                yield Entered()
                yield from self._replace({uid for uid in map(_user, members) if uid is not None})
            case {"type": "member_joined"}:
                uid = _user(value)
                if uid is not None and uid not in self._users:
                    self._users.add(uid)
                    yield UserJoined(uid)
            case {"type": "member_left", "uid": int(uid)} if uid in self._users:
                self._users.remove(uid)
                yield UserLeft(uid)
            case {"type": "error", "code": str(code), "message": str(problem)}:
                yield Refused(code, problem)
            case {"type": "message", "from": int(uid), "topic": "say"}:
                yield _said(uid, value.get("data"))
            case {"type": "message", "from": int(uid), "topic": "stop"}:
                yield StopAsked(uid)
            case {"type": "message", "from": int(uid), "topic": "style" | "voice" as topic}:
                yield _wanted(uid, topic, value.get("data"))

    def _replace(self, users: set[int]) -> Iterator[Event]:
        before, self._users = self._users, users
        for uid in sorted(before - users):
            yield UserLeft(uid)
        for uid in sorted(users - before):
            yield UserJoined(uid)


def _user(member: object) -> int | None:
    """Return the uid of a member who listens, or None for one who publishes."""
    match member:
        case {"uid": int(uid), "publisher": False}:
            return uid
    return None


def _said(uid: int, data: object) -> Event:
    text = data.get("text") if isinstance(data, dict) else None
    if not isinstance(text, str) or not text.strip():
        return Malformed(uid, 'a message "say" needs data {"text": "…"} with something to say')
    text = text.strip()
    if len(text) > MAX_TEXT_CHARS:
        return Malformed(
            uid, f"the text has {len(text)} characters: send at most {MAX_TEXT_CHARS} at once"
        )
    return TextSaid(uid, text)


def _wanted(uid: int, topic: str, data: object) -> Event:
    if (
        not isinstance(data, dict)
        or not 0 < len(data) <= _MAX_WISHES
        or not all(map(_is_wish, data.values()))
    ):
        return Malformed(
            uid,
            f'a message "{topic}" needs data with names and their values, {_MAX_WISHES} at most',
        )
    return StyleWanted(uid, data) if topic == "style" else VoiceWanted(uid, data)


def _is_wish(value: object) -> bool:
    if isinstance(value, str):
        return len(value) <= _MAX_WISH_CHARS
    return isinstance(value, int | float) and -_MAX_WISH <= value <= _MAX_WISH
