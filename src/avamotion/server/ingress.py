"""The ingress WebSocket: pump bytes through one connection, and its session."""

import asyncio
import logging
import secrets
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Final, assert_never

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from avamotion.egress.registry import EgressRequest
from avamotion.errors import AuthError, EgressError, EgressInvalid, EgressRejected
from avamotion.playout.packet import PLAYOUT_RATE_HZ
from avamotion.protocol.ingress import (
    ErrorCode,
    IngressConnection,
    IngressLimits,
)
from avamotion.protocol.message import (
    AgoraEgressConfig,
    AudioFormat,
    AudioInput,
    ChangeStyle,
    ClientMessage,
    ConfigureSession,
    Interrupt,
    LiveKitEgressConfig,
    Pause,
    ResponseAnimation,
    Resume,
    SocketEgressConfig,
)
from avamotion.server import problem
from avamotion.server.alarm import Alarm
from avamotion.server.avatar import Avatar
from avamotion.server.key_store import Refusal
from avamotion.server.metrics import SessionMetrics
from avamotion.server.peer import peer_address
from avamotion.server.problem import Problem
from avamotion.server.session import AvatarSession
from avamotion.server.session_option import SessionOptions
from avamotion.server.state import ServerState
from avamotion.tokens.session import SessionTokenExpired, verify_session_token

__all__ = ["serve_ingress"]

logger = logging.getLogger(__name__)

_INTERNAL_ERROR: Final = 1011
_POLICY_VIOLATION: Final = 1008
_UPSTREAM_UNAVAILABLE: Final = 4503
# Messages that may wait for a client that does not read: signals and errors; animations, of which
# there are many more, stop being computed long before.
_MAX_OUTGOING: Final = 1024
_MAX_ANIMATIONS: Final = 64
_CLOSE_TIMEOUT_S: Final = 5.0
_PROBLEMS: Final = {
    Refusal.APP_UNKNOWN: problem.APP_UNKNOWN,
    Refusal.KEY_REVOKED: problem.TOKEN_INVALID,
    Refusal.TOKEN_USED: problem.TOKEN_INVALID,
    Refusal.TOO_MANY_SESSIONS: problem.TOO_MANY_SESSIONS,
    Refusal.MINUTES_SPENT: problem.CREDITS_EXHAUSTED,
}
_EGRESS_NAMES: Final = {
    SocketEgressConfig: "socket",
    AgoraEgressConfig: "channel",
    LiveKitEgressConfig: "livekit",
}
_STYLE_CHANGE: Final = "style_change"
_PACED_CAPABILITIES: Final = ("playback_state", "playback_control")


async def serve_ingress(websocket: WebSocket) -> None:
    """``GET /v2/driveningress/websocket``: one session, from upgrade to close."""
    state: ServerState = websocket.app.state.server
    ingress = _Ingress(websocket, state)
    try:
        refusal = await _authorize(websocket, state, ingress)
    except Exception:
        logger.exception("the keys, or the avatars, cannot be read")
        refusal = problem.KEYS_UNAVAILABLE
    if refusal is not None:
        state.metrics.refused.labels(refusal.code).inc()
        logger.info("session refused: %s", refusal.code, extra=ingress.about_client)
        await websocket.send_denial_response(refusal.response())
        return
    try:
        with state.live(ingress):
            await websocket.accept()
            await ingress.run()
    finally:
        await state.keys.release(ingress.session_id, now=time.time())


async def _authorize(
    websocket: WebSocket, state: ServerState, ingress: "_Ingress"
) -> Problem | None:
    """Return why the upgrade is refused, or None; then it must be released in the end."""
    query, headers = websocket.query_params, websocket.headers
    app_id = headers.get("x-app-id") or query.get("appId", "")
    session_key = headers.get("x-session-key") or query.get("sessionKey", "")
    now = time.time()
    if state.draining:
        return problem.GOING_AWAY
    if not app_id:
        return problem.APP_UNKNOWN
    signing_key = await state.keys.signing_key()
    try:
        token = verify_session_token(session_key, signing_key=signing_key, now=now)
    except SessionTokenExpired:
        return problem.TOKEN_EXPIRED
    except AuthError:
        return problem.TOKEN_INVALID
    if token.app_id != app_id:
        return problem.APP_MISMATCH
    ingress.avatar = await asyncio.to_thread(state.avatars.find, query.get("id", ""))
    if ingress.avatar is None:
        return problem.AVATAR_NOT_FOUND
    refusal = await state.keys.admit(token, ingress.session_id, now=now)
    return None if refusal is None else _PROBLEMS[refusal]


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
                limits.configure_timeout_s,
                limits.idle_timeout_s,
                limits.session_limit_s,
                _MAX_OUTGOING,
            ),
            now=self._clock(),
        )
        self._extra = {"session_id": self.session_id}
        self.about_client = {"client": peer_address(websocket)}
        self._session: AvatarSession | None = None
        self._params: dict[str, str] = {}
        self._outgoing = Alarm()
        self._sent = Alarm()
        self._timer = Alarm()
        self._over = asyncio.Event()
        self.opened_at = time.time()
        self.avatar: Avatar | None = None

    @property
    def session_id(self) -> str:
        """The connection's name."""
        return self._connection.connection_id

    @property
    def avatar_id(self) -> str:
        """The avatar that the client has named."""
        return self._websocket.query_params["id"]

    @property
    def session(self) -> AvatarSession | None:
        """The session, once it is configured."""
        return self._session

    async def run(self) -> None:
        """Serve until either side closes."""
        logger.info("ingress opened", extra=self._extra | self.about_client)
        async with AsyncExitStack() as stack:
            for pump in (self._write(), self._keep_time(), self._read(stack)):
                stack.push_async_callback(_stop, asyncio.create_task(pump))
            await self._over.wait()
            await self._finish()
        closed = self._connection.closed
        reason = closed.reason if closed is not None else "the server was stopped"
        self._state.metrics.closed.labels(str(closed.code) if closed else "1006").inc()
        logger.info("ingress closed: %s", reason, extra=self._extra)

    def end(self, code: ErrorCode | None = None, reason: str = "") -> None:
        """End the session from outside: with an error, or because the server stops."""
        if code is None:
            self._connection.go_away()
        else:
            self._connection.fail(code, reason, close_code=code)
        self._over.set()

    async def _finish(self) -> None:
        """Send what is queued, and close."""
        closed = self._connection.closed
        if closed is None or self._websocket.client_state is not WebSocketState.CONNECTED:
            return
        try:
            async with asyncio.timeout(_CLOSE_TIMEOUT_S):
                for data in self._connection.data_to_send():
                    await self._websocket.send_bytes(data)
                await self._websocket.close(closed.code, closed.reason[:120])
        except (RuntimeError, WebSocketDisconnect, TimeoutError):
            pass  # the client was quicker, or does not read

    async def _read(self, stack: AsyncExitStack) -> None:
        connection = self._connection
        try:
            while connection.closed is None:
                message = await self._websocket.receive()
                if message["type"] == "websocket.disconnect":
                    connection.receive_eof()
                elif message.get("bytes") is not None:
                    connection.receive_message(message["bytes"], now=self._clock())
                else:
                    connection.receive_text()
                while (event := connection.next_event()) is not None:
                    await self._handle(event, stack)
                self._outgoing.ring()
                if self._session is not None:
                    await self._session.wait_for_room()
        except Exception:
            logger.exception("the session failed", extra=self._extra)
            self._fail()
        self._over.set()

    async def _keep_time(self) -> None:
        """Act on what is due: one sleeper for the session, not a timeout for every message."""
        while (timer := self._connection.get_timer()) is not None:
            if not await self._timer.sleep(timer):
                self._connection.handle_timer(now=self._clock())
        self._over.set()

    def _fail(self) -> None:
        """End the session because of a fault of ours; no other session notices."""
        self._connection.fail(ErrorCode.INTERNAL, "internal error", close_code=_INTERNAL_ERROR)

    async def _write(self) -> None:
        while True:
            await self._outgoing.sleep(None)
            try:
                for data in self._connection.data_to_send():
                    await self._websocket.send_bytes(data)
            except (RuntimeError, WebSocketDisconnect):
                return  # the reader sees the disconnect
            self._sent.ring()

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
                case ChangeStyle():
                    self._change_style(event, session)
                case _ as never:
                    assert_never(never)

    async def _configure(self, event: ConfigureSession, stack: AsyncExitStack) -> None:
        connection = self._connection
        try:
            options = self._read_params(event.extra_params)
            egress = self._state.egress.open(self._egress_request(event))
            await stack.enter_async_context(egress)
        except EgressInvalid as exc:
            connection.fail(ErrorCode.INVALID_ARGUMENT, str(exc), close_code=_POLICY_VIOLATION)
        except EgressRejected as exc:
            connection.fail(ErrorCode.UNAUTHENTICATED, str(exc), close_code=_POLICY_VIOLATION)
        except EgressError as exc:
            message = f"failed to create egress connection: {exc}"
            connection.fail(ErrorCode.UNAVAILABLE, message, close_code=_UPSTREAM_UNAVAILABLE)
        except ValueError as exc:  # a session parameter out of range
            connection.fail(ErrorCode.INVALID_ARGUMENT, str(exc), close_code=_POLICY_VIOLATION)
        else:
            for key in options.ignored:
                logger.debug("extra_params: %.64r means nothing here", key, extra=self._extra)
            name = _EGRESS_NAMES[type(event.egress)]
            metrics = self._state.metrics
            session = self._session = AvatarSession(
                connection,
                event,
                options,
                egress,
                avatar_id=self.avatar_id,
                services=self._state.services,
                metrics=SessionMetrics(metrics, name),
                clock=self._clock,
                wake_writer=self._outgoing.ring,
            )
            metrics.sessions_total.labels(name).inc()
            if isinstance(event.egress, AgoraEgressConfig):
                self._note_return(event.egress, stack)
            stack.enter_context(metrics.sessions.labels(name).track_inprogress())
            idle_timeout_s = None
            if isinstance(event.egress, LiveKitEgressConfig) and event.egress.idle_timeout_s > 0:
                idle_timeout_s = float(event.egress.idle_timeout_s)
            connection.confirm(
                (*(_PACED_CAPABILITIES if egress.paced else ()), _STYLE_CHANGE),
                now=self._clock(),
                idle_timeout_s=idle_timeout_s,
            )
            self._timer.ring()
            task = asyncio.create_task(self._run_session(session))
            stack.push_async_callback(_stop, task)

    def _change_style(self, event: ChangeStyle, session: AvatarSession) -> None:
        try:
            options = self._read_params({**self._params, **event.params})
        except ValueError as exc:
            self._connection.send_error(ErrorCode.INVALID_ARGUMENT, str(exc))
        else:
            session.change_style(options.style)

    def _read_params(self, params: Mapping[str, str]) -> SessionOptions:
        """Read what the client has chosen, and keep it if it can be used."""
        defaults = self.avatar.motion if self.avatar is not None else {}
        options = SessionOptions.from_params(params, defaults)
        self._params = dict(params)
        return options

    def _note_return(self, egress: AgoraEgressConfig, stack: AsyncExitStack) -> None:
        returners, who = self._state.returners, ("session", egress.channel, egress.uid)
        if returners.come(who, now=time.time()):
            self._state.metrics.reconnects.labels("session").inc()
        stack.callback(lambda: returners.leave(who, now=time.time()))

    async def _run_session(self, session: AvatarSession) -> None:
        """Run the playout; what goes wrong there ends this session and no other."""
        try:
            await session.run()
        except EgressRejected as exc:
            message = f"egress refused: {exc}"
            self._connection.fail(ErrorCode.UNAUTHENTICATED, message, close_code=_POLICY_VIOLATION)
        except EgressError as exc:
            message = f"egress failed: {exc}"
            self._connection.fail(ErrorCode.UNAVAILABLE, message, close_code=_UPSTREAM_UNAVAILABLE)
        except Exception:
            logger.exception("the session failed", extra=self._extra)
            self._fail()
        self._over.set()

    def _egress_request(self, event: ConfigureSession) -> EgressRequest:
        return EgressRequest(
            connection_id=self._connection.connection_id,
            avatar_id=self.avatar_id,
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

    async def _send_animation(self, message: ResponseAnimation) -> None:
        self._connection.send(message)
        self._outgoing.ring()
        while self._connection.n_outgoing >= _MAX_ANIMATIONS:
            await self._sent.sleep(None)


async def _stop(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
