"""Frames that RFC 6455 forbids or merely allows, sent byte by byte; nobody else notices."""

import asyncio
import json
import os
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import suppress
from urllib.request import urlopen

import pytest
import websockets

from avamotion.server import console
from avamotion.server.config import SessionConfig
from tests.e2e.channel_viewer import viewing
from tests.e2e.computed_speech import speech
from tests.e2e.running_server import RunningServer, running_server
from tests.e2e.test_official_client import Client, agora

pytestmark = pytest.mark.e2e

TEXT, BINARY, CLOSE, PING = 1, 2, 8, 9


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    with running_server() as running:
        yield running


def frame(
    opcode: int, data: bytes, *, fin: bool = True, masked: bool = True, rsv: int = 0
) -> bytes:
    """Encode one frame, right or wrong."""
    head = bytes([fin << 7 | rsv << 4 | opcode])
    length = len(data)
    if length < 126:
        head += bytes([masked << 7 | length])
    elif length < 1 << 16:
        head += bytes([masked << 7 | 126]) + struct.pack(">H", length)
    else:
        head += bytes([masked << 7 | 127]) + struct.pack(">Q", length)
    if not masked:
        return head + data
    mask = os.urandom(4)
    return head + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(data))


class Raw:
    """A WebSocket to the channel, as bytes."""

    def __init__(self, server: RunningServer) -> None:
        self.socket = socket.create_connection(("127.0.0.1", server.port), timeout=10)
        self.socket.sendall(
            b"GET /v1/channel HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
            b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        self._file = self.socket.makefile("rb")
        while self._file.readline() != b"\r\n":
            pass

    def receive(self) -> tuple[int, bytes]:
        """Return the next frame's opcode and data; (CLOSE, b"") when the server hung up."""
        head = self._file.read(2)
        if len(head) < 2:
            return CLOSE, b""
        length = head[1] & 0x7F
        if length == 126:
            (length,) = struct.unpack(">H", self._file.read(2))
        return head[0] & 15, self._file.read(length)

    def __enter__(self) -> "Raw":
        return self

    def __exit__(self, *exc: object) -> None:
        self._file.close()
        self.socket.close()


JOIN = json.dumps({"type": "join", "app_id": "x", "channel": "c", "uid": 1, "token": "t"}).encode()


@pytest.mark.parametrize("size", [1, 7, 40])
def test_a_message_in_fragments_is_one_message(server: RunningServer, size: int) -> None:
    pieces = [JOIN[at : at + size] for at in range(0, len(JOIN), size)]
    with Raw(server) as raw:
        for number, piece in enumerate(pieces):
            opcode = TEXT if number == 0 else 0
            raw.socket.sendall(frame(opcode, piece, fin=number == len(pieces) - 1))
            raw.socket.sendall(frame(PING, b"between"))  # control frames may come in between
        answers = [raw.receive() for _ in range(len(pieces) + 1)]
        (error,) = [json.loads(data) for opcode, data in answers if opcode == TEXT]
        assert error["code"] == "app_unknown"


def test_bytes_one_by_one_are_a_message_too(server: RunningServer) -> None:
    with Raw(server) as raw:
        for byte in frame(TEXT, JOIN):
            raw.socket.sendall(bytes([byte]))
        assert json.loads(raw.receive()[1])["code"] == "app_unknown"


@pytest.mark.parametrize(
    ("data", "close_code"),
    [
        (frame(TEXT, JOIN, masked=False), 1002),
        (frame(TEXT, JOIN, rsv=1), 1002),
        (frame(0, b"goes on from nothing"), 1002),
        (frame(3, b"reserved opcode"), 1002),
        (frame(PING, bytes(126)), 1002),
        (frame(PING, b"", fin=False), 1002),
        (frame(TEXT, b"\xff\xfe"), 1007),
        (frame(CLOSE, b"\x00"), 1002),
        (b"\x82\xff" + struct.pack(">Q", 1 << 40) + bytes(4), 1009),
    ],
)
def test_what_the_rfc_forbids_is_closed_with_its_code(
    server: RunningServer, data: bytes, close_code: int
) -> None:
    with Raw(server) as raw:
        raw.socket.sendall(data)
        opcode, reason = raw.receive()
        assert opcode == CLOSE
        assert struct.unpack(">H", reason[:2]) == (close_code,)


def test_a_message_in_endless_fragments_is_too_big(server: RunningServer) -> None:
    """Each of them is small enough; the limit is that of the whole."""
    piece = frame(0, bytes(60_000), fin=False)
    limit = server.config.session.max_message_bytes
    with Raw(server) as raw:
        raw.socket.sendall(frame(BINARY, b"", fin=False))
        with suppress(ConnectionError):  # the server need not read on
            for _ in range(limit // 60_000 + 2):
                raw.socket.sendall(piece)
        opcode, reason = raw.receive()
    assert opcode == CLOSE
    assert struct.unpack(">H", reason[:2]) == (1009,)


@pytest.mark.parametrize("unfinished", [frame(TEXT, JOIN)[:20], frame(TEXT, JOIN[:20], fin=False)])
def test_a_first_message_that_never_ends_is_not_waited_for(unfinished: bytes) -> None:
    with running_server(SessionConfig(join_timeout_s=0.4)) as server, Raw(server) as raw:
        stop_at = time.monotonic() + 5
        raw.socket.sendall(unfinished)
        opcode, text = raw.receive()
        assert time.monotonic() < stop_at
        assert (opcode, json.loads(text)["code"]) == (TEXT, "join_timeout")
        opcode, reason = raw.receive()
        assert struct.unpack(">H", reason[:2]) == (4008,)


def test_a_body_that_trickles_in_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, "_BODY_TIMEOUT_S", 0.4)
    with (
        running_server() as server,
        socket.create_connection(("127.0.0.1", server.port), timeout=10) as slow,
    ):
        slow.sendall(
            b"POST /v1/console/session-tokens HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n"
            b"X-Api-Key: " + server.config.app.api_key.reveal().encode() + b"\r\n\r\n"
        )
        answer = b""
        began_at = time.monotonic()
        for _ in range(100):
            slow.sendall(b"{")
            slow.settimeout(0.05)
            with suppress(TimeoutError):
                answer = slow.recv(4096)
                break
        assert answer.startswith(b"HTTP/1.1 400")
        assert 0.3 < time.monotonic() - began_at < 3


@pytest.mark.parametrize("hang_up", ["reset", "half-close"])
def test_who_hangs_up_in_mid_message_leaves_nothing_behind(
    server: RunningServer, hang_up: str
) -> None:
    with Raw(server) as raw:
        raw.socket.sendall(frame(TEXT, JOIN)[:-10])
        if hang_up == "half-close":
            raw.socket.shutdown(socket.SHUT_WR)
        else:
            raw.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    with Raw(server) as raw:  # the next one is served
        raw.socket.sendall(frame(TEXT, JOIN))
        assert json.loads(raw.receive()[1])["code"] == "app_unknown"
    with urlopen(f"http://127.0.0.1:{server.port}/healthz", timeout=10) as response:
        assert json.load(response)["members"] == 0


def test_a_viewer_that_does_not_read_delays_nobody(server: RunningServer) -> None:
    async def story() -> None:
        join = {
            "type": "join",
            "app_id": server.config.channel.app_id,
            "channel": "lobby",
            "uid": 9,
            "token": server.agora_token(9),
        }
        client = Client(server, agora_egress=agora(server))
        async with (
            viewing(server) as viewer,
            websockets.connect(server.channel, max_queue=1) as lazy,
            client.session as session,
            asyncio.timeout(30),
        ):
            await lazy.send(json.dumps(join))
            await viewer.until(lambda: len(viewer.texts("member_joined")) >= 2)
            lazy.transport.pause_reading()
            await session.send_audio(speech(24000, 3.0), end=True)
            await client.ended.wait()
            assert [packet.sequence for packet in viewer.packets] == list(range(150))
            lazy.transport.resume_reading()

    asyncio.run(story())
