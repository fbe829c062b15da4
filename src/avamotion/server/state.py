"""What the parts of one server share."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from starlette.websockets import WebSocket

from avamotion.channel.hub import Hub
from avamotion.egress.registry import EgressRegistry
from avamotion.protocol.ingress import ErrorCode
from avamotion.server.avatar import AvatarCatalog
from avamotion.server.config import ServerConfig
from avamotion.server.history import History
from avamotion.server.key_store import KeyStore
from avamotion.server.metrics import Metrics
from avamotion.server.returner import Returners
from avamotion.server.session import AvatarSession, SessionServices

if TYPE_CHECKING:
    from avamotion.server.rtc_gateway import RtcGateway

__all__ = ["LiveSession", "ServerState"]


class LiveSession(Protocol):
    """A session, for whoever looks at it from outside."""

    opened_at: float
    """Unix time in seconds."""

    @property
    def session_id(self) -> str:
        """Its name."""
        ...

    @property
    def avatar_id(self) -> str:
        """Its avatar."""
        ...

    @property
    def session(self) -> AvatarSession | None:
        """The session itself, once it is configured."""
        ...

    def end(self, code: ErrorCode | None = None, reason: str = "") -> None:
        """End it: with an error, or because the server stops."""
        ...


@dataclass(slots=True)
class ServerState:
    """What the parts of one server share.

    Attributes:
        config: Its settings.
        hub: Its channels.
        egress: Its ways out.
        avatars: Its avatars.
        services: What its sessions need.
        metrics: What it counts.
        keys: Who may open sessions.
        sessions: The sessions that run now, by name.
        returners: Who left a moment ago.
        viewers: The sockets of the channels' members.
        rtc: Its viewers over WebRTC, once there was one.
        draining: Whether it takes no more sessions, because it stops.
        history: The last minutes, if an operator may look at them.
    """

    config: ServerConfig
    hub: Hub
    egress: EgressRegistry
    avatars: AvatarCatalog
    services: SessionServices
    metrics: Metrics
    keys: KeyStore
    sessions: dict[str, LiveSession] = field(default_factory=dict)
    returners: Returners = field(default_factory=Returners)
    viewers: set[WebSocket] = field(default_factory=set)
    rtc: "RtcGateway | None" = None
    draining: bool = False
    history: History | None = None

    @contextmanager
    def live(self, session: LiveSession) -> Iterator[None]:
        """Count a session among those that run."""
        self.sessions[session.session_id] = session
        try:
            yield
        finally:
            del self.sessions[session.session_id]

    def waiting_s(self) -> float:
        """Return the seconds of sound that wait in all sessions."""
        return sum(live.session.waiting_s for live in self.sessions.values() if live.session)
