"""Who may open sessions: API keys, their limits, and which session tokens are spent.

Two kinds: the keys of the settings, in memory; and the keys of a database, which many servers may
share (``avamotion.server.database``).
"""

import enum
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Protocol

from avamotion.server.config import AppConfig
from avamotion.tokens.session import SessionToken

__all__ = ["ApiKey", "KeyStore", "Refusal", "SettingKeyStore"]


class Refusal(enum.Enum):
    """Why a session may not begin, or may not go on."""

    APP_UNKNOWN = "app_unknown"
    KEY_REVOKED = "key_revoked"
    TOKEN_USED = "token_used"
    TOO_MANY_SESSIONS = "too_many_sessions"
    MINUTES_SPENT = "minutes_spent"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An API key that is good.

    Attributes:
        id: Its public name.
        app_id: The app that it belongs to.
    """

    id: str
    app_id: str


class KeyStore(Protocol):
    """Knows the keys. All times are Unix seconds."""

    async def begin(self) -> None:
        """Note that the server starts: sessions that it had when it was killed are over."""
        ...

    async def signing_key(self) -> str:
        """Return what session tokens are signed with."""
        ...

    async def find_key(self, api_key: str) -> ApiKey | None:
        """Return the key that somebody shows, if it is good."""
        ...

    async def admit(self, token: SessionToken, session_id: str, *, now: float) -> Refusal | None:
        """Let a session begin with a token, which is spent thereby; or say why not."""
        ...

    async def release(self, session_id: str, *, now: float) -> None:
        """Note that a session is over."""
        ...

    async def check(self, session_ids: AbstractSet[str], *, now: float) -> Mapping[str, Refusal]:
        """Note that sessions go on; return those that may not, and why."""
        ...

    async def close(self) -> None:
        """Let go of what it holds."""
        ...


class SettingKeyStore:
    """The one key of the settings.

    Args:
        app: The settings.
    """

    def __init__(self, app: AppConfig) -> None:
        self._app = app
        self._used: dict[str, int] = {}
        self._sessions: set[str] = set()

    async def begin(self) -> None:
        """A new server has no old sessions."""

    async def signing_key(self) -> str:
        """Return the settings'."""
        return self._app.signing_key.reveal()

    async def find_key(self, api_key: str) -> ApiKey | None:
        """Compare with the settings', in constant time."""
        return ApiKey("settings", self._app.id) if self._app.api_key.matches(api_key) else None

    async def admit(self, token: SessionToken, session_id: str, *, now: float) -> Refusal | None:
        """Let a session begin. Awaits nothing: two clients never take the same last place."""
        if token.app_id != self._app.id:
            return Refusal.APP_UNKNOWN
        if len(self._sessions) >= self._app.max_sessions:
            return Refusal.TOO_MANY_SESSIONS
        if token.token_id in self._used:
            return Refusal.TOKEN_USED
        self._used = {key: ends for key, ends in self._used.items() if ends > now}
        self._used[token.token_id] = token.expires_at
        self._sessions.add(session_id)
        return None

    async def release(self, session_id: str, *, now: float) -> None:
        """Free its place."""
        self._sessions.discard(session_id)

    async def check(self, session_ids: AbstractSet[str], *, now: float) -> Mapping[str, Refusal]:
        """Settings do not change while a server runs."""
        return {}

    async def close(self) -> None:
        """There is nothing to let go of."""
