"""Messages of the ingress wire, as values. What the numbers mean stands in ``codec``."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = [
    "AgoraEgressConfig",
    "AudioFormat",
    "AudioInput",
    "ChangeStyle",
    "ClientMessage",
    "ConfigureSession",
    "ConfirmSession",
    "EgressConfig",
    "Interrupt",
    "LiveKitEgressConfig",
    "Pause",
    "PlaybackState",
    "PlaybackStateMessage",
    "ResponseAnimation",
    "Resume",
    "ServerError",
    "ServerMessage",
    "SocketEgressConfig",
]


class AudioFormat(enum.Enum):
    """How the client encodes its audio."""

    PCM_S16LE = "pcm_s16le"
    OGG_OPUS = "ogg_opus"


class PlaybackState(enum.Enum):
    """What the playout of a request is doing."""

    PLAYING = "playing"
    PAUSED = "paused"
    ENDED = "ended"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class SocketEgressConfig:
    """Motion comes back on the ingress socket."""


@dataclass(frozen=True, slots=True)
class AgoraEgressConfig:
    """Sound and motion are published into an Agora channel, or the one that we host."""

    channel: str
    token: str = field(repr=False)
    uid: int
    publisher_id: str


@dataclass(frozen=True, slots=True)
class LiveKitEgressConfig:
    """Sound and motion are published into a LiveKit room."""

    url: str
    room: str
    publisher_id: str
    api_key: str = field(repr=False)
    api_secret: str = field(repr=False)
    api_token: str = field(repr=False)
    attributes: Mapping[str, str]
    idle_timeout_s: int


EgressConfig = SocketEgressConfig | AgoraEgressConfig | LiveKitEgressConfig


@dataclass(frozen=True, slots=True)
class ConfigureSession:
    """The client's first message: what it will send, and where the result goes."""

    sample_rate_hz: int
    audio_format: AudioFormat
    egress: EgressConfig
    extra_params: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AudioInput:
    """A piece of a request's sound, and the W3C trace that it belongs to, if any."""

    req_id: str
    audio: bytes
    end: bool
    traceparent: str = ""
    tracestate: str = ""


@dataclass(frozen=True, slots=True)
class Interrupt:
    """Stop speaking, drop the rest."""

    req_id: str


@dataclass(frozen=True, slots=True)
class Pause:
    """Hold the playout; go on taking audio."""

    req_id: str


@dataclass(frozen=True, slots=True)
class Resume:
    """Go on after a pause."""

    req_id: str


@dataclass(frozen=True, slots=True)
class ChangeStyle:
    """Move otherwise from now on: parameters that take the place of those given before.

    On the wire, a ``ClientConfigureSession`` to a session that stands, with nothing but
    ``extra_params``.
    """

    params: Mapping[str, str]


ClientMessage = ConfigureSession | AudioInput | Interrupt | Pause | Resume | ChangeStyle


@dataclass(frozen=True, slots=True)
class ConfirmSession:
    """The session stands."""

    connection_id: str
    capabilities: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ServerError:
    """Something is wrong; ``code`` follows gRPC's numbers."""

    connection_id: str
    req_id: str
    code: int
    message: str


@dataclass(frozen=True, slots=True)
class ResponseAnimation:
    """Motion of a request, or, with an empty ``animation``, a signal about its playout."""

    connection_id: str
    req_id: str
    end: bool
    animation: bytes
    avatar_id: str


@dataclass(frozen=True, slots=True)
class PlaybackStateMessage:
    """What the playout of a request is doing now, and how much of it was played."""

    connection_id: str
    req_id: str
    state: PlaybackState
    played_ms: int
    reason: str


ServerMessage = ConfirmSession | ServerError | ResponseAnimation | PlaybackStateMessage
