"""Settings of the Motion Server: defaults, a TOML file over them, the environment over that.

Every setting ``key`` of a ``[table]`` of the file is the variable ``AVAMOTION_TABLE_KEY``; one of a
``[table.group]`` is ``AVAMOTION_TABLE_GROUP_KEY``.
"""

import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar, cast

from avamotion.egress.setting import EgressSetting
from avamotion.errors import ConfigError
from avamotion.server.secret import Secret

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

__all__ = [
    "AppConfig",
    "AvatarConfig",
    "ChannelConfig",
    "DatabaseConfig",
    "ListenConfig",
    "OpsConfig",
    "PlayoutConfig",
    "ServerConfig",
    "SessionConfig",
    "WebRtcConfig",
    "generate_development_keys",
    "load_config",
]

_ENV_PREFIX: Final = "AVAMOTION"

_Table = TypeVar("_Table", bound="DataclassInstance")


@dataclass(frozen=True, slots=True)
class ListenConfig:
    """Where the server listens.

    Attributes:
        host: Address to bind. ``0.0.0.0`` lets other machines in.
        port: TCP port; 0 picks a free one.
        tls_certificate: Path of a certificate chain, PEM; empty for plain HTTP.
        tls_key: Path of its private key, PEM.
        trusted_proxies: Addresses or networks whose X-Forwarded-* headers are believed, with commas
            between; ``*`` for all.
        cors_origins: Web origins that may ask for tokens and avatars, with commas between; ``*``
            for all.
        header_timeout_s: Within which a client must send its request.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    tls_certificate: str = ""
    tls_key: str = ""
    trusted_proxies: str = ""
    cors_origins: str = ""
    header_timeout_s: float = 10.0


@dataclass(frozen=True, slots=True)
class AppConfig:
    """Who may open sessions.

    Attributes:
        id: The app's id, ``X-App-ID``.
        api_key: Its API key, ``X-Api-Key``.
        signing_key: Signs session tokens; servers of one fleet share it.
        max_sessions: Sessions that may run at once.
    """

    id: str = ""
    api_key: Secret = field(default_factory=lambda: Secret(""))
    signing_key: Secret = field(default_factory=lambda: Secret(""))
    max_sessions: int = 100


@dataclass(frozen=True, slots=True)
class ChannelConfig:
    """The channel that we host.

    Attributes:
        app_id: Agora App ID that its tokens are made for.
        app_certificate: The App Certificate that they are signed with.
        max_members: Members of one channel.
        max_packets: Media packets, 20 ms each, that may wait for one slow viewer; beyond, it loses
            the oldest. With as many messages it has to go.
    """

    app_id: str = ""
    app_certificate: Secret = field(default_factory=lambda: Secret(""))
    max_members: int = 1000
    max_packets: int = 100


@dataclass(frozen=True, slots=True)
class SessionConfig:
    """How long things may take.

    Attributes:
        configure_timeout_s: Within which a client must send its first message.
        idle_timeout_s: Without audio, after which a session closes.
        session_limit_s: After which any session closes.
        join_timeout_s: Within which a channel member must ask to join.
        max_token_s: Longest lifetime of a session token.
        max_message_bytes: Largest message on any socket.
        drain_s: How long a server that stops waits for those who speak.
    """

    configure_timeout_s: float = 10.0
    idle_timeout_s: float = 300.0
    session_limit_s: float = 4 * 3600.0
    join_timeout_s: float = 10.0
    max_token_s: float = 24 * 3600.0
    max_message_bytes: int = 1 << 22
    drain_s: float = 30.0


@dataclass(frozen=True, slots=True)
class PlayoutConfig:
    """How sound and motion leave.

    Attributes:
        lead_ms: How far ahead of real time packets leave; it fills a viewer's buffer at once.
        horizon_s: How far ahead of playout motion is computed.
        max_buffered_s: Seconds of sound that may wait; beyond, the socket is hardly read.
        pause_limit_s: How long a pause may last.
        opus_bitrate_bps: Bits per second of the hosted channel's sound.
        opus_complexity: Effort of its encoder, 0 to 10; from 7 on it costs four times as much.
        tick_s: About how long one inference for all sessions may take.
        model: Path of a motion model; empty for the one that ships.
    """

    lead_ms: float = 60.0
    horizon_s: float = 2.0
    max_buffered_s: float = 300.0
    pause_limit_s: float = 60.0
    opus_bitrate_bps: int = 32_000
    opus_complexity: int = 3
    tick_s: float = 0.04
    model: str = ""


@dataclass(frozen=True, slots=True)
class DatabaseConfig:
    """Where apps, API keys, usage and, if so wished, avatars are kept.

    Attributes:
        url: An SQLite file or a PostgreSQL URL; empty for the one key of ``[app]``, in memory.
        check_s: How often sessions are accounted for, and revoked keys looked for.
    """

    url: Secret = field(default_factory=lambda: Secret(""))
    check_s: float = 20.0


@dataclass(frozen=True, slots=True)
class OpsConfig:
    """For whoever runs the server.

    Attributes:
        key: Opens the operator page at ``/ops``; empty for none.
        metrics_key: Bearer token that ``/metrics`` asks for; empty for none.
        log_format: ``text`` or ``json``.
        log_level: ``debug``, ``info``, ``warning`` or ``error``.
        otlp_endpoint: Where OpenTelemetry traces go, OTLP over HTTP; empty for nowhere.
    """

    key: Secret = field(default_factory=lambda: Secret(""))
    metrics_key: Secret = field(default_factory=lambda: Secret(""))
    log_format: str = "text"
    log_level: str = "info"
    otlp_endpoint: str = ""


@dataclass(frozen=True, slots=True)
class AvatarConfig:
    """The avatars that sessions may name.

    Attributes:
        store: ``folder``, or ``database`` for the one of ``database.url``, which servers may share.
        folder: A folder with one sub-folder for each avatar; empty for those that ship.
    """

    store: str = "folder"
    folder: str = ""


@dataclass(frozen=True, slots=True)
class WebRtcConfig:
    """Viewers of the hosted channel over WebRTC.

    Attributes:
        ice_servers: STUN and TURN addresses, separated by spaces: ``stun:host:3478``.
        ice_username: For the TURN servers.
        ice_credential: For the TURN servers; members of a channel are told.
        max_viewers: Viewers at once.
        connect_timeout_s: Within which a connection must stand.
    """

    ice_servers: str = ""
    ice_username: str = ""
    ice_credential: Secret = field(default_factory=lambda: Secret(""))
    max_viewers: int = 200
    connect_timeout_s: float = 15.0


@dataclass(frozen=True, slots=True)
class ServerConfig:
    """All settings."""

    listen: ListenConfig = field(default_factory=ListenConfig)
    app: AppConfig = field(default_factory=AppConfig)
    channel: ChannelConfig = field(default_factory=ChannelConfig)
    session: SessionConfig = field(default_factory=SessionConfig)
    playout: PlayoutConfig = field(default_factory=PlayoutConfig)
    avatar: AvatarConfig = field(default_factory=AvatarConfig)
    database: DatabaseConfig = field(default_factory=DatabaseConfig)
    ops: OpsConfig = field(default_factory=OpsConfig)
    egress: EgressSetting = field(default_factory=EgressSetting)
    webrtc: WebRtcConfig = field(default_factory=WebRtcConfig)

    @classmethod
    def from_mapping(cls, document: Mapping[str, Any], environ: Mapping[str, str]) -> Self:
        """Build the settings.

        Args:
            document: Tables of a TOML file.
            environ: The environment.

        Raises:
            ConfigError: If a key is unknown or a value cannot be used; it names the key.
        """
        tables = {item.name: item for item in fields(cls)}
        for name in document:
            if name not in tables:
                raise ConfigError(f"[{name}]: unknown table; known are {', '.join(tables)}")
        built = {
            name: _build(name, cast("Any", item.default_factory)(), document.get(name, {}), environ)
            for name, item in tables.items()
        }
        return cls(**built)


def load_config(path: Path | None, environ: Mapping[str, str]) -> ServerConfig:
    """Load the settings.

    Args:
        path: A TOML file, or None.
        environ: The environment.

    Raises:
        ConfigError: If the file cannot be read, or a setting cannot be used.
    """
    document: dict[str, Any] = {}
    if path is not None:
        try:
            document = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as exc:
            raise ConfigError(f"{path}: {exc.strerror}") from exc
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
            raise ConfigError(f"{path}: not a TOML file: {exc}") from exc
    return ServerConfig.from_mapping(document, environ)


def generate_development_keys(config: ServerConfig) -> ServerConfig:
    """Fill in the keys that are missing, so that a server starts without any settings.

    A database has apps and keys of its own.
    """
    app = config.app
    if not config.database.url:
        app = replace(
            app,
            id=app.id or f"app_{secrets.token_hex(8)}",
            api_key=app.api_key or Secret(f"sk_dev_{secrets.token_urlsafe(24)}"),
            signing_key=app.signing_key or Secret(secrets.token_urlsafe(48)),
        )
    channel = config.channel
    channel = replace(
        channel,
        app_id=channel.app_id or secrets.token_hex(16),
        app_certificate=channel.app_certificate or Secret(secrets.token_hex(16)),
    )
    return replace(config, app=app, channel=channel)


def _build(table: str, default: _Table, values: object, environ: Mapping[str, str]) -> _Table:
    """Return ``default`` with the values of one table over it."""
    if not isinstance(values, dict):
        raise ConfigError(f"{table}: must be a table")
    known = {item.name for item in fields(default)}
    for key in values:
        if key not in known:
            raise ConfigError(f"{table}.{key}: unknown; known are {', '.join(sorted(known))}")
    changes: dict[str, Any] = {}
    for item in fields(default):
        variable = f"{_ENV_PREFIX}_{table}_{item.name}".upper().replace(".", "_")
        current = getattr(default, item.name)
        if is_dataclass(current) and not isinstance(current, type):
            group = f"{table}.{item.name}"
            changes[item.name] = _build(group, current, values.get(item.name, {}), environ)
        elif variable in environ:
            changes[item.name] = _convert(variable, current, environ[variable])
        elif item.name in values:
            changes[item.name] = _convert(f"{table}.{item.name}", current, values[item.name])
    return replace(default, **changes)


def _convert(name: str, default: object, raw: object) -> object:
    """Convert a raw value to the type of the default."""
    if isinstance(default, Secret | str):
        if not isinstance(raw, str):
            raise ConfigError(f"{name}: must be a string")
        return Secret(raw) if isinstance(default, Secret) else raw
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        raise ConfigError(f"{name}: must be a number")
    try:
        value = int(raw) if isinstance(default, int) else float(raw)
    except ValueError as exc:
        raise ConfigError(f"{name}: {raw!r} is not a number") from exc
    if not 0 <= value < float("inf"):
        raise ConfigError(f"{name}: {raw!r} must be a number of at least 0")
    return value
