"""Agora AccessToken2 (007) for one RTC channel: build and verify. Tokens of 006 are verified too.

Layout, little endian; a string is a u16 length and its bytes:

    "007" + base64(zlib(string(signature) + message))
    message = string(app id) u32 issued_at u32 expire_s u32 salt u16 n_services service...
    service = u16 type, u16 n_privileges (u16 privilege, u32 expire_s)...,
              and for RTC string(channel) string(uid)

    key = HMAC-SHA256(u32 salt, HMAC-SHA256(u32 issued_at, app certificate))
    signature = HMAC-SHA256(key, message)

A uid of "" in a token fits every uid.
"""

import base64
import hashlib
import hmac
import struct
import zlib
from dataclasses import dataclass
from typing import Final

from avamotion.errors import AuthError
from avamotion.tokens import agora006
from avamotion.tokens.privilege import Privilege, TokenExpired

__all__ = ["AgoraToken", "Privilege", "TokenExpired", "build_token", "parse_token", "verify_token"]

_VERSION: Final = "007"
_SERVICE_RTC: Final = 1
# A real token has some 200 bytes; the limit keeps a compression bomb small.
_MAX_TOKEN_BYTES: Final = 4096


@dataclass(frozen=True, slots=True)
class AgoraToken:
    """What a token says; only :func:`verify_token` tells whether it is true.

    Attributes:
        app_id: Agora App ID, 32 hexadecimal digits.
        channel: Name of the channel.
        uid: Decimal uid, or "" for any.
        issued_at: Unix time in seconds; None in a token of 006, which does not say.
        expires_at: Unix time in seconds.
        privileges: Unix time in seconds at which each privilege ends.
    """

    app_id: str
    channel: str
    uid: str
    issued_at: int | None
    expires_at: int
    privileges: dict[Privilege, int]


def build_token(
    *,
    app_id: str,
    app_certificate: str,
    channel: str,
    uid: int,
    publisher: bool,
    expire_s: int,
    issued_at: int,
    salt: int,
) -> str:
    """Build a token.

    Args:
        app_id: Agora App ID.
        app_certificate: The secret that belongs to it.
        channel: Name of the channel.
        uid: Who the token is for; 0 makes it fit everyone.
        publisher: Whether the holder may publish sound, video and data.
        expire_s: Seconds from ``issued_at`` after which the token and its privileges end.
        issued_at: Current Unix time in seconds.
        salt: A random number, 1 to 99 999 999.
    """
    privileges = [Privilege.JOIN_CHANNEL]
    if publisher:
        privileges = list(Privilege)
    service = struct.pack("<HH", _SERVICE_RTC, len(privileges))
    service += b"".join(struct.pack("<HI", privilege, expire_s) for privilege in privileges)
    service += _string(channel) + _string(str(uid) if uid else "")
    message = _string(app_id) + struct.pack("<IIIH", issued_at, expire_s, salt, 1) + service
    signature = _sign(message, app_certificate, issued_at, salt)
    return _VERSION + base64.b64encode(zlib.compress(_string(signature) + message)).decode()


def parse_token(token: str) -> AgoraToken:
    """Read a token without checking its signature.

    Raises:
        AuthError: If it is malformed.
    """
    return _parse(token)[0]


def verify_token(
    token: str, *, app_id: str, app_certificate: str, channel: str, uid: int, now: float
) -> AgoraToken:
    """Check that a token lets ``uid`` join ``channel`` now.

    Args:
        now: Current Unix time in seconds.

    Raises:
        TokenExpired: If it has expired.
        AuthError: If it is malformed, forged, or made for something else.
    """
    if token.startswith(agora006.VERSION):
        old = agora006.verify_token006(
            token,
            app_id=app_id,
            app_certificate=app_certificate,
            channel=channel,
            uid=uid,
            now=now,
        )
        return AgoraToken(app_id, channel, str(uid), None, old.expires_at, old.privileges)
    claims, signature, message, salt = _parse(token)
    assert claims.issued_at is not None
    expected = _sign(message, app_certificate, claims.issued_at, salt)
    if claims.app_id != app_id:
        raise AuthError("the token was made for another App ID")
    if not hmac.compare_digest(signature, expected):
        raise AuthError("the token was not signed with this server's App Certificate")
    if claims.channel != channel:
        raise AuthError(f"the token was made for another channel than {channel!r}")
    if claims.uid not in ("", str(uid)):
        raise AuthError(f"the token was made for another uid than {uid}")
    if now >= min(claims.expires_at, claims.privileges.get(Privilege.JOIN_CHANNEL, 0)):
        raise TokenExpired("the token has expired: get a new one")
    return claims


def _parse(token: str) -> tuple[AgoraToken, bytes, bytes, int]:
    """Return what the token says, its signature, the signed bytes, and the salt."""
    if not token.startswith(_VERSION):
        raise AuthError("not an Agora token of version 007")
    try:
        packed = base64.b64decode(token[len(_VERSION) :], validate=True)
        inflater = zlib.decompressobj()
        content = inflater.decompress(packed, _MAX_TOKEN_BYTES)
        if inflater.unconsumed_tail:
            raise AuthError("the token is too large")
        reader = _Reader(content)
        signature = reader.string()
        message = content[reader.at :]
        app_id = reader.string().decode()
        issued_at, expire_s, salt, n_services = reader.unpack("<IIIH")
        for _ in range(n_services):
            kind, n_privileges = reader.unpack("<HH")
            ends: dict[int, int] = {}
            for _ in range(n_privileges):
                privilege, ends_s = reader.unpack("<HI")
                ends[privilege] = ends_s
            if kind != _SERVICE_RTC:
                break  # other services have another layout and come after RTC
            claims = AgoraToken(
                app_id=app_id,
                channel=reader.string().decode(),
                uid=reader.string().decode(),
                issued_at=issued_at,
                expires_at=issued_at + expire_s,
                privileges={p: issued_at + ends[p] for p in Privilege if p in ends},
            )
            return claims, signature, message, salt
    except (ValueError, zlib.error, struct.error) as exc:  # ValueError: base64, ASCII, UTF-8
        raise AuthError("the token is malformed") from exc
    raise AuthError("the token is not for an RTC channel")


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self.at = 0

    def unpack(self, layout: str) -> tuple[int, ...]:
        values = struct.unpack_from(layout, self._data, self.at)
        self.at += struct.calcsize(layout)
        return values

    def string(self) -> bytes:
        (length,) = self.unpack("<H")
        (value,) = struct.unpack_from(f"{length}s", self._data, self.at)
        self.at += length
        assert isinstance(value, bytes)
        return value


def _string(value: str | bytes) -> bytes:
    data = value.encode() if isinstance(value, str) else value
    return struct.pack("<H", len(data)) + data


def _sign(message: bytes, app_certificate: str, issued_at: int, salt: int) -> bytes:
    key = hmac.digest(struct.pack("<I", issued_at), app_certificate.encode(), hashlib.sha256)
    key = hmac.digest(struct.pack("<I", salt), key, hashlib.sha256)
    return hmac.digest(key, message, hashlib.sha256)
