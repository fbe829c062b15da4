"""The ways out of this server, made from its settings."""

import secrets
import time
from typing import Final

from avamotion.channel.hub import Hub
from avamotion.egress.registry import EgressRegistry, EgressServices
from avamotion.server.config import ServerConfig
from avamotion.tokens.agora import build_token

__all__ = ["open_registry"]

_RENEWED_TOKEN_S: Final = 24 * 3600


def open_registry(config: ServerConfig, hub: Hub) -> EgressRegistry:
    """Return the ways out.

    Raises:
        ConfigError: If a setting names a way out that does not exist, or cannot be used.
    """
    channel = config.channel

    def renew_token(name: str, uid: int) -> str:
        return build_token(
            app_id=channel.app_id,
            app_certificate=channel.app_certificate.reveal(),
            channel=name,
            uid=uid,
            publisher=True,
            expire_s=_RENEWED_TOKEN_S,
            issued_at=int(time.time()),
            salt=secrets.randbelow(99_999_999) + 1,
        )

    return EgressRegistry(
        EgressServices(
            setting=config.egress,
            hub=hub,
            app_id=channel.app_id,
            renew_token=renew_token if channel.app_certificate else None,
            lead_s=config.playout.lead_ms / 1000,
        )
    )
