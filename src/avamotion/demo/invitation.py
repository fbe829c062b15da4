"""What somebody needs to join the demo's channel."""

import itertools
import secrets
import time
from dataclasses import dataclass, field
from typing import Any, Final

from avamotion.demo.casting import TIMBRES
from avamotion.server.config import ServerConfig
from avamotion.tokens.agora import build_token

__all__ = ["AGENT_UID", "CHANNEL_NODE_UID", "Host", "Invitation"]

AGENT_UID: Final = 2001
CHANNEL_NODE_UID: Final = 3001
"""Uids of the graph's two members, as its property.json has them."""

_FIRST_GUEST_UID: Final = 100_000
_TOKEN_S: Final = 3600


@dataclass(frozen=True, slots=True)
class Invitation:
    """One place in the channel."""

    app_id: str
    channel: str
    uid: int
    token: str = field(repr=False)


class Host:
    """Hands out places in one channel, each with a uid of its own.

    Args:
        config: The server's settings, keys included.
        channel: Name of the channel.
    """

    def __init__(self, config: ServerConfig, channel: str) -> None:
        self.channel = channel
        self._config = config.channel
        self._uids = itertools.count(_FIRST_GUEST_UID)

    def invite(self) -> Invitation:
        """Return a new place; its token is good for an hour."""
        uid = next(self._uids)
        token = build_token(
            app_id=self._config.app_id,
            app_certificate=self._config.app_certificate.reveal(),
            channel=self.channel,
            uid=uid,
            publisher=False,
            expire_s=_TOKEN_S,
            issued_at=int(time.time()),
            salt=1 + secrets.randbelow(99_999_999),
        )
        return Invitation(self._config.app_id, self.channel, uid, token)

    def answer(self, *, avatar_url: str, greeting: str) -> dict[str, Any]:
        """Return what a page needs: a place, and whom it will see."""
        place = self.invite()
        return {
            "app_id": place.app_id,
            "channel": place.channel,
            "uid": place.uid,
            "token": place.token,
            # Where a page's messages go: the graph's ear, not the avatar's mouth.
            "agent_uid": CHANNEL_NODE_UID,
            "avatar_url": avatar_url,
            "greeting": greeting,
            "timbres": dict(TIMBRES),
        }
