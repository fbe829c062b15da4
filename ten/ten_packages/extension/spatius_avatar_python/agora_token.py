"""Agora access token, version 007, for one user of one RTC channel.

The layout is little endian. A packed string is its length as uint16, then its bytes::

    "007" base64(zlib( packed(signature) body ))
    body = packed(app id) issued_at:u32 lifetime_s:u32 salt:u32 n_services:u16 service
    service = kind:u16 n_privileges:u16 (privilege:u16 lifetime_s:u32)* packed(channel) packed(uid)

The signature is HMAC-SHA256 of the body. Its key is the App Certificate, passed through
HMAC-SHA256 twice: keyed with the issue time, then with the salt.
"""

import base64
import hashlib
import hmac
import struct
import zlib

__all__ = ["build_publisher_token"]

_SERVICE_RTC = 1
# Join the channel; publish audio; publish video; publish data.
_PUBLISHER_PRIVILEGES = (1, 2, 3, 4)
_MAX_U32 = 0xFFFFFFFF


def build_publisher_token(
    *,
    app_id: str,
    certificate: str,
    channel: str,
    uid: int,
    lifetime_s: int,
    issued_at_s: int,
    salt: int,
) -> str:
    """Build a token that lets a user join a channel and publish audio, video and data.

    Args:
        app_id: Agora App ID.
        certificate: Agora App Certificate that signs the token.
        channel: Channel name.
        uid: User id, 0 to 4294967295. A token for 0 is good for any user id.
        lifetime_s: Seconds after which the token and its privileges expire.
        issued_at_s: Unix time of issue.
        salt: Random number, 1 to 4294967295.

    Raises:
        ValueError: If a number does not fit in 32 bits.
    """
    for name, number in (
        ("uid", uid),
        ("lifetime_s", lifetime_s),
        ("issued_at_s", issued_at_s),
        ("salt", salt),
    ):
        if not 0 <= number <= _MAX_U32:
            raise ValueError(f"{name} must be between 0 and {_MAX_U32}, not {number}")
    privileges = b"".join(
        struct.pack("<HI", privilege, lifetime_s) for privilege in _PUBLISHER_PRIVILEGES
    )
    service = (
        struct.pack("<HH", _SERVICE_RTC, len(_PUBLISHER_PRIVILEGES))
        + privileges
        + _packed(channel.encode())
        + _packed(str(uid).encode() if uid else b"")
    )
    body = (
        _packed(app_id.encode()) + struct.pack("<IIIH", issued_at_s, lifetime_s, salt, 1) + service
    )
    key = _hmac(struct.pack("<I", issued_at_s), certificate.encode())
    key = _hmac(struct.pack("<I", salt), key)
    signature = _hmac(key, body)
    return "007" + base64.b64encode(zlib.compress(_packed(signature) + body)).decode()


def _packed(data: bytes) -> bytes:
    return struct.pack("<H", len(data)) + data


def _hmac(key: bytes, message: bytes) -> bytes:
    return hmac.new(key, message, hashlib.sha256).digest()
