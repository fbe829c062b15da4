"""Agora AccessToken (006), the version before the current one: read and verify, never build.

Layout, little endian; a string is a u16 length and its bytes:

    "006" + app id (32 characters) + base64(string(signature) u32 crc u32 crc string(message))
    message = u32 salt u32 expires_at u16 n_privileges (u16 privilege, u32 expires_at)...
    signature = HMAC-SHA256(app certificate, app id + channel + uid + message)

Channel and uid are not in the token, only their CRC-32. A uid of "" fits every uid, and so does a
privilege that expires at 0 every time.
"""

import base64
import binascii
import hashlib
import hmac
import struct
import zlib
from dataclasses import dataclass
from typing import Final

from avamotion.errors import AuthError
from avamotion.tokens.privilege import Privilege, TokenExpired

__all__ = ["VERSION", "AgoraToken006", "parse_token006", "verify_token006"]

VERSION: Final = "006"
_APP_ID_LENGTH: Final = 32
# A real token has some 250 characters.
_MAX_TOKEN_LENGTH: Final = 2048


@dataclass(frozen=True, slots=True)
class AgoraToken006:
    """What a token says; only :func:`verify_token006` tells whether it is true.

    Attributes:
        app_id: Agora App ID, 32 characters.
        channel_crc: CRC-32 of the channel's name.
        uid_crc: CRC-32 of the decimal uid, or of "" for any.
        expires_at: Unix time in seconds.
        privileges: Unix time in seconds at which each privilege ends; 0 for never.
    """

    app_id: str
    channel_crc: int
    uid_crc: int
    expires_at: int
    privileges: dict[Privilege, int]


def parse_token006(token: str) -> AgoraToken006:
    """Read a token without checking its signature.

    Raises:
        AuthError: If it is malformed.
    """
    return _parse(token)[0]


def verify_token006(
    token: str, *, app_id: str, app_certificate: str, channel: str, uid: int, now: float
) -> AgoraToken006:
    """Check that a token lets ``uid`` join ``channel`` now.

    Args:
        now: Current Unix time in seconds.

    Raises:
        TokenExpired: If it has expired.
        AuthError: If it is malformed, forged, or made for something else.
    """
    claims, signature, message = _parse(token)
    if claims.app_id != app_id:
        raise AuthError("the token was made for another App ID")
    if claims.channel_crc != _crc(channel):
        raise AuthError(f"the token was made for another channel than {channel!r}")
    names = [name for name in ("", str(uid)) if _crc(name) == claims.uid_crc]
    if not names:
        raise AuthError(f"the token was made for another uid than {uid}")
    signed = (app_id + channel + names[0]).encode() + message
    expected = hmac.digest(app_certificate.encode(), signed, hashlib.sha256)
    if not hmac.compare_digest(signature, expected):
        raise AuthError("the token was not signed with this server's App Certificate")
    join_ends = claims.privileges.get(Privilege.JOIN_CHANNEL)
    if join_ends is None:
        raise AuthError("the token does not allow to join")
    if now >= claims.expires_at or (join_ends and now >= join_ends):
        raise TokenExpired("the token has expired: get a new one")
    return claims


def _parse(token: str) -> tuple[AgoraToken006, bytes, bytes]:
    """Return what the token says, its signature, and the signed message."""
    if not token.startswith(VERSION):
        raise AuthError("not an Agora token of version 006")
    if len(token) > _MAX_TOKEN_LENGTH:
        raise AuthError("the token is too large")
    app_id = token[len(VERSION) :][:_APP_ID_LENGTH]
    try:
        content = base64.b64decode(token[len(VERSION) + _APP_ID_LENGTH :], validate=True)
        signature, at = _string(content, 0)
        channel_crc, uid_crc = struct.unpack_from("<II", content, at)
        message, _ = _string(content, at + 8)
        _, expires_at, n_privileges = struct.unpack_from("<IIH", message)
        ends = dict(
            struct.unpack_from("<HI", message, 10 + 6 * index) for index in range(n_privileges)
        )
    except (binascii.Error, ValueError, struct.error) as exc:
        raise AuthError("the token is malformed") from exc
    privileges = {privilege: ends[privilege] for privilege in Privilege if privilege in ends}
    claims = AgoraToken006(app_id, channel_crc, uid_crc, expires_at, privileges)
    return claims, signature, message


def _string(data: bytes, at: int) -> tuple[bytes, int]:
    (length,) = struct.unpack_from("<H", data, at)
    (value,) = struct.unpack_from(f"{length}s", data, at + 2)
    return value, at + 2 + length


def _crc(name: str) -> int:
    return zlib.crc32(name.encode())
