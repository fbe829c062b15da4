"""What the channel node can be told."""

import pytest
from hosted_channel_python.config import ChannelConfig

GOOD = {
    "url": "ws://127.0.0.1:8000/v1/channel",
    "app_id": "a",
    "app_certificate": "very-secret",
    "channel": "lobby",
    "uid": 3001,
}


def test_a_token_stands_in_for_the_certificate() -> None:
    config = ChannelConfig.from_properties({**GOOD, "app_certificate": "", "token": "007"})
    assert (config.certificate, config.token) == ("", "007")


def test_a_uid_may_be_a_string_as_placeholders_yield_them() -> None:
    assert ChannelConfig.from_properties({**GOOD, "uid": "3001"}).uid == 3001


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"url": ""}, "url must be set"),
        ({"url": "http://host/"}, "WebSocket"),
        ({"url": "ws:///x"}, "WebSocket"),
        ({"app_id": None, "channel": " "}, "app_id, channel"),
        ({"app_certificate": ""}, "app_certificate or token"),
        ({"uid": 0}, "uid"),
        ({"uid": 2**32}, "uid"),
        ({"uid": "me"}, "uid"),
        ({"uid": True}, "uid"),
        ({"uid": None}, "uid"),
        ({"channel": 7}, "channel"),
    ],
)
def test_what_cannot_be_used_is_named(changes: dict[str, object], names: str) -> None:
    with pytest.raises(ValueError, match=names):
        ChannelConfig.from_properties({**GOOD, **changes})


def test_secrets_do_not_show() -> None:
    assert "secret" not in repr(ChannelConfig.from_properties({**GOOD, "token": "secret"}))
