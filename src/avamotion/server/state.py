"""What the parts of one server share."""

from dataclasses import dataclass, field

from avamotion.channel.hub import Hub
from avamotion.egress.registry import EgressRegistry
from avamotion.server.avatar import AvatarCatalog
from avamotion.server.config import ServerConfig
from avamotion.server.session import SessionServices
from avamotion.tokens.session import SessionToken

__all__ = ["ServerState", "UsedTokens"]


class UsedTokens:
    """Remembers which session tokens have been used, as long as they could be used again."""

    def __init__(self) -> None:
        self._used: dict[str, int] = {}

    def use(self, token: SessionToken, *, now: float) -> bool:
        """Note the use of a token. Returns whether it was the first."""
        if token.token_id in self._used:
            return False
        self._used = {key: ends for key, ends in self._used.items() if ends > now}
        self._used[token.token_id] = token.expires_at
        return True


@dataclass(slots=True)
class ServerState:
    """What the parts of one server share.

    Attributes:
        config: Its settings.
        hub: Its channels.
        egress: Its ways out.
        avatars: Its avatars.
        services: What its sessions need.
        used_tokens: The session tokens that are spent.
        n_sessions: Sessions that run now.
    """

    config: ServerConfig
    hub: Hub
    egress: EgressRegistry
    avatars: AvatarCatalog
    services: SessionServices
    used_tokens: UsedTokens = field(default_factory=UsedTokens)
    n_sessions: int = 0
