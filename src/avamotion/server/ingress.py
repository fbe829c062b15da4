"""The ingress WebSocket: pump bytes through one connection, and its session."""

import asyncio
import logging
import secrets
import time
from contextlib import AsyncExitStack
from typing import Final, assert_never

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from avamotion.egress.registry import EgressRequest
from avamotion.errors import AuthError, EgressError, EgressInvalid, EgressRejected
from avamotion.protocol.ingress import (
    ErrorCode,
    IngressConnection,
    IngressLimits,
)
from avamotion.protocol.message import (
    AudioFormat,
    AudioInput,
    ClientMessage,
    ConfigureSession,
    Interrupt,
    LiveKitEgressConfig,
    Pause,
    ResponseAnimation,
    Resume,
)
from avamotion.server import problem
from avamotion.server.problem import Problem
from avamotion.server.session import AvatarSession
from avamotion.server.state import ServerState
from avamotion.server.turn_media import PLAYOUT_RATE_HZ
from avamotion.tokens.session import SessionTokenExpired, verify_session_token

__all__ = ["serve_ingress"]

logger = logging.getLogger(__name__)

_INTERNAL_ERROR: Final = 1011
_POLICY_VIOLATION: Final = 1008
_CAPABILITIES: Final = ("playback_state", "playback_control")


async def serve_ingress(websocket: WebSocket) -> None:
    """``GET /v2/driveningress/websocket``: one session, from upgrade to close."""
    state: ServerState = websocket.app.state.server
    refusal = _authorize(websocket, state)
    if refusal is not None:
        await websocket.send_denial_response(refusal.response())
        return
    await websocket.accept()
    state.n_sessions += 1
    try:
        await _Ingress(websocket, state).run()
    finally:
        state.n_sessions -= 1


def _authorize(websocket: WebSocket, state: ServerState) -> Problem | None:
    """Return why the upgrade is refused, or None."""
    query, headers = websocket.query_params, websocket.headers
    app_id = headers.get("x-app-id") or query.get("appId", "")
    session_key = headers.get("x-session-key") or query.get("sessionKey", "")
    config = state.config
    now = time.time()
    if not app_id:
        return problem.APP_UNKNOWN
    try:
        token = verify_session_token(
            session_key, signing_key=config.app.signing_key.reveal(), now=now
        )
    except SessionTokenExpired:
        return problem.TOKEN_EXPIRED
    except AuthError:
        return problem.TOKEN_INVALID
    if token.app_id != config.app.id:
        return problem.APP_UNKNOWN
    if token.app_id != app_id:
        return problem.APP_MISMATCH
    if query.get("id", "") not in state.avatars:
        return problem.AVATAR_NOT_FOUND
    if state.n_sessions >= config.app.max_sessions:
        return problem.TOO_MANY_SESSIONS
    if not state.used_tokens.use(token, now=now):
        return problem.TOKEN_INVALID
    return None


class _Ingress:
    """Pumps one accepted WebSocket."""

    def __init__(self, websocket: WebSocket, state: ServerState) -> None:
        self._websocket = websocket
        self._state = state
        self._clock = asyncio.get_running_loop().time
        limits = state.config.session
        self._connection = IngressConnection(
            secrets.token_hex(8),
            limits=IngressLimits(
                limits.configure_timeout_s, limits.idle_timeout_s, limits.session_limit_s
            ),
            now=self._clock(),
        )
        self._extra = {"session_id": self._connection.connection_id}
        self._session: AvatarSession | None = None
        self._outgoing = asyncio.Event()

    async def run(self) -> None:
        """Serve until either side closes."""
        logger.info("ingress opened", extra=self._extra)
        async with AsyncExitStack() as stack:
            writer = asyncio.create_task(self._write())
            try:
                await self._read(stack)
            finally:
                writer.cancel()
                await asyncio.gather(writer, return_exceptions=True)
        closed = self._connection.closed
        if closed is not None and self._websocket.client_state is WebSocketState.CONNECTED:
            try:
                for data in self._connection.data_to_send():
                    await self._websocket.send_bytes(data)
                await self._websocket.close(closed.code, closed.reason[:120])
            except (RuntimeError, WebSocketDisconnect):
                pass  # the client was quicker
        reason = closed.reason if closed is not None else "the server is going away"
        logger.info("ingress closed: %s", reason, extra=self._extra)

    async def _read(self, stack: AsyncExitStack) -> None:
        connection = self._connection
        while connection.closed is None:
            try:
                async with asyncio.timeout_at(connection.get_timer()):
                    message = await self._websocket.receive()
            except TimeoutError:
                connection.handle_timer(now=self._clock())
                continue
            if message["type"] == "websocket.disconnect":
                connection.receive_eof()
            elif message.get("bytes") is not None:
                connection.receive_message(message["bytes"], now=self._clock())
            else:
                connection.receive_text()
            while (event := connection.next_event()) is not None:
                await self._handle(event, stack)
            self._outgoing.set()
            if self._session is not None:
                await self._session.wait_for_room()

    async def _write(self) -> None:
        while True:
            await self._outgoing.wait()
            self._outgoing.clear()
            try:
                for data in self._connection.data_to_send():
                    await self._websocket.send_bytes(data)
            except (RuntimeError, WebSocketDisconnect):
                return  # the reader sees the disconnect

    async def _handle(self, event: ClientMessage, stack: AsyncExitStack) -> None:
        session = self._session
        if isinstance(event, ConfigureSession):
            await self._configure(event, stack)
        elif session is None:
            raise AssertionError("the connection lets nothing through before it is configured")
        else:
            match event:
                case AudioInput():
                    session.receive_audio(event)
                case Interrupt():
                    session.interrupt(event)
                case Pause():
                    session.pause(event)
                case Resume():
                    session.resume(event)
                case _ as never:
                    assert_never(never)

    async def _configure(self, event: ConfigureSession, stack: AsyncExitStack) -> None:
        connection = self._connection
        try:
            egress = self._state.egress.open(self._egress_request(event))
            await stack.enter_async_context(egress)
            session = AvatarSession(
                connection,
                event,
                egress,
                avatar_id=self._websocket.query_params["id"],
                services=self._state.services,
                clock=self._clock,
                wake_writer=self._outgoing.set,
            )
        except EgressInvalid as exc:
            connection.fail(ErrorCode.INVALID_ARGUMENT, str(exc), close_code=_POLICY_VIOLATION)
        except EgressRejected as exc:
            connection.fail(ErrorCode.UNAUTHENTICATED, str(exc), close_code=_POLICY_VIOLATION)
        except EgressError as exc:
            message = f"failed to create egress connection: {exc}"
            connection.fail(ErrorCode.UNAVAILABLE, message, close_code=_POLICY_VIOLATION)
        except ValueError as exc:  # a session parameter out of range
            connection.fail(ErrorCode.INVALID_ARGUMENT, str(exc), close_code=_POLICY_VIOLATION)
        else:
            self._session = session
            idle_timeout_s = None
            if isinstance(event.egress, LiveKitEgressConfig) and event.egress.idle_timeout_s > 0:
                idle_timeout_s = float(event.egress.idle_timeout_s)
            connection.confirm(
                _CAPABILITIES if egress.paced else (),
                now=self._clock(),
                idle_timeout_s=idle_timeout_s,
            )
            task = asyncio.create_task(self._run_session(session))
            stack.push_async_callback(_stop, task)

    async def _run_session(self, session: AvatarSession) -> None:
        """Run the playout; what goes wrong there ends this session and no other."""
        try:
            await session.run()
        except EgressRejected as exc:
            message = f"egress refused: {exc}"
            self._connection.fail(ErrorCode.UNAUTHENTICATED, message, close_code=_POLICY_VIOLATION)
        except EgressError as exc:
            message = f"egress failed: {exc}"
            self._connection.fail(ErrorCode.UNAVAILABLE, message, close_code=4503)
        except Exception:
            logger.exception("the session failed", extra=self._extra)
            self._connection.fail(ErrorCode.INTERNAL, "internal error", close_code=_INTERNAL_ERROR)
        for data in self._connection.data_to_send():
            await self._websocket.send_bytes(data)
        closed = self._connection.closed
        if closed is not None:
            await self._websocket.close(closed.code, closed.reason[:120])

    def _egress_request(self, event: ConfigureSession) -> EgressRequest:
        return EgressRequest(
            connection_id=self._connection.connection_id,
            avatar_id=self._websocket.query_params["id"],
            config=event.egress,
            input_rate_hz=(
                event.sample_rate_hz if event.audio_format is AudioFormat.PCM_S16LE else 0
            ),
            sample_rate_hz=PLAYOUT_RATE_HZ,
            reply=self._send_animation,
            interrupt=self._interrupt_from_channel,
            receive_audio=self._audio_from_channel,
        )

    def _interrupt_from_channel(self) -> None:
        if self._session is not None:
            self._session.interrupt(Interrupt(""))

    def _audio_from_channel(self, req_id: str, audio: bytes, end: bool) -> None:
        if self._session is not None:
            self._connection.receive_channel_audio(now=self._clock())
            self._session.receive_audio(AudioInput(req_id, audio, end))

    def _send_animation(self, message: ResponseAnimation) -> None:
        self._connection.send(message)
        self._outgoing.set()


async def _stop(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
