"""A Motion Server that does as it is told: the other end of an avatar session, for tests.

It speaks the published wire with the SDK's own protobuf, on a real socket, in a thread of its own.
It keeps what it received, plays nothing, and can be told to hang, refuse, close or disappear.
"""

import asyncio
import itertools
import socket
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

from aiohttp import WSCloseCode, WSMsgType, web
from spatius.proto.generated import message_pb2

from .record import Refusal, Session, Utterance

__all__ = ["MotionServer"]

_RECEIVE_BUFFER_BYTES = 65536
# Protobuf makes these names at import, so that type checkers cannot know them.
_wire: Any = message_pb2
_Message: TypeAlias = Any


class MotionServer:
    """Use it as a context manager. Every method may be called from any thread.

    Attributes:
        sessions: All connections so far, refused ones excepted.
        tokens: Expiry, in Unix seconds, of each session token issued.
        api_keys: The API key of each request for a token that was answered.
        n_attempts: How many requests for a token were answered.
        n_requests: How many came in.
        refuse_token: Answer to requests for a token, if not None.
        refuse_session: Answer to connections, if not None.
        session_error: Code and message of a ServerError sent instead of a confirmation.
        plays_at_once: Report a request as played as soon as it has ended, in no time at all.
    """

    def __init__(self) -> None:
        self.sessions: list[Session] = []
        self.tokens: list[int] = []
        self.api_keys: list[str] = []
        self.n_attempts = 0
        self.n_requests = 0
        self.refuse_token: Refusal | None = None
        self.refuse_session: Refusal | None = None
        self.session_error: tuple[int, str] | None = None
        self.plays_at_once = True
        self._numbers = itertools.count(1)
        self._keeps_audio = True
        self._n_bytes = 0
        self._is_hanging = False
        self._resumed: asyncio.Event | None = None
        self._changed = threading.Condition()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="motion-server")
        self._runner: web.AppRunner | None = None
        self._port = 0

    def __enter__(self) -> "MotionServer":
        self._thread.start()
        self._call(self._listen())
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.resume()
        self._call(self._vanish())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def console_url(self) -> str:
        """Where session tokens come from."""
        return f"http://127.0.0.1:{self._port}/v1/console"

    @property
    def ingress_url(self) -> str:
        """Where audio goes."""
        return f"ws://127.0.0.1:{self._port}/v2/driveningress"

    def utterances(self) -> list[Utterance]:
        """Return the requests of all sessions, oldest first."""
        with self._changed:
            return [each for session in self.sessions for each in session.utterances.values()]

    def audio(self) -> bytes:
        """Return everything that was received."""
        with self._changed:
            return b"".join(session.audio() for session in self.sessions)

    def placeholders(self) -> dict[str, str]:
        """Return what stands for ``{name}`` in an extension's configuration."""
        return {"console_url": self.console_url, "ingress_url": self.ingress_url}

    def issued_secret(self) -> str:
        """Return what every session token contains."""
        return "issued-secret"

    def is_connected(self) -> bool:
        """Return whether a client has a session."""
        return bool(self.open_sessions())

    def n_bytes(self) -> int:
        """Return how many bytes of audio were received."""
        return self._n_bytes

    def refuse(self) -> None:
        """Refuse every connection from now on, for good."""
        self.refuse_token = Refusal(401, "unauthorized", "unknown API key")

    def forget_audio(self) -> None:
        """Count audio from now on, but do not keep it."""
        self._keeps_audio = False

    def open_sessions(self) -> list[Session]:
        """Return the sessions that are configured and not over."""
        with self._changed:
            return [session for session in self.sessions if session.is_open]

    def wait_for(self, condition: Callable[[], object], what: str, limit_s: float = 8.0) -> None:
        """Wait until something holds.

        Raises:
            AssertionError: If it does not within the limit.
        """
        deadline = time.monotonic() + limit_s
        with self._changed:
            while not condition():
                left_s = deadline - time.monotonic()
                if left_s <= 0:
                    raise AssertionError(f"waited {limit_s} s in vain until {what}")
                self._changed.wait(min(left_s, 0.1))

    def wait_for_session(self, n: int = 1, limit_s: float = 8.0) -> Session:
        """Wait until the n-th session is open, and return it."""

        def is_open() -> bool:
            return len(self.sessions) >= n and self.sessions[n - 1].configuration is not None

        self.wait_for(is_open, f"session {n} is open", limit_s)
        return self.sessions[n - 1]

    def hang(self) -> None:
        """Read nothing and answer nothing any more, with all connections left open."""
        self._call(self._set_hanging(True))

    def resume(self) -> None:
        """Go on where :meth:`hang` left off."""
        self._call(self._set_hanging(False))

    def close_sessions(self, code: int, reason: str = "") -> None:
        """Close every session with a WebSocket close code."""

        async def close() -> None:
            for session in self.sessions:
                if session.websocket is not None and session.close_code is None:
                    await session.websocket.close(code=code, message=reason.encode())

        self._call(close())

    def send_error(self, code: int, message: str, req_id: str = "") -> None:
        """Send a ServerError to every open session."""
        self._send_to_all(_error(code, message, req_id))

    def signal(self, req_id: str, *, end: bool) -> None:
        """Send the control signal of a request to every open session."""
        self._send_to_all(_animation(req_id, end))

    def kill(self) -> None:
        """Disappear without a goodbye: connections break, nobody listens any more."""
        self._call(self._vanish())

    def restart(self) -> None:
        """Come back at the same address."""
        self._call(self._listen())

    @contextmanager
    def down(self) -> Iterator[None]:
        """Be gone for as long as the block lasts."""
        self.kill()
        yield
        self.restart()

    def _send_to_all(self, envelope: _Message) -> None:
        async def send() -> None:
            for session in self.sessions:
                if session.is_open and session.websocket is not None:
                    await session.websocket.send_bytes(envelope.SerializeToString())

        self._call(send())

    def _call(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=10)

    async def _listen(self) -> None:
        application = web.Application()
        application.router.add_post("/v1/console/session-tokens", self._serve_token)
        application.router.add_get("/v2/driveningress/websocket", self._serve_session)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Small, so that a client notices soon when nothing is read any more.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER_BYTES)
        listener.bind(("127.0.0.1", self._port))
        self._port = listener.getsockname()[1]
        await web.SockSite(self._runner, listener).start()

    def _transports(self) -> Iterator[asyncio.Transport]:
        for session in self.sessions:
            if session.transport is not None and session.close_code is None:
                yield session.transport

    async def _vanish(self) -> None:
        for transport in self._transports():
            transport.abort()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _set_hanging(self, hanging: bool) -> None:
        self._is_hanging = hanging
        for transport in self._transports():
            if hanging:
                transport.pause_reading()
            else:
                transport.resume_reading()
        if hanging:
            self._resumed = asyncio.Event()
        elif self._resumed is not None:
            self._resumed.set()

    async def _while_hanging(self) -> None:
        if self._is_hanging and self._resumed is not None:
            await self._resumed.wait()

    def _notify(self) -> None:
        with self._changed:
            self._changed.notify_all()

    async def _serve_token(self, request: web.Request) -> web.Response:
        self.n_requests += 1
        await self._while_hanging()
        body = await request.json()
        self.n_attempts += 1
        self.api_keys.append(request.headers.get("X-Api-Key", ""))
        self._notify()
        if self.refuse_token is not None:
            return _refused(self.refuse_token)
        self.tokens.append(int(body["expireAt"]))
        return web.json_response({"sessionToken": f"{self.issued_secret()}-{len(self.tokens)}"})

    async def _serve_session(self, request: web.Request) -> web.StreamResponse:
        await self._while_hanging()
        if self.refuse_session is not None:
            return _refused(self.refuse_session)
        websocket = web.WebSocketResponse(max_msg_size=0)
        await websocket.prepare(request)
        session = Session(next(self._numbers), request.headers.get("X-Session-Key", ""))
        session.websocket, session.transport = websocket, request.transport
        with self._changed:
            self.sessions.append(session)
        try:
            await self._receive(session, websocket)
        finally:
            session.close_code = websocket.close_code or WSCloseCode.ABNORMAL_CLOSURE
            self._notify()
        return websocket

    async def _receive(self, session: Session, websocket: web.WebSocketResponse) -> None:
        async for incoming in websocket:
            await self._while_hanging()
            if incoming.type is not WSMsgType.BINARY:
                continue
            envelope = _wire.Message()
            envelope.ParseFromString(incoming.data)
            for answer in self._take(session, envelope):
                await websocket.send_bytes(answer.SerializeToString())
            self._notify()

    def _take(self, session: Session, envelope: _Message) -> list[_Message]:
        with self._changed:
            if envelope.type == _wire.MESSAGE_CLIENT_CONFIGURE_SESSION:
                configuration = envelope.client_configure_session
                if session.configuration is not None:
                    session.styles.append(dict(configuration.extra_params))
                    return []
                return [self._configure(session, configuration)]
            if envelope.type == _wire.MESSAGE_CLIENT_AUDIO_INPUT:
                return self._hear(session, envelope.client_audio_input)
            if envelope.type == _wire.MESSAGE_CLIENT_INTERRUPT:
                session.interrupts.append(envelope.client_interrupt.req_id)
                for utterance in session.utterances.values():
                    utterance.interrupted = True
            return []

    def _configure(self, session: Session, configuration: _Message) -> _Message:
        if self.session_error is not None:
            return _error(*self.session_error)
        session.configuration = configuration
        envelope = _message(_wire.MESSAGE_SERVER_CONFIRM_SESSION)
        envelope.server_confirm_session.connection_id = f"connection-{session.number}"
        return envelope

    def _hear(self, session: Session, message: _Message) -> list[_Message]:
        if session.configuration.audio_format == _wire.AUDIO_FORMAT_PCM_S16LE and (
            len(message.audio) % 2
        ):
            return [_error(3, "the audio has an odd number of bytes", message.req_id)]
        is_new = message.req_id not in session.utterances
        utterance = session.utterances.setdefault(message.req_id, Utterance(message.req_id))
        if utterance.interrupted:
            utterance.late_bytes += len(message.audio)
        self._n_bytes += len(message.audio)
        if self._keeps_audio:
            utterance.audio += message.audio
        utterance.ended |= message.end
        utterance.n_ends += message.end
        answers = [_animation(message.req_id, False)] if is_new and message.audio else []
        if message.end and self.plays_at_once:
            answers.append(_animation(message.req_id, True))
        return answers


def _message(kind: int) -> _Message:
    envelope = _wire.Message()
    envelope.type = kind
    return envelope


def _error(code: int, message: str, req_id: str = "") -> _Message:
    envelope = _message(_wire.MESSAGE_SERVER_ERROR)
    envelope.server_error.code = code
    envelope.server_error.message = message
    envelope.server_error.req_id = req_id
    return envelope


def _animation(req_id: str, end: bool) -> _Message:
    envelope = _message(_wire.MESSAGE_SERVER_RESPONSE_ANIMATION)
    envelope.server_response_animation.req_id = req_id
    envelope.server_response_animation.end = end
    return envelope


def _refused(refusal: Refusal) -> web.Response:
    error = {
        "status": refusal.status,
        "code": refusal.code,
        "title": "Refused",
        "detail": refusal.detail,
    }
    return web.json_response({"errors": [error]}, status=refusal.status)
