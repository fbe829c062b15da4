"""What the extension can be told, and what it says when told wrong.

A property counts as given when it is neither absent, null nor blank. Numbers and switches may be
strings, because ``${env:NAME|default}`` always yields one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlparse

from spatius import AudioFormat

from .reading import Properties
from .secret import Secret
from .style import read_style

__all__ = [
    "AgoraConfig",
    "AudioConfig",
    "AvatarConfig",
    "DumpConfig",
    "LimitConfig",
    "OutputConfig",
    "ServiceConfig",
]

OPUS_RATES_HZ = (8000, 12000, 16000, 24000, 48000)
_MAX_UID = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class ServiceConfig:
    """Where the avatar is rendered, and as whom.

    Attributes:
        api_key: Spatius API key.
        app_id: Spatius app ID.
        avatar_id: Avatar to use.
        region: Spatius region; empty lets the SDK choose.
        console_endpoint_url: Console of a self-hosted server; empty for the hosted service.
        ingress_endpoint_url: Ingress of a self-hosted server; empty for the hosted service.
        session_expire_s: Lifetime of a session token and of a generated Agora token.
        style: How the face moves, as session parameters of a self-hosted server.
    """

    api_key: Secret
    app_id: str
    avatar_id: str
    region: str
    console_endpoint_url: str
    ingress_endpoint_url: str
    session_expire_s: int
    style: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_self_hosted(self) -> bool:
        """Whether the session goes to a server of the user's own."""
        return bool(self.ingress_endpoint_url)


@dataclass(frozen=True, slots=True)
class AgoraConfig:
    """The channel that the avatar publishes into.

    Attributes:
        app_id: Agora App ID.
        certificate: App Certificate that tokens are generated from; may be empty.
        channel: Channel name.
        uid: User id of the avatar's publisher.
        token: Token for that user; if empty, one is generated.
    """

    app_id: str
    certificate: Secret
    channel: str
    uid: int
    token: Secret


@dataclass(frozen=True, slots=True)
class AudioConfig:
    """The speech that comes in.

    Attributes:
        sample_rate_hz: The only rate accepted, unless ``resample`` is on.
        audio_format: What is sent to the service.
        resample: Convert audio of another rate instead of rejecting it.
    """

    sample_rate_hz: int
    audio_format: AudioFormat
    resample: bool


@dataclass(frozen=True, slots=True)
class LimitConfig:
    """How much is kept, and for how long.

    Attributes:
        max_queue_s: Seconds of audio kept while there is no connection; the oldest goes first.
        max_wait_s: Audio that waited longer than this for a connection is not spoken any more.
        flush_quiet_s: After an interrupt, a pause of this length ends the interrupted speech, where
            the audio carries no turn.
        flush_limit_s: After an interrupt, audio is held back no longer than this, unless a newer
            turn proves it stale.
        end_of_turn_s: A turn that gets no audio for this long is ended.
        stop_drain_s: When the graph stops, how long audio that is already queued may still be sent.
    """

    max_queue_s: float
    max_wait_s: float
    flush_quiet_s: float
    flush_limit_s: float
    end_of_turn_s: float
    stop_drain_s: float


@dataclass(frozen=True, slots=True)
class OutputConfig:
    """What the extension sends into the graph besides errors.

    Attributes:
        playback_events: Send data ``avatar_playback``.
        metrics: Send data ``metrics``.
        forward_flush: Send cmd ``flush`` on, without waiting for its result.
    """

    playback_events: bool
    metrics: bool
    forward_flush: bool


@dataclass(frozen=True, slots=True)
class DumpConfig:
    """Where inbound audio is written for debugging.

    Attributes:
        enabled: Whether it is written at all.
        directory: Directory of the files; empty for the working directory.
    """

    enabled: bool
    directory: str


@dataclass(frozen=True, slots=True)
class AvatarConfig:
    """Everything the extension can be told."""

    service: ServiceConfig
    agora: AgoraConfig
    audio: AudioConfig
    limits: LimitConfig
    output: OutputConfig
    dump: DumpConfig

    @classmethod
    def from_properties(cls, properties: Mapping[str, object]) -> "AvatarConfig":
        """Read the extension's properties.

        Args:
            properties: The whole property object of the node, placeholders resolved.

        Raises:
            ValueError: If something required is missing or something is malformed. The message
                names the property and says what to do.
        """
        top = Properties(properties)
        params = top.object("params").fallback(
            top, ("agora_appid", "agora_appcert", "agora_channel", "agora_uid", "agora_token")
        )
        # The TEN server injects a top-level "channel": it knows better than the file.
        channel = top.text("channel") or params.text("agora_channel")
        _require_credentials(params, channel)
        return cls(
            service=_service(params),
            agora=AgoraConfig(
                app_id=params.text("agora_appid"),
                certificate=Secret(params.text("agora_appcert")),
                channel=channel,
                uid=_uid(params),
                token=Secret(params.text("agora_token")),
            ),
            audio=_audio(params),
            limits=LimitConfig(
                max_queue_s=params.seconds("max_queue_s", 60.0),
                max_wait_s=params.seconds("max_wait_s", 20.0),
                flush_quiet_s=params.seconds("flush_quiet_s", 0.5),
                flush_limit_s=params.seconds("flush_limit_s", 5.0),
                end_of_turn_s=params.seconds("end_of_turn_s", 3.0),
                stop_drain_s=params.seconds("stop_drain_s", 0.0, may_be_zero=True),
            ),
            output=OutputConfig(
                playback_events=params.switch("playback_events"),
                metrics=params.switch("metrics"),
                forward_flush=params.switch("forward_flush"),
            ),
            dump=DumpConfig(enabled=top.switch("dump"), directory=top.text("dump_path")),
        )


def _require_credentials(params: Properties, channel: str) -> None:
    required = ("spatius_api_key", "spatius_app_id", "spatius_avatar_id")
    missing = [f"params.{name}" for name in required if not params.text(name)]
    missing += [f"params.{name}" for name in ("agora_appid",) if not params.text(name)]
    if not channel:
        missing.append("params.agora_channel")
    if not params.text("agora_uid"):
        missing.append("params.agora_uid")
    if not params.text("agora_token") and not params.text("agora_appcert"):
        missing.append("params.agora_token or params.agora_appcert")
    if missing:
        raise ValueError(
            f"{', '.join(missing)} must be set: give a value in the node's property, or the "
            "environment variable that property.json names"
        )


def _service(params: Properties) -> ServiceConfig:
    console = _url(params, "console_endpoint_url", ("http", "https"))
    ingress = _url(params, "ingress_endpoint_url", ("ws", "wss", "http", "https"))
    if bool(console) != bool(ingress):
        given, other = ("console", "ingress") if console else ("ingress", "console")
        raise ValueError(
            f"params.{given}_endpoint_url is set but params.{other}_endpoint_url is not: give both "
            "for a self-hosted server, or neither for the hosted service"
        )
    return ServiceConfig(
        api_key=Secret(params.text("spatius_api_key")),
        app_id=params.text("spatius_app_id"),
        avatar_id=params.text("spatius_avatar_id"),
        region=params.text("region"),
        console_endpoint_url=console,
        ingress_endpoint_url=ingress,
        session_expire_s=60 * params.positive_integer("session_expire_minutes", 30),
        style=read_style(params.object("motion").values(), where="params.motion"),
    )


def _url(params: Properties, name: str, schemes: tuple[str, ...]) -> str:
    url = params.text(name)
    if not url:
        return ""
    parsed = urlparse(url)
    if parsed.scheme.lower() not in schemes or not parsed.hostname:
        raise ValueError(
            f"params.{name} must be a URL that begins with {' or '.join(schemes)}, such as "
            f"{schemes[0]}://host:8080/..."
        )
    if parsed.username is not None or parsed.password is not None:
        raise ValueError(f"params.{name} must not carry a user name or password")
    return url


def _uid(params: Properties) -> int:
    uid = params.integer("agora_uid", 0)
    if not 0 <= uid <= _MAX_UID:
        raise ValueError(f"params.agora_uid must be between 0 and {_MAX_UID}, not {uid}")
    return uid


def _audio(params: Properties) -> AudioConfig:
    name = params.text("audio_format") or AudioFormat.PCM_S16LE.value
    try:
        audio_format = AudioFormat(name)
    except ValueError:
        choices = " or ".join(choice.value for choice in AudioFormat)
        raise ValueError(f"params.audio_format must be {choices}, not {name!r}") from None
    rate_hz = params.positive_integer("sample_rate", 24000)
    if audio_format is AudioFormat.OGG_OPUS and rate_hz not in OPUS_RATES_HZ:
        rates = ", ".join(str(rate) for rate in OPUS_RATES_HZ)
        raise ValueError(
            f"params.sample_rate {rate_hz} cannot be used with audio_format ogg_opus: use one of "
            f"{rates}, or pcm_s16le"
        )
    return AudioConfig(rate_hz, audio_format, params.switch("resample"))
