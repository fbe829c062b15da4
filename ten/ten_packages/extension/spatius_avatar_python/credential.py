"""Credentials for one connection, made anew each time so that none is old."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from .agora_token import build_publisher_token
from .config import AvatarConfig
from .secret import Secret

__all__ = ["Credentials", "issue_credentials"]

# Consoles refuse session tokens that live for a day or longer.
_MAX_SESSION_TOKEN_S = 24 * 3600 - 60
# A connection is renewed this long before its credentials expire, or after four fifths of a short
# life.
_RENEWAL_MARGIN_S = 120.0
_RENEWAL_SHARE = 0.8
_MAX_SALT = 99_999_999


@dataclass(frozen=True, slots=True)
class Credentials:
    """What one connection is opened with.

    Attributes:
        agora_token: Token of the avatar's publisher.
        expire_at: When the session token expires.
        renew_after_s: How long after connecting they should be renewed.
    """

    agora_token: Secret
    expire_at: datetime
    renew_after_s: float


def issue_credentials(config: AvatarConfig, *, now: datetime) -> Credentials:
    """Make the credentials for one connection.

    Args:
        config: Supplies the Agora token, or the certificate to make one from.
        now: Current time, with its zone.
    """
    lifetime_s = min(config.service.session_expire_s, _MAX_SESSION_TOKEN_S)
    agora = config.agora
    token = agora.token
    if not token:
        token = Secret(
            build_publisher_token(
                app_id=agora.app_id,
                certificate=agora.certificate.reveal(),
                channel=agora.channel,
                uid=agora.uid,
                lifetime_s=config.service.session_expire_s,
                issued_at_s=int(now.timestamp()),
                salt=secrets.randbelow(_MAX_SALT) + 1,
            )
        )
    return Credentials(
        agora_token=token,
        expire_at=now.astimezone(UTC) + timedelta(seconds=lifetime_s),
        renew_after_s=max(lifetime_s - _RENEWAL_MARGIN_S, lifetime_s * _RENEWAL_SHARE),
    )
