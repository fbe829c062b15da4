"""What an Agora token allows, in every version."""

import enum

from avamotion.errors import AuthError

__all__ = ["Privilege", "TokenExpired"]


class TokenExpired(AuthError):
    """Raised for a token that was good once."""


class Privilege(enum.IntEnum):
    """What a token allows in an RTC channel."""

    JOIN_CHANNEL = 1
    PUBLISH_AUDIO = 2
    PUBLISH_VIDEO = 3
    PUBLISH_DATA = 4
