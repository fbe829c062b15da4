"""Sans-I/O ingress session: bytes and time in, events and bytes out."""

import enum
from collections import deque
from dataclasses import dataclass
from typing import Final

from avamotion.errors import LocalProtocolError, RemoteProtocolError
from avamotion.protocol.codec import decode_client_message, encode_server_message
from avamotion.protocol.message import (
    AudioFormat,
    AudioInput,
    ChangeStyle,
    ClientMessage,
    ConfigureSession,
    ConfirmSession,
    Interrupt,
    Pause,
    Resume,
    ServerError,
    ServerMessage,
    SocketEgressConfig,
)

__all__ = ["ErrorCode", "IngressConnection", "IngressLimits", "SessionClosed", "State"]

PCM_RATES_HZ: Final = frozenset({8000, 16000, 22050, 24000, 32000, 44100, 48000})
OPUS_RATES_HZ: Final = frozenset({8000, 12000, 16000, 24000, 48000})

NORMAL: Final = 1000
GOING_AWAY: Final = 1001
POLICY_VIOLATION: Final = 1008
TIME_LIMIT: Final = 4002


class ErrorCode(enum.IntEnum):
    """Codes of a ``ServerError``, as the clients read them: gRPC's numbers for what went wrong,
    close codes for what ends the session."""

    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    INTERNAL = 13
    UNAVAILABLE = 14
    UNAUTHENTICATED = 16
    CREDITS_EXHAUSTED = 4001
    TIME_LIMIT = 4002
    CONCURRENCY_LIMIT = 4003
    AUTH_FAILED = 4010


class State(enum.Enum):
    """Where an ingress session stands."""

    STARTING = "starting"
    CONFIGURED = "configured"
    READY = "ready"
    CLOSED = "closed"


# Every legal (state, message) pair. Anything else is a protocol error.
# A client that waits for its confirmation sends nothing: it cannot know yet what to send.
TRANSITIONS: Final[dict[State, dict[type[ClientMessage], State]]] = {
    State.STARTING: {ConfigureSession: State.CONFIGURED},
    State.CONFIGURED: {},
    State.READY: {
        AudioInput: State.READY,
        Interrupt: State.READY,
        Pause: State.READY,
        Resume: State.READY,
        ChangeStyle: State.READY,
    },
    State.CLOSED: {},
}


@dataclass(frozen=True, slots=True)
class IngressLimits:
    """How long a session may take.

    Attributes:
        configure_timeout_s: Seconds within which the first message must come.
        idle_timeout_s: Seconds without audio after which the session closes.
        session_limit_s: Seconds after which any session closes; the client may reconnect.
        max_outgoing: Messages that may wait for a client that does not read.
    """

    configure_timeout_s: float
    idle_timeout_s: float
    session_limit_s: float
    max_outgoing: int


@dataclass(frozen=True, slots=True)
class SessionClosed:
    """Why a session ended."""

    code: int
    reason: str


class IngressConnection:
    """Server side of one ingress session.

    Args:
        connection_id: Name of this connection, for the client's logs.
        limits: How long things may take.
        now: Current time in seconds, on any monotonic clock.
    """

    def __init__(self, connection_id: str, *, limits: IngressLimits, now: float) -> None:
        self.connection_id = connection_id
        self.state = State.STARTING
        self.closed: SessionClosed | None = None
        """Why the session ended, once it has."""
        self._limits = limits
        self._started_at = now
        self._idle_timeout_s = limits.idle_timeout_s
        self._idle_at = now + limits.configure_timeout_s
        self._events: deque[ClientMessage] = deque()
        self._outgoing: deque[bytes] = deque()

    def receive_message(self, data: bytes, *, now: float) -> None:
        """Take one binary message from the peer. Never raises: a bad message closes the session."""
        if self.state is State.CLOSED:
            return
        try:
            message = decode_client_message(data)
            if self.state is State.READY and isinstance(message, ConfigureSession):
                message = _as_change(message)
            next_state = TRANSITIONS[self.state].get(type(message))
            if next_state is None:
                raise RemoteProtocolError(
                    f"unexpected message type {type(message).__name__} while {self.state.value}"
                )
            if isinstance(message, ConfigureSession):
                _check_audio(message)
        except RemoteProtocolError as exc:
            self._refuse(exc)
            return
        self.state = next_state
        if isinstance(message, AudioInput):
            self._idle_at = now + self._idle_timeout_s
        self._events.append(message)

    def receive_channel_audio(self, *, now: float) -> None:
        """Note that sound came by another way: the session is not idle."""
        self._idle_at = now + self._idle_timeout_s

    def receive_text(self) -> None:
        """Take one text message from the peer. The wire has none: the session closes."""
        if self.state is not State.CLOSED:
            self._refuse(RemoteProtocolError("text message, expected binary protobuf", 1003))

    def receive_eof(self) -> None:
        """Note that the peer is gone."""
        if self.state is not State.CLOSED:
            self.state = State.CLOSED
            self.closed = SessionClosed(NORMAL, "the client closed the connection")

    def confirm(
        self,
        capabilities: tuple[str, ...],
        *,
        now: float,
        idle_timeout_s: float | None = None,
    ) -> None:
        """Tell the client that its session stands.

        Args:
            capabilities: What the session offers.
            now: Current time in seconds.
            idle_timeout_s: A shorter limit without audio that the client itself asked for.

        Raises:
            LocalProtocolError: If the session is not waiting for that.
        """
        if self.state is not State.CONFIGURED:
            raise LocalProtocolError(f"confirm while {self.state.value}")
        self.state = State.READY
        if idle_timeout_s is not None:
            self._idle_timeout_s = min(idle_timeout_s, self._idle_timeout_s)
        self._idle_at = now + self._idle_timeout_s
        self.send(ConfirmSession(self.connection_id, capabilities))

    @property
    def n_outgoing(self) -> int:
        """Messages that wait to be sent."""
        return len(self._outgoing)

    def send(self, message: ServerMessage) -> None:
        """Queue one message for the client; after the close, forget it."""
        if self.state is State.CLOSED:
            return
        if len(self._outgoing) >= self._limits.max_outgoing:
            self.close(POLICY_VIOLATION, "the client does not read what it is sent")
        else:
            self._outgoing.append(encode_server_message(message))

    def send_error(self, code: ErrorCode, message: str, req_id: str = "") -> None:
        """Queue a ``ServerError``; the session goes on."""
        self.send(ServerError(self.connection_id, req_id, code, message))

    def fail(self, code: ErrorCode, message: str, *, close_code: int) -> None:
        """Send a ``ServerError`` and close."""
        self.send_error(code, message)
        self.close(close_code, message)

    def close(self, code: int, reason: str) -> None:
        """End the session from our side; what is queued still goes out."""
        if self.state is not State.CLOSED:
            self.state = State.CLOSED
            self.closed = SessionClosed(code, reason)

    def keep_alive(self, *, now: float) -> None:
        """Note that the session speaks: a long answer is no idle client."""
        if self.state is State.READY:
            self._idle_at = now + self._limits.idle_timeout_s

    def go_away(self) -> None:
        """End the session because the server stops; the client may reconnect elsewhere."""
        self.close(GOING_AWAY, "the server is going away")

    def get_timer(self) -> float | None:
        """Return when :meth:`handle_timer` is due, or None if it never is."""
        if self.state is State.CLOSED:
            return None
        limit_at = self._started_at + self._limits.session_limit_s
        # While CONFIGURED it is we who are slow, not the client.
        return limit_at if self.state is State.CONFIGURED else min(self._idle_at, limit_at)

    def handle_timer(self, *, now: float) -> None:
        """Act on the passing of time."""
        if self.state is State.CLOSED:
            return
        if now >= self._started_at + self._limits.session_limit_s:
            # The clients look for the close code in the error's code, too.
            self.fail(ErrorCode.TIME_LIMIT, "session time limit reached", close_code=TIME_LIMIT)
        elif now < self._idle_at:
            return
        elif self.state is State.STARTING:
            self.fail(
                ErrorCode.INVALID_ARGUMENT,
                "expected ClientConfigureSession message",
                close_code=POLICY_VIOLATION,
            )
        elif self.state is State.READY:
            self.fail(
                ErrorCode.DEADLINE_EXCEEDED,
                f"no audio input for {self._idle_timeout_s:g} s",
                close_code=NORMAL,
            )

    def next_event(self) -> ClientMessage | None:
        """Return the oldest message not yet taken, or None."""
        return self._events.popleft() if self._events else None

    def data_to_send(self) -> list[bytes]:
        """Return the messages that are due to go out, oldest first."""
        messages = list(self._outgoing)
        self._outgoing.clear()
        return messages

    def _refuse(self, exc: RemoteProtocolError) -> None:
        # The first message has words of its own, by which the clients classify the failure.
        problem = exc.problem
        if self.state is State.STARTING and problem.startswith("failed to unmarshal"):
            problem = "failed to unmarshal initial message"
        elif self.state is State.STARTING and problem.startswith(("unexpected message", "text")):
            problem = "expected ClientConfigureSession message"
        self.fail(ErrorCode.INVALID_ARGUMENT, problem, close_code=exc.close_code)


def _as_change(message: ConfigureSession) -> ConfigureSession | ChangeStyle:
    """Return what a second configuration means: a change of style, if it names nothing else."""
    if message.sample_rate_hz or not isinstance(message.egress, SocketEgressConfig):
        return message
    return ChangeStyle(message.extra_params)


def _check_audio(message: ConfigureSession) -> None:
    rates = PCM_RATES_HZ if message.audio_format is AudioFormat.PCM_S16LE else OPUS_RATES_HZ
    if message.sample_rate_hz not in rates:
        accepted = ", ".join(map(str, sorted(rates)))
        raise RemoteProtocolError(
            f"unsupported sample rate {message.sample_rate_hz} for {message.audio_format.value}: "
            f"use one of {accepted}",
            POLICY_VIOLATION,
        )
