"""One connection to the service: the only module that touches an SDK session.

The SDK's sessions are not reusable, so every connection is a new one.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import spatius
from spatius.proto.generated import message_pb2
from spatius.session_config import DEFAULT_REGION_REQUEST

from .config import AvatarConfig
from .credential import Credentials
from .failure import Failure

__all__ = ["Link", "Signal", "prepare_sdk"]

# Protobuf makes its names at import, so that type checkers cannot know them.
_wire: Any = message_pb2


@dataclass(frozen=True, slots=True)
class Signal:
    """A control signal of the service.

    Attributes:
        req_id: The request it is about.
        end: Whether all of it has been played.
    """

    req_id: str
    end: bool


def prepare_sdk(config: AvatarConfig) -> None:
    """Set what the SDK keeps per process. Blocks for seconds if telemetry has to be shut down.

    With a self-hosted server nothing is reported to a third party, and nothing that the debug log
    of the WebSocket library would write, the session token among it, reaches a log.
    """
    # At DEBUG this logger writes the headers of the handshake, which carry the session token.
    websocket_logger = logging.getLogger("websockets.client")
    if websocket_logger.level < logging.INFO:
        websocket_logger.setLevel(logging.INFO)
    if not config.service.is_self_hosted:
        return
    try:
        spatius.configure_telemetry("")
    except RuntimeError:
        # Some other session of this process has reported already.
        spatius.shutdown_telemetry()
        spatius.configure_telemetry("")


class Link:
    """A connection that is open, or was.

    Args:
        config: Where to connect, and as whom.
        credentials: Made for this connection.
        style: How the face moves.
        on_signal: Called with each control signal.
        on_failure: Called with each error that the service reports.
        on_lost: Called once when the connection is gone.
    """

    def __init__(
        self,
        config: AvatarConfig,
        credentials: Credentials,
        *,
        style: Mapping[str, str] | None = None,
        on_signal: Callable[[Signal], None],
        on_failure: Callable[[Failure], None],
        on_lost: Callable[[], None],
    ) -> None:
        self._on_signal = on_signal
        self._on_failure = on_failure
        self._on_lost = on_lost
        self._is_lost = False
        self.failure: Failure | None = None
        """The last error that the service reported."""
        self.connection_id = ""
        """What the service calls the connection, once it is open."""
        service, agora, audio = config.service, config.agora, config.audio
        self._session = spatius.new_avatar_session(
            avatar_id=service.avatar_id,
            api_key=service.api_key.reveal(),
            app_id=service.app_id,
            expire_at=credentials.expire_at,
            sample_rate=audio.sample_rate_hz,
            audio_format=audio.audio_format,
            transport_frames=self._receive_frames,
            on_error=self._receive_error,
            on_close=self._receive_close,
            region=service.region or DEFAULT_REGION_REQUEST,
            console_endpoint_url=service.console_endpoint_url,
            ingress_endpoint_url=service.ingress_endpoint_url,
            agora_egress=spatius.AgoraEgressConfig(
                channel_name=agora.channel,
                token=credentials.agora_token.reveal(),
                uid=agora.uid,
                publisher_id=str(agora.uid),
            ),
            extra_params=dict(style or {}),
        )

    @property
    def is_lost(self) -> bool:
        """Whether the connection is gone."""
        return self._is_lost

    async def open(self) -> None:
        """Connect.

        Raises:
            spatius.AvatarSDKError: If the service refuses or cannot be reached.
            OSError: If the network fails underneath the SDK.
        """
        try:
            await self._session.init()
            self.connection_id = await self._session.start()
        except BaseException:
            # Also when cancelled: the SDK does not close a half-open connection then.
            self._is_lost = True
            self.abort()
            raise

    async def send(self, audio: bytes, *, end: bool = False) -> str:
        """Send audio of the current request. Returns the request's id.

        Cancelling it is safe: the bytes are then either all sent or not at all.
        """
        req_id: str = await self._session.send_audio(audio, end=end)
        return req_id

    async def change_style(self, style: Mapping[str, str]) -> str:
        """Have the face move otherwise from now on. A self-hosted server understands it.

        Raises:
            OSError: If the connection broke.
        """
        # The SDK has no call for it: a configuration with parameters alone, to a session that
        # stands, changes its style.
        message = _wire.Message(
            type=_wire.MESSAGE_CLIENT_CONFIGURE_SESSION,
            client_configure_session=_wire.ClientConfigureSession(extra_params=style),
        )
        connection: Any = getattr(self._session, "_connection", None)
        if connection is None:
            raise ConnectionError("the connection is gone")
        try:
            await connection.send(message.SerializeToString())
        except Exception as error:  # whatever the SDK's WebSocket library says
            raise ConnectionError("the connection is gone") from error
        return ""

    async def interrupt(self) -> None:
        """Stop the current request and everything queued behind it.

        Raises:
            spatius.AvatarSDKError: If the connection broke.
        """
        try:
            await self._session.interrupt()
        except ValueError:
            # The SDK knows no request: the write that would have begun it was cancelled in time.
            if self._is_lost:
                raise

    async def close(self, *, limit_s: float) -> None:
        """Say goodbye, and hang up when that takes too long."""
        self._is_lost = True
        closing = asyncio.ensure_future(self._session.close())
        try:
            await asyncio.wait({closing}, timeout=limit_s)
        finally:
            if not closing.done():
                self.abort()
                closing.cancel()
                await asyncio.wait({closing}, timeout=limit_s)

    def abort(self) -> None:
        """Hang up at once, without a goodbye that the other side may never take."""
        # The SDK's close() waits for the peer, and for the send buffer to drain: a peer that hangs
        # would keep the audio that is on its way, and speak it when it wakes up.
        connection = getattr(self._session, "_connection", None)
        transport = getattr(connection, "transport", None)
        if transport is not None:
            transport.abort()

    def _receive_frames(self, payload: bytes, is_last: bool) -> None:
        message = _wire.Message()
        message.ParseFromString(payload)  # cannot fail: the SDK has just decoded the same bytes
        self._on_signal(Signal(message.server_response_animation.req_id, is_last))

    def _receive_error(self, error: Exception) -> None:
        failure = Failure.from_exception(error)
        self.failure = failure
        self._on_failure(failure)

    def _receive_close(self) -> None:
        # Called twice when we close, and not only then.
        if not self._is_lost:
            self._is_lost = True
            self._on_lost()
