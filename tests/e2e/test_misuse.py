"""Peers that break the rules get a clear answer, and nobody else notices."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress

import pytest
import websockets
from websockets.exceptions import ConnectionClosed

from avamotion.protocol.gen import ingress_pb2 as pb
from avamotion.server.config import SessionConfig
from tests.e2e.running_server import RunningServer, running_server
from tests.e2e.test_official_client import Client

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with running_server(SessionConfig(configure_timeout_s=0.3, join_timeout_s=0.3)) as running:
        yield running


async def ingress(
    server: RunningServer, headers: Mapping[str, str] | None = None
) -> websockets.ClientConnection:
    session = Client(server).session
    await session.init()
    return await websockets.connect(
        f"{server.ingress}/websocket?id=mia",
        additional_headers={
            "X-App-ID": server.config.app.id,
            "X-Session-Key": session._session_token or "",
            **(headers or {}),
        },
    )


@pytest.mark.parametrize(
    ("first", "words"),
    [
        ("hello", "expected ClientConfigureSession message"),
        (b"\xff\xff\xff", "failed to unmarshal initial message"),
        (None, "expected ClientConfigureSession message"),
    ],
)
def test_a_client_that_does_not_speak_the_wire_is_told_so(
    server: RunningServer, first: str | bytes | None, words: str
) -> None:
    async def story() -> None:
        socket = await ingress(server)
        if first is not None:
            await socket.send(first)
        async with asyncio.timeout(5):
            message = pb.Message.FromString(await socket.recv(decode=False))
            assert words in message.server_error.message
            with pytest.raises(ConnectionClosed):
                await socket.recv()

    asyncio.run(story())


def test_a_message_that_is_too_big_closes_with_1009(server: RunningServer) -> None:
    async def story() -> None:
        socket = await ingress(server)
        with suppress(ConnectionClosed):  # the server need not have read it all
            await socket.send(bytes(server.config.session.max_message_bytes + 1))
        async with asyncio.timeout(5):
            await socket.wait_closed()
        assert socket.close_code == 1009

    asyncio.run(story())


@pytest.mark.parametrize(
    ("first", "code", "close_code"),
    [
        ("not json", "bad_request", 4000),
        (b"\x00", "bad_request", 4000),
        (json.dumps({"type": "ping"}), "bad_request", 4000),
        (
            json.dumps({"type": "join", "app_id": "x", "channel": "c", "uid": 1, "token": "t"}),
            "app_unknown",
            4010,
        ),
        (None, "join_timeout", 4008),
    ],
)
def test_a_member_that_does_not_join_properly_is_told_why(
    server: RunningServer, first: str | bytes | None, code: str, close_code: int
) -> None:
    async def story() -> None:
        async with websockets.connect(server.channel) as socket, asyncio.timeout(5):
            if first is not None:
                await socket.send(first)
            assert json.loads(await socket.recv())["code"] == code
            await socket.wait_closed()
            assert socket.close_code == close_code

    asyncio.run(story())
