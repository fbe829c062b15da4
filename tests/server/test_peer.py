"""A proxy is trusted by its address, however it is written."""

import pytest
from starlette.requests import HTTPConnection
from uvicorn.middleware.proxy_headers import _TrustedHosts

from avamotion.errors import ConfigError
from avamotion.server.peer import peer_address, trusted_peers


@pytest.mark.parametrize(
    ("setting", "peer", "trusted"),
    [
        ("10.0.0.1", "10.0.0.1", True),
        ("10.0.0.1", "::ffff:10.0.0.1", True),
        ("10.0.0.1", "10.0.0.2", False),
        ("10.0.0.1", "::ffff:10.0.0.2", False),
        ("192.0.2.1, 10.0.0.0/8", "10.9.9.9", True),
        ("192.0.2.1, 10.0.0.0/8", "::ffff:10.9.9.9", True),
        ("192.0.2.1, 10.0.0.0/8", "::ffff:11.0.0.1", False),
        ("2001:db8::/32", "2001:db8::7", True),
        ("2001:db8::/32", "10.0.0.1", False),
        ("*", "203.0.113.9", True),
        ("", "127.0.0.1", False),
    ],
)
def test_a_peer_is_trusted_by_its_address(setting: str, peer: str, trusted: bool) -> None:
    assert (peer in _TrustedHosts(trusted_peers(setting))) == trusted


@pytest.mark.parametrize("setting", ["proxy.local", "10.0.0.1/8", "10.0.0.1 10.0.0.2", "*, ::1"])
def test_what_is_no_address_is_named(setting: str) -> None:
    with pytest.raises(ConfigError, match=r"listen\.trusted_proxies: .* is no address"):
        trusted_peers(setting)


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:DB8::7", "2001:db8::7"),
        ("<script>", "unknown"),
        (None, "unknown"),
    ],
)
def test_only_addresses_get_into_the_log(host: str | None, shown: str) -> None:
    client = None if host is None else (host, 1)
    assert peer_address(HTTPConnection({"type": "http", "client": client})) == shown
