"""The channel node and a real Motion Server."""

import asyncio
import json
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pytest
import uvicorn
from ten_runtime import (
    AsyncExtensionTester,
    AsyncTenEnvTester,
    Cmd,
    CmdResult,
    Data,
    StatusCode,
)
from websockets.asyncio.client import ClientConnection, connect

from avamotion.server.app import create_app
from avamotion.server.config import ListenConfig, ServerConfig, generate_development_keys
from avamotion.server.run import bind, uvicorn_server
from avamotion.tokens.agora import build_token

pytestmark = pytest.mark.e2e

CHANNEL = "lobby"
USER = 1001


@dataclass
class Server:
    """Where it listens, and its keys."""

    config: ServerConfig
    uvicorn: uvicorn.Server
    thread: threading.Thread

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.config.listen.port}/v1/channel"

    def node_properties(self, **changes: object) -> dict[str, object]:
        return {
            "url": self.url,
            "app_id": self.config.channel.app_id,
            "app_certificate": self.config.channel.app_certificate.reveal(),
            "channel": CHANNEL,
            "uid": 3001,
            **changes,
        }

    def stop(self) -> None:
        self.uvicorn.should_exit = True
        self.thread.join()

    async def join(self, socket: ClientConnection, uid: int) -> None:
        token = build_token(
            app_id=self.config.channel.app_id,
            app_certificate=self.config.channel.app_certificate.reveal(),
            channel=CHANNEL,
            uid=uid,
            publisher=False,
            expire_s=60,
            issued_at=int(time.time()),
            salt=1,
        )
        join = {"type": "join", "app_id": self.config.channel.app_id, "channel": CHANNEL}
        await socket.send(json.dumps({**join, "uid": uid, "token": token}))
        assert json.loads(await socket.recv())["type"] == "joined"


@contextmanager
def running_server(config: ServerConfig | None = None) -> Iterator[Server]:
    """Run a server until the block ends; the same settings mean the same port and keys."""
    config = config or generate_development_keys(ServerConfig(listen=ListenConfig(port=0)))
    sock = bind(config)
    config = replace(config, listen=replace(config.listen, port=sock.getsockname()[1]))
    server = uvicorn_server(create_app(config), config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]})
    thread.start()
    running = Server(config, server, thread)
    try:
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            thread.join(0.01)
        yield running
    finally:
        running.stop()
        sock.close()


@pytest.fixture
def server() -> Iterator[Server]:
    with running_server() as server:
        yield server


class Graph(AsyncExtensionTester):
    """Stands in for the rest of a graph, and plays a user's part in the channel."""

    def __init__(self, server: Server) -> None:
        super().__init__()
        self.server = server
        self.notes: asyncio.Queue[tuple[str, dict[str, object]]] = asyncio.Queue()

    async def on_start(self, ten_env_tester: AsyncTenEnvTester) -> None:
        try:
            async with asyncio.timeout(10):
                await self.play(ten_env_tester)
        finally:
            ten_env_tester.stop_test()

    async def play(self, ten_env_tester: AsyncTenEnvTester) -> None:
        raise NotImplementedError

    async def on_cmd(self, ten_env_tester: AsyncTenEnvTester, cmd: Cmd) -> None:
        await ten_env_tester.return_result(CmdResult.create(StatusCode.OK, cmd))
        self.notes.put_nowait((cmd.get_name(), json.loads(cmd.get_property_to_json()[0])))

    async def on_data(self, ten_env_tester: AsyncTenEnvTester, data: Data) -> None:
        self.notes.put_nowait((data.get_name(), json.loads(data.get_property_to_json()[0])))

    def test(self, **changes: object) -> None:
        properties = self.server.node_properties(**changes)
        self.set_test_mode_single("hosted_channel_python", json.dumps(properties))
        self.set_timeout(20_000_000)
        assert self.run() is None


async def send(socket: ClientConnection, topic: str, data: object) -> None:
    await socket.send(json.dumps({"type": "message", "topic": topic, "data": data}))


async def message_of(socket: ClientConnection, topic: str) -> dict[str, object]:
    """Return the next message of a topic."""
    async for text in socket:
        message = json.loads(text)
        if message["type"] == "message" and message["topic"] == topic:
            return dict(message)
    raise AssertionError("the connection was closed")


def test_words_go_in_and_captions_come_out(server: Server) -> None:
    class Talk(Graph):
        async def play(self, ten_env_tester: AsyncTenEnvTester) -> None:
            async with connect(self.server.url) as user:
                await self.server.join(user, USER)
                assert await self.notes.get() == ("on_user_joined", {"uid": USER})

                await send(user, "say", {"text": "Hello"})
                assert await self.notes.get() == ("text_input", {"text": "Hello", "uid": USER})
                await send(user, "stop", {})
                assert await self.notes.get() == ("stop_input", {"uid": USER})

                for name, data in [
                    ("caption", {"text": "Hello", "final": True}),
                    ("error", {"message": "tts: no voice"}),
                ]:
                    outgoing = Data.create(name)
                    outgoing.set_property_from_json(None, json.dumps(data))
                    await ten_env_tester.send_data(outgoing)
                    message = await message_of(user, name)
                    assert (message["from"], message["data"]) == (3001, data)

                await send(user, "say", {"text": " "})
                assert "something to say" in str(await message_of(user, "error"))
            assert await self.notes.get() == ("on_user_left", {"uid": USER})
            self.played = True

    talk = Talk(server)
    talk.test()
    assert talk.played


def test_it_comes_back_when_the_server_does(server: Server) -> None:
    class Return(Graph):
        async def play(self, ten_env_tester: AsyncTenEnvTester) -> None:
            async with connect(self.server.url) as user:
                await self.server.join(user, USER)
                assert await self.notes.get() == ("on_user_joined", {"uid": USER})
            assert await self.notes.get() == ("on_user_left", {"uid": USER})
            await asyncio.to_thread(self.server.stop)
            with running_server(self.server.config) as again:
                async with connect(again.url) as user:
                    await again.join(user, 1002)
                    assert await self.notes.get() == ("on_user_joined", {"uid": 1002})
            self.played = True

    graph = Return(server)
    graph.test()
    assert graph.played


class Refusals(logging.Handler):
    """Counts the warnings about a refusal."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[str] = []
        self.came = threading.Event()

    def emit(self, record: logging.LogRecord) -> None:
        if "refuses" in record.getMessage():
            self.messages.append(record.getMessage())
            self.came.set()


@pytest.fixture
def refusals() -> Iterator[Refusals]:
    handler = Refusals()
    logging.getLogger().addHandler(handler)
    yield handler
    logging.getLogger().removeHandler(handler)


def test_who_is_refused_says_so_once_and_harms_nobody(server: Server, refusals: Refusals) -> None:
    class Refused(Graph):
        async def play(self, ten_env_tester: AsyncTenEnvTester) -> None:
            await asyncio.to_thread(refusals.came.wait, 5)
            await asyncio.sleep(1)  # long enough for a second try
            self.played = True

    graph = Refused(server)
    graph.test(app_certificate="0" * 32)
    assert graph.played
    (message,) = refusals.messages
    assert "App Certificate" in message


def test_without_a_server_the_graph_still_starts_and_stops_at_once(server: Server) -> None:
    class Alone(Graph):
        async def play(self, ten_env_tester: AsyncTenEnvTester) -> None:
            caption = Data.create("caption")
            caption.set_property_string("text", "nobody hears it")
            await ten_env_tester.send_data(caption)
            self.played = True

    graph = Alone(server)
    started = time.monotonic()
    graph.test(url="ws://127.0.0.1:9/v1/channel")
    assert graph.played
    assert time.monotonic() - started < 5
