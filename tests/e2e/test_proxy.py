"""Behind a proxy: who the client is, and how it came, if the proxy may say so."""

import asyncio
import http.client
import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import websockets
from websockets.exceptions import InvalidStatus

from avamotion.server.config import ListenConfig
from tests.e2e.running_server import RunningServer, running_server
from tests.e2e.test_misuse import ingress

pytestmark = pytest.mark.e2e

CLIENT = "203.0.113.9"
TWICE = {"X-Forwarded-For": f"6.6.6.6, {CLIENT}, 10.0.0.2"}
FORWARDED = {"X-Forwarded-For": CLIENT, "X-Forwarded-Proto": "https"}


@contextmanager
def proxied(trusted: str, *, host: str = "127.0.0.1") -> Iterator[RunningServer]:
    with running_server(listen=ListenConfig(host=host, trusted_proxies=trusted)) as server:
        yield server


def ask(server: RunningServer, method: str, path: str, headers: dict[str, str]) -> tuple[int, str]:
    """Ask as a proxy does; return the status and where we are sent."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        connection.request(method, path, headers=headers)
        response = connection.getresponse()
        response.read()
        return response.status, response.headers.get("Location", "")
    finally:
        connection.close()


def clients(caplog: pytest.LogCaptureFixture, words: str) -> list[str]:
    return [r.__dict__["client"] for r in caplog.records if r.getMessage().startswith(words)]


@pytest.mark.parametrize(
    ("trusted", "headers", "client", "scheme"),
    [
        ("127.0.0.1", FORWARDED, CLIENT, "https"),
        ("127.0.0.0/8", FORWARDED, CLIENT, "https"),
        ("192.0.2.1, 127.0.0.1", FORWARDED, CLIENT, "https"),
        ("127.0.0.1", {}, "127.0.0.1", "http"),
        # From a peer that nobody trusts the headers are air.
        ("", FORWARDED, "127.0.0.1", "http"),
        ("192.0.2.1", FORWARDED, "127.0.0.1", "http"),
        # A client may write what it likes; the proxy appends what it has seen.
        ("127.0.0.1", {"X-Forwarded-For": f"6.6.6.6, {CLIENT}"}, CLIENT, "http"),
        ("127.0.0.1, 10.0.0.0/8", TWICE, CLIENT, "http"),
        ("127.0.0.1", {"X-Forwarded-For": "?", "X-Forwarded-Proto": "x"}, "unknown", "http"),
    ],
)
def test_a_request_comes_from_whom_a_trusted_proxy_says(
    caplog: pytest.LogCaptureFixture,
    trusted: str,
    headers: dict[str, str],
    client: str,
    scheme: str,
) -> None:
    caplog.set_level(logging.INFO)
    with proxied(trusted) as server:
        status, _ = ask(server, "POST", "/v1/console/session-tokens", headers)
        assert status == 401
        status, location = ask(server, "GET", "/avatars", headers)
    assert status == 307
    assert location == f"{scheme}://127.0.0.1:{server.port}/avatars/"
    assert clients(caplog, "API key refused") == [client]


@pytest.mark.parametrize(("trusted", "client"), [("127.0.0.1", CLIENT), ("", "127.0.0.1")])
def test_an_upgrade_comes_from_whom_a_trusted_proxy_says(
    caplog: pytest.LogCaptureFixture, trusted: str, client: str
) -> None:
    caplog.set_level(logging.INFO)

    async def story() -> None:
        with proxied(trusted) as server:
            url = f"{server.ingress}/websocket?id=mia&appId={server.config.app.id}"
            with pytest.raises(InvalidStatus):
                await websockets.connect(url, additional_headers=FORWARDED)
            await (await ingress(server, FORWARDED)).close()
            async with websockets.connect(server.channel, additional_headers=FORWARDED) as member:
                await member.send("no join")
                await member.wait_closed()

    asyncio.run(story())
    for words in ("session refused", "ingress opened", "channel member refused"):
        assert clients(caplog, words) == [client], words


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind(("::", 0))
    except OSError:
        return False
    return True


@pytest.mark.skipif(not _has_ipv6(), reason="this machine has no IPv6")
@pytest.mark.parametrize(("trusted", "client"), [("127.0.0.1", CLIENT), ("", "127.0.0.1")])
def test_a_socket_of_both_families_knows_an_ipv4_proxy(
    caplog: pytest.LogCaptureFixture, trusted: str, client: str
) -> None:
    caplog.set_level(logging.INFO)
    with proxied(trusted, host="::") as server:
        assert ask(server, "POST", "/v1/console/session-tokens", FORWARDED)[0] == 401
    assert clients(caplog, "API key refused") == [client]
