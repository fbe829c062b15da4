"""Text messages of the hosted channel: JSON objects with a ``type``. See docs/channel.md."""

import json
from dataclasses import dataclass, field
from typing import Final

from avamotion.errors import RemoteProtocolError

__all__ = [
    "BAD_REQUEST",
    "ChannelError",
    "Join",
    "Leave",
    "MemberMessage",
    "Ping",
    "decode_member_text",
    "encode_text",
]

BAD_REQUEST: Final = 4000
_MAX_TEXT_BYTES: Final = 16 * 1024
_MAX_UID: Final = 2**32 - 1
_MAX_NAME: Final = 64


class ChannelError(RemoteProtocolError):
    """Raised when the channel refuses a member.

    Attributes:
        code: The word of docs/channel.md.
    """

    def __init__(self, code: str, problem: str, close_code: int) -> None:
        super().__init__(problem, close_code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Join:
    """A member asks to come in."""

    app_id: str
    channel: str
    uid: int
    token: str = field(repr=False)
    voices: bool = False
    """Whether it wants to hear what the other members say."""


@dataclass(frozen=True, slots=True)
class Leave:
    """A member says goodbye."""


@dataclass(frozen=True, slots=True)
class Ping:
    """A member measures its way to us."""

    ping_id: object


@dataclass(frozen=True, slots=True)
class MemberMessage:
    """A member speaks to one other, or to all when ``to`` is None."""

    topic: str
    to: int | None
    data: object


MemberText = Join | Leave | Ping | MemberMessage


def decode_member_text(text: str) -> MemberText:
    """Decode a text message of a member.

    Raises:
        ChannelError: If it is none; its code is ``bad_request``.
    """
    if len(text.encode()) > _MAX_TEXT_BYTES:
        raise _bad(f"a text message may have at most {_MAX_TEXT_BYTES} bytes")
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as exc:
        raise _bad("a text message must be a JSON object") from exc
    if not isinstance(value, dict):
        raise _bad("a text message must be a JSON object")
    match value.get("type"):
        case "join":
            return Join(
                app_id=_name(value, "app_id"),
                channel=_name(value, "channel"),
                uid=_uid(value, "uid"),
                token=_string(value, "token"),
                voices=_flag(value, "voices"),
            )
        case "leave":
            return Leave()
        case "ping":
            return Ping(value.get("id"))
        case "message":
            to = None if value.get("to") is None else _uid(value, "to")
            return MemberMessage(_name(value, "topic"), to, value.get("data"))
        case other:
            raise _bad(f"unknown message type {str(other)[:_MAX_NAME]!r}")


def encode_text(kind: str, **fields: object) -> str:
    """Encode a text message of the channel."""
    return json.dumps({"type": kind, **fields}, separators=(",", ":"), ensure_ascii=False)


def _bad(problem: str) -> ChannelError:
    return ChannelError("bad_request", problem, BAD_REQUEST)


def _string(value: dict[str, object], key: str) -> str:
    item = value.get(key)
    if not isinstance(item, str) or not item:
        raise _bad(f"{key} must be a string that is not empty")
    return item


def _name(value: dict[str, object], key: str) -> str:
    name = _string(value, key)
    if len(name.encode()) > _MAX_NAME:  # Agora's limit for channel names
        raise _bad(f"{key} may have at most {_MAX_NAME} bytes")
    return name


def _flag(value: dict[str, object], key: str) -> bool:
    flag = value.get(key, False)
    if not isinstance(flag, bool):
        raise _bad(f"{key} must be true or false")
    return flag


def _uid(value: dict[str, object], key: str) -> int:
    uid = value.get(key)
    if isinstance(uid, bool) or not isinstance(uid, int) or not 0 < uid <= _MAX_UID:
        raise _bad(f"{key} must be a whole number from 1 to {_MAX_UID}")
    return uid
