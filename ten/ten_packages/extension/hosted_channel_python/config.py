"""What the channel node can be told, and what it says when told wrong."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlparse

__all__ = ["ChannelConfig"]

_MAX_UID: Final = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class ChannelConfig:
    """Which channel to join, as whom.

    Attributes:
        url: WebSocket URL of the server's channels, such as ``ws://127.0.0.1:8000/v1/channel``.
        app_id: Agora App ID.
        certificate: App Certificate from which tokens are made; may be empty if there is a token.
        token: A token made elsewhere; if empty, one is made for every join.
        channel: Name of the channel.
        uid: The node's own uid, which no other member may have.
        voices: Whether the members' microphones go into the graph.
    """

    url: str
    app_id: str
    certificate: str = field(repr=False)
    token: str = field(repr=False)
    channel: str
    uid: int
    voices: bool = False

    @classmethod
    def from_properties(cls, properties: Mapping[str, object]) -> "ChannelConfig":
        """Read the node's properties, placeholders resolved.

        Raises:
            ValueError: If one is missing or malformed; the message names it.
        """
        config = cls(
            url=_text(properties, "url"),
            app_id=_text(properties, "app_id"),
            certificate=_text(properties, "app_certificate"),
            token=_text(properties, "token"),
            channel=_text(properties, "channel"),
            uid=_uid(properties.get("uid")),
            voices=_flag(properties, "voices"),
        )
        missing = [name for name in ("url", "app_id", "channel") if not getattr(config, name)]
        if not config.certificate and not config.token:
            missing.append("app_certificate or token")
        if missing:
            raise ValueError(
                f"{', '.join(missing)} must be set: give a value in the node's property, or the "
                "environment variable that property.json names"
            )
        address = urlparse(config.url)
        if address.scheme not in ("ws", "wss") or not address.hostname:
            raise ValueError("url must be a WebSocket URL, such as ws://127.0.0.1:8000/v1/channel")
        return config


def _text(properties: Mapping[str, object], name: str) -> str:
    value = properties.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError(f"{name} must be a string")
    return value.strip()


def _flag(properties: Mapping[str, object], name: str) -> bool:
    value = properties.get(name, False)
    if not isinstance(value, bool):
        raise ValueError(f"{name} must be true or false")
    return value


def _uid(value: object) -> int:
    # A placeholder always yields a string.
    if isinstance(value, str) and value.strip().isdecimal():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= _MAX_UID:
        raise ValueError(f"uid must be a whole number from 1 to {_MAX_UID}")
    return value
