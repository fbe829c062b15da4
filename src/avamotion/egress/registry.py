"""Every way out by its name: the one place that knows them all."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Final, assert_never

from avamotion.channel.hub import Hub
from avamotion.egress.base import Egress
from avamotion.egress.setting import EgressSetting
from avamotion.errors import ConfigError
from avamotion.protocol.message import (
    AgoraEgressConfig,
    EgressConfig,
    LiveKitEgressConfig,
    ResponseAnimation,
    SocketEgressConfig,
)

__all__ = ["EgressFactory", "EgressRegistry", "EgressRequest", "EgressServices"]

_ENTRY_POINTS: Final = "avamotion.egress"


@dataclass(frozen=True, slots=True)
class EgressRequest:
    """What one session asks for, and how its way out reaches back.

    Attributes:
        connection_id: The session's name.
        avatar_id: Its avatar.
        config: What the client asked for.
        input_rate_hz: Rate of the PCM that the session takes; 0 if it takes another format.
        sample_rate_hz: Rate of the samples in its packets.
        reply: Sends a message to the client.
        interrupt: Stops the session's speech; for channels whose members may do that.
        receive_audio: Takes sound of a request, and whether it is the last of it; for channels
            whose members may send some.
    """

    connection_id: str
    avatar_id: str
    config: EgressConfig
    input_rate_hz: int
    sample_rate_hz: int
    reply: Callable[[ResponseAnimation], Awaitable[None]]
    interrupt: Callable[[], None]
    receive_audio: Callable[[str, bytes, bool], None]


@dataclass(frozen=True, slots=True)
class EgressServices:
    """What all ways out share.

    Attributes:
        setting: The ``[egress]`` table.
        hub: The channels that this server hosts.
        app_id: Agora App ID of the server.
        renew_token: Makes an Agora token for a channel and a uid; None if we have no certificate.
        lead_s: How far ahead of real time packets leave.
    """

    setting: EgressSetting
    hub: Hub
    app_id: str
    renew_token: Callable[[str, int], str] | None
    lead_s: float


EgressFactory = Callable[[EgressRequest, EgressServices], Egress]
"""Makes the way out of one session, not yet open.

Raises:
    EgressInvalid: What was asked for cannot be served; the message names the field.
"""


class EgressRegistry:
    """Names and factories of all ways out.

    Packages add their own by an entry point of the group ``avamotion.egress``.

    Args:
        services: What the ways out share.

    Raises:
        ConfigError: If a setting names a way out that does not exist, or cannot be used.
    """

    def __init__(self, services: EgressServices) -> None:
        self._services = services
        self._factories: dict[str, EgressFactory] = {
            "reply": _reply,
            "hosted": _hosted,
            "agora": _agora,
            "livekit": _livekit,
        }
        for entry_point in metadata.entry_points(group=_ENTRY_POINTS):
            self._factories.setdefault(entry_point.name, _Deferred(entry_point))
        backend = services.setting.agora.backend
        if backend not in self._factories:
            known = ", ".join(sorted(self._factories))
            raise ConfigError(f"egress.agora.backend: unknown {backend!r}; known are {known}")
        self._record = _record_folder(services.setting.record)

    def register(self, name: str, factory: EgressFactory) -> None:
        """Add a way out, or replace one."""
        self._factories[name] = factory

    def open(self, request: EgressRequest) -> Egress:
        """Return the way out of a session, not yet open.

        Raises:
            EgressInvalid: What was asked for cannot be served.
            EgressUnavailable: It needs something that is not installed.
        """
        egress = self._factories[self._name(request.config)](request, self._services)
        if self._record is None:
            return egress
        from avamotion.egress.record import RecordingEgress

        return RecordingEgress(egress, self._record, request.connection_id)

    def _name(self, config: EgressConfig) -> str:
        match config:
            case SocketEgressConfig():
                return "reply"
            case AgoraEgressConfig():
                return self._services.setting.agora.backend
            case LiveKitEgressConfig():
                return "livekit"
            case _ as never:
                assert_never(never)


class _Deferred:
    """A factory of another package, imported when it is first needed."""

    def __init__(self, entry_point: metadata.EntryPoint) -> None:
        self._entry_point = entry_point

    def __call__(self, request: EgressRequest, services: EgressServices) -> Egress:
        factory: EgressFactory = self._entry_point.load()
        return factory(request, services)


def _record_folder(path: str) -> Path | None:
    if not path:
        return None
    folder = Path(path).expanduser()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise ConfigError(f"egress.record: {folder}: {exc.strerror}") from exc
    return folder


def _reply(request: EgressRequest, services: EgressServices) -> Egress:
    from avamotion.egress.reply import ReplyEgress

    return ReplyEgress(request.connection_id, request.avatar_id, send=request.reply)


def _hosted(request: EgressRequest, services: EgressServices) -> Egress:
    from avamotion.egress.channel import open_channel

    return open_channel(request, services)


def _agora(request: EgressRequest, services: EgressServices) -> Egress:
    from avamotion.egress.agora import open_agora

    return open_agora(request, services)


def _livekit(request: EgressRequest, services: EgressServices) -> Egress:
    # Who lacks the package is told by this module first.
    from avamotion.egress import livekit_room  # noqa: F401
    from avamotion.egress.livekit import open_livekit

    return open_livekit(request, services)
