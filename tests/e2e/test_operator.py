"""What operators see, and what strangers do not get."""

import asyncio
import json
import socket
import ssl
import subprocess
from collections.abc import Mapping
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
import websockets

from avamotion.server.config import ListenConfig, OpsConfig
from avamotion.server.secret import Secret
from tests.e2e.computed_speech import speech
from tests.e2e.running_server import RunningServer, running_server
from tests.e2e.test_misuse import ingress
from tests.e2e.test_official_client import Client, agora

pytestmark = pytest.mark.e2e


def get(
    server: RunningServer, path: str, headers: Mapping[str, str] | None = None
) -> tuple[int, str, Mapping[str, str]]:
    request = Request(f"http://127.0.0.1:{server.port}{path}", headers=dict(headers or {}))
    try:
        with urlopen(request, timeout=10) as response:
            return response.status, response.read().decode(), dict(response.headers)
    except HTTPError as exc:
        return exc.code, exc.read().decode(), dict(exc.headers)


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def test_without_a_key_there_is_no_operator_page() -> None:
    with running_server() as server:
        assert get(server, "/ops")[0] == 404
        assert get(server, "/ops/data", bearer(""))[0] == 404


def test_the_operator_sees_sessions_and_strangers_do_not() -> None:
    async def story() -> None:
        with running_server(ops=OpsConfig(key=Secret("sesame"))) as server:
            status, page, headers = get(server, "/ops")
            assert status == 200
            assert "sesame" not in page
            assert "default-src 'none'" in headers["content-security-policy"]
            for wrong in ({}, bearer("seed"), {"Authorization": "Basic sesame"}):
                assert get(server, "/ops/data", wrong)[0] == 401
            client = Client(server, agora_egress=agora(server))
            async with client.session as session, asyncio.timeout(20):
                await session.send_audio(speech(24000, 1.5), end=True)
                await client.ended.wait()
                data = json.loads(get(server, "/ops/data", bearer("sesame"))[1])
            (row,) = data["sessions"]
            assert (row["avatar"], row["egress"], row["packets"]) == ("mia", "channel", 75)
            assert len(row["first_frames_ms"]) == len(row["latest_ms"]) == 1
            assert sum(sample["packets"] for sample in data["history"]) > 0
            assert server.config.app.api_key.reveal() not in json.dumps(data)

    asyncio.run(story())


def test_metrics_may_ask_for_a_key() -> None:
    with running_server(ops=OpsConfig(metrics_key=Secret("count"))) as server:
        assert get(server, "/metrics")[0] == 401
        assert get(server, "/metrics", bearer("count"))[0] == 200


def test_only_listed_origins_may_read_answers() -> None:
    with running_server(listen=ListenConfig(cors_origins="https://a.example")) as server:
        good = get(server, "/v1/avatars", {"Origin": "https://a.example"})[2]
        bad = get(server, "/v1/avatars", {"Origin": "https://b.example"})[2]
    assert good["access-control-allow-origin"] == "https://a.example"
    assert "access-control-allow-origin" not in bad


@pytest.mark.parametrize(
    ("origins", "origin", "allowed"),
    [
        ("https://a.example, https://b.example", "https://b.example", True),
        ("https://a.example, https://b.example", "https://c.example", False),
        ("https://a.example", "http://a.example", False),
        ("https://a.example", "https://a.example.evil", False),
        ("*", "https://c.example", True),
        ("", "https://a.example", False),
    ],
)
def test_a_page_of_a_listed_origin_may_ask_for_a_token(
    origins: str, origin: str, allowed: bool
) -> None:
    """What a browser asks before it sends a request with a header of ours."""
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "x-api-key,content-type",
    }
    with running_server(listen=ListenConfig(cors_origins=origins)) as server:
        request = Request(
            f"http://127.0.0.1:{server.port}/v1/console/session-tokens",
            headers=headers,
            method="OPTIONS",
        )
        try:
            with urlopen(request, timeout=10) as response:
                status, answered = response.status, response.headers
        except HTTPError as exc:
            status, answered = exc.code, exc.headers
    granted = answered.get("Access-Control-Allow-Origin") in (origin, "*")
    assert (status == 200 and granted) == allowed
    if allowed:
        assert "x-api-key" in answered["Access-Control-Allow-Headers"].lower()
        assert "POST" in answered["Access-Control-Allow-Methods"]
        assert "Access-Control-Allow-Credentials" not in answered


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    paths = tmp_path / "cert.pem", tmp_path / "key.pem"
    command = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 "
        "-subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 "
        f"-out {paths[0]} -keyout {paths[1]}"
    )
    subprocess.run(command.split(), check=True, capture_output=True)
    return paths


def test_a_server_with_a_certificate_speaks_tls(certificate: tuple[Path, Path]) -> None:
    listen = ListenConfig(tls_certificate=str(certificate[0]), tls_key=str(certificate[1]))
    context = ssl.create_default_context(cafile=str(certificate[0]))

    async def story(url: str) -> None:
        async with websockets.connect(url, ssl=context) as member:
            await member.send("{}")
            assert json.loads(await member.recv())["code"] == "bad_request"

    with running_server(listen=listen) as server:
        asyncio.run(story(server.channel.replace("ws://", "wss://")))
        url = f"https://127.0.0.1:{server.port}/healthz"
        with urlopen(url, timeout=10, context=context) as response:
            assert json.load(response)["status"] == "ok"
        # In the clear it answers nobody.
        with pytest.raises((OSError, HTTPException)):
            urlopen(url.replace("https", "http"), timeout=10)


def closes(sock: socket.socket) -> bool:
    sock.settimeout(10)
    try:
        while sock.recv(65536):
            pass
    except ConnectionError:
        pass
    return True


def test_a_client_that_never_finishes_its_request_is_dropped() -> None:
    with running_server(listen=ListenConfig(header_timeout_s=0.3)) as server:
        with socket.create_connection(("127.0.0.1", server.port)) as silent:
            with socket.create_connection(("127.0.0.1", server.port)) as slow:
                slow.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: ")
                assert closes(slow)
            assert closes(silent)
        assert get(server, "/healthz")[0] == 200


def test_headers_without_end_are_refused() -> None:
    with (
        running_server() as server,
        socket.create_connection(("127.0.0.1", server.port)) as sock,
    ):
        sock.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX-A: " + b"a" * 100_000)
        sock.settimeout(10)
        assert sock.recv(100).startswith(b"HTTP/1.1 400")


def test_a_session_outlives_the_time_for_headers() -> None:
    async def story() -> None:
        with running_server(listen=ListenConfig(header_timeout_s=0.2)) as server:
            socket = await ingress(server)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.5):
                    await socket.recv()
            await socket.close()

    asyncio.run(story())


def test_a_client_that_pings_and_never_reads_is_dropped() -> None:
    with running_server() as server, socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.connect(("127.0.0.1", server.port))
        sock.sendall(
            b"GET /v1/channel HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
            b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        pings = (b"\x89\xfd" + bytes(4) + bytes(125)) * 1_000_000
        with pytest.raises(ConnectionError):
            sock.sendall(pings)
        assert get(server, "/healthz")[0] == 200


@pytest.mark.parametrize(
    ("path", "status"), [("/nothing", 404), ("/v1/console/session-tokens", 405)]
)
def test_what_does_not_exist_is_refused_in_the_usual_form(path: str, status: int) -> None:
    with running_server() as server:
        answer, body, _ = get(server, path)
    (error,) = json.loads(body)["errors"]
    assert answer == error["status"] == status
    assert path in error["detail"]
