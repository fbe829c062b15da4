"""Bytes of the ingress wire to messages, and back. The only importer of its generated module."""

from typing import Final, assert_never

from google.protobuf.message import DecodeError

from avamotion.errors import RemoteProtocolError
from avamotion.protocol.gen import ingress_pb2 as pb
from avamotion.protocol.message import (
    AgoraEgressConfig,
    AudioFormat,
    AudioInput,
    ClientMessage,
    ConfigureSession,
    ConfirmSession,
    EgressConfig,
    Interrupt,
    LiveKitEgressConfig,
    Pause,
    PlaybackState,
    PlaybackStateMessage,
    ResponseAnimation,
    Resume,
    ServerError,
    ServerMessage,
    SocketEgressConfig,
)

__all__ = ["decode_client_message", "encode_server_message"]

UNSUPPORTED_DATA: Final = 1007  # RFC 6455, 7.4.1

_AUDIO_FORMATS: Final = {
    pb.AUDIO_FORMAT_PCM_S16LE: AudioFormat.PCM_S16LE,
    pb.AUDIO_FORMAT_OGG_OPUS: AudioFormat.OGG_OPUS,
}
_PLAYBACK_STATES: Final = {
    PlaybackState.PLAYING: pb.PLAYBACK_STATE_PLAYING,
    PlaybackState.PAUSED: pb.PLAYBACK_STATE_PAUSED,
    PlaybackState.ENDED: pb.PLAYBACK_STATE_ENDED,
    PlaybackState.INTERRUPTED: pb.PLAYBACK_STATE_INTERRUPTED,
}
# The oneof member that each message type promises.
_MEMBERS: Final = {
    pb.MESSAGE_CLIENT_CONFIGURE_SESSION: "client_configure_session",
    pb.MESSAGE_CLIENT_AUDIO_INPUT: "client_audio_input",
    pb.MESSAGE_CLIENT_INTERRUPT: "client_interrupt",
    pb.MESSAGE_CLIENT_PAUSE: "client_pause",
    pb.MESSAGE_CLIENT_RESUME: "client_resume",
}


def decode_client_message(data: bytes) -> ClientMessage:
    """Decode one message of the client.

    Raises:
        RemoteProtocolError: If the bytes are no message, or one that only a server may send.
    """
    envelope = pb.Message()
    try:
        envelope.ParseFromString(data)
    except DecodeError as exc:
        raise RemoteProtocolError("failed to unmarshal message", UNSUPPORTED_DATA) from exc
    member = _MEMBERS.get(envelope.type)
    if member is None:
        raise RemoteProtocolError(f"unexpected message type {envelope.type}", UNSUPPORTED_DATA)
    if not envelope.HasField(member):
        raise RemoteProtocolError(f"message has no {member}", UNSUPPORTED_DATA)
    match member:
        case "client_configure_session":
            return _configure_session(envelope.client_configure_session)
        case "client_audio_input":
            audio = envelope.client_audio_input
            trace = audio.trace_context
            return AudioInput(
                audio.req_id, audio.audio, audio.end, trace.traceparent, trace.tracestate
            )
        case "client_interrupt":
            return Interrupt(envelope.client_interrupt.req_id)
        case "client_pause":
            return Pause(envelope.client_pause.req_id)
        case _:
            return Resume(envelope.client_resume.req_id)


def _configure_session(message: pb.ClientConfigureSession) -> ConfigureSession:
    audio_format = _AUDIO_FORMATS.get(message.audio_format)
    if audio_format is None:
        raise RemoteProtocolError(f"unsupported audio format {message.audio_format}")
    if message.transport_compression != pb.TRANSPORT_COMPRESSION_NONE:
        raise RemoteProtocolError(
            f"unsupported transport compression {message.transport_compression}"
        )
    return ConfigureSession(
        sample_rate_hz=message.sample_rate,
        audio_format=audio_format,
        egress=_egress_config(message),
        extra_params=dict(message.extra_params),
    )


def _egress_config(message: pb.ClientConfigureSession) -> EgressConfig:
    match message.egress_type:
        case pb.EGRESS_TYPE_UNSPECIFIED:
            return SocketEgressConfig()
        case pb.EGRESS_TYPE_AGORA:
            agora = message.agora_egress
            return AgoraEgressConfig(
                channel=agora.channel_name,
                token=agora.token,
                uid=agora.uid,
                publisher_id=agora.publisher_id,
            )
        case pb.EGRESS_TYPE_LIVEKIT:
            livekit = message.livekit_egress
            return LiveKitEgressConfig(
                url=livekit.url,
                room=livekit.room_name,
                publisher_id=livekit.publisher_id,
                api_key=livekit.api_key,
                api_secret=livekit.api_secret,
                api_token=livekit.api_token,
                attributes=dict(livekit.extra_attributes),
                idle_timeout_s=livekit.idle_timeout,
            )
        case other:
            raise RemoteProtocolError(f"unsupported egress type {other}")


def encode_server_message(message: ServerMessage) -> bytes:
    """Encode one message of the server."""
    envelope: pb.Message
    match message:
        case ConfirmSession():
            envelope = pb.Message(
                type=pb.MESSAGE_SERVER_CONFIRM_SESSION,
                server_confirm_session=pb.ServerConfirmSession(
                    connection_id=message.connection_id, capabilities=message.capabilities
                ),
            )
        case ServerError():
            envelope = pb.Message(
                type=pb.MESSAGE_SERVER_ERROR,
                server_error=pb.ServerError(
                    connection_id=message.connection_id,
                    req_id=message.req_id,
                    code=message.code,
                    message=message.message,
                ),
            )
        case ResponseAnimation():
            envelope = pb.Message(
                type=pb.MESSAGE_SERVER_RESPONSE_ANIMATION,
                server_response_animation=pb.ServerResponseAnimation(
                    connection_id=message.connection_id,
                    req_id=message.req_id,
                    end=message.end,
                    animation=message.animation,
                    avatar_id=message.avatar_id,
                ),
            )
        case PlaybackStateMessage():
            envelope = pb.Message(
                type=pb.MESSAGE_SERVER_PLAYBACK_STATE,
                server_playback_state=pb.ServerPlaybackState(
                    connection_id=message.connection_id,
                    req_id=message.req_id,
                    state=_PLAYBACK_STATES[message.state],
                    played_ms=message.played_ms,
                    reason=message.reason,
                ),
            )
        case _ as never:
            assert_never(never)
    return envelope.SerializeToString()
