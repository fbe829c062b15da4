"""R7: credentials are made anew, and renewed before they expire."""

import base64
import struct
import zlib
from datetime import UTC, datetime

import pytest
from spatius_avatar_python.config import AvatarConfig
from spatius_avatar_python.credential import issue_credentials

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)


def read(**params: object) -> AvatarConfig:
    given = {
        "spatius_api_key": "api-key",
        "spatius_app_id": "app",
        "spatius_avatar_id": "avatar",
        "agora_appid": "0123456789abcdef0123456789abcdef",
        "agora_appcert": "fedcba9876543210fedcba9876543210",
        "agora_channel": "channel",
        "agora_uid": "2001",
        **params,
    }
    return AvatarConfig.from_properties({"params": given})


def test_a_given_token_is_used_as_it_is() -> None:
    credentials = issue_credentials(read(agora_token="prebuilt"), now=NOW)
    assert credentials.agora_token.reveal() == "prebuilt"


def test_a_generated_token_is_for_the_uid_the_channel_and_the_lifetime() -> None:
    token = issue_credentials(read(session_expire_minutes=7), now=NOW).agora_token.reveal()
    payload = zlib.decompress(base64.b64decode(token[3:]))
    issued_at_s, lifetime_s = struct.unpack_from("<II", payload, 2 + 32 + 2 + 32)
    assert issued_at_s == int(NOW.timestamp())
    assert lifetime_s == 7 * 60
    assert payload.endswith(b"\x07\x00channel\x04\x002001")


def test_two_tokens_of_the_same_second_differ() -> None:
    config = read()
    tokens = {issue_credentials(config, now=NOW).agora_token.reveal() for _ in range(8)}
    assert len(tokens) == 8


@pytest.mark.parametrize(("minutes", "renew_after_s"), [(30, 28 * 60), (1, 48)])
def test_credentials_are_renewed_before_they_expire(minutes: int, renew_after_s: float) -> None:
    """R7."""
    credentials = issue_credentials(read(session_expire_minutes=minutes), now=NOW)
    assert (credentials.expire_at - NOW).total_seconds() == minutes * 60
    assert credentials.renew_after_s == renew_after_s


def test_a_session_token_never_lives_for_a_day() -> None:
    """The console refuses those; the session is renewed in time instead."""
    credentials = issue_credentials(read(session_expire_minutes=3000), now=NOW)
    assert (credentials.expire_at - NOW).total_seconds() < 24 * 3600
