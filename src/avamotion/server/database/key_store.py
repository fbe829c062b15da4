"""The keys of a database, for a running server."""

import asyncio
import hmac
import secrets
from collections import Counter
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from sqlalchemy import Connection, Engine, delete, func, insert, select, update

from avamotion.server.database.key_table import hash_secret, split_key
from avamotion.server.database.schema import (
    api_key,
    live_session,
    setting,
    usage,
    used_token,
)
from avamotion.server.key_store import ApiKey, Refusal
from avamotion.tokens.session import SessionToken

__all__ = ["DatabaseKeyStore"]

_SIGNING_KEY: Final = "signing_key"
# A server that died leaves its sessions behind; after so long they count no more.
_STALE_S: Final = 120.0


@dataclass(frozen=True, slots=True)
class _Running:
    """A session that was admitted."""

    key_id: str
    opened_at: float


class DatabaseKeyStore:
    """Knows the keys of a database. Every call is one transaction, in a thread.

    Args:
        engine: The database.
        signing_key: The settings' signing key; empty for one that all servers find there.
        server: Name of this server, the same at every start.
    """

    def __init__(self, engine: Engine, *, signing_key: str = "", server: str = "") -> None:
        self._engine = engine
        self._signing_key = signing_key
        self._server = server or secrets.token_hex(8)
        self._running: dict[str, _Running] = {}

    async def begin(self) -> None:
        """Note that the server starts: sessions that it had when it was killed are over."""
        await asyncio.to_thread(self._begin)

    async def signing_key(self) -> str:
        """Return what session tokens are signed with."""
        if not self._signing_key:
            self._signing_key = await asyncio.to_thread(self._shared_signing_key)
        return self._signing_key

    async def find_key(self, api_key: str) -> ApiKey | None:
        """Return the key that somebody shows, if it is good."""
        return await asyncio.to_thread(self._find_key, api_key)

    async def admit(self, token: SessionToken, session_id: str, *, now: float) -> Refusal | None:
        """Let a session begin with a token, which is spent thereby; or say why not."""
        refusal = await asyncio.to_thread(self._admit, token, session_id, now)
        if refusal is None:
            self._running[session_id] = _Running(token.key_id, now)
        return refusal

    async def release(self, session_id: str, *, now: float) -> None:
        """Note that a session is over."""
        self._running.pop(session_id, None)
        await asyncio.to_thread(self._release, session_id, now)

    async def check(self, session_ids: AbstractSet[str], *, now: float) -> Mapping[str, Refusal]:
        """Note that sessions go on; return those that may not, and why."""
        return await asyncio.to_thread(self._check, session_ids, now)

    async def close(self) -> None:
        """Close all connections."""
        await asyncio.to_thread(self._engine.dispose)

    def _begin(self) -> None:
        """Else they would take the places of those who come back, until they are stale."""
        with self._engine.begin() as connection:
            connection.execute(delete(live_session).where(live_session.c.server == self._server))

    def _shared_signing_key(self) -> str:
        query = select(setting.c.value).where(setting.c.name == _SIGNING_KEY)
        with self._engine.begin() as connection:
            _lock_setting(connection)
            found = connection.execute(query).scalar()
            if found is not None:
                return str(found)
            value = secrets.token_urlsafe(48)
            connection.execute(insert(setting).values(name=_SIGNING_KEY, value=value))
            return value

    def _find_key(self, text: str) -> ApiKey | None:
        parts = split_key(text)
        if parts is None:
            return None
        key_id, secret = parts
        query = select(api_key.c.app_id, api_key.c.hash).where(
            api_key.c.id == key_id, api_key.c.revoked_at.is_(None)
        )
        with self._engine.connect() as connection:
            row = connection.execute(query).first()
        if row is None or not hmac.compare_digest(row.hash, hash_secret(secret)):
            return None
        return ApiKey(key_id, row.app_id)

    def _admit(self, token: SessionToken, session_id: str, now: float) -> Refusal | None:
        with self._engine.begin() as connection:
            query = select(api_key).where(api_key.c.id == token.key_id)
            # Whoever asks for the same key waits here, so that nobody counts wrong.
            key = connection.execute(query.with_for_update()).first()
            if key is None or key.app_id != token.app_id:
                return Refusal.APP_UNKNOWN
            if key.revoked_at is not None:
                return Refusal.KEY_REVOKED
            connection.execute(delete(used_token).where(used_token.c.expires_at < now))
            spent = select(used_token.c.id).where(used_token.c.id == token.token_id)
            if connection.execute(spent).first() is not None:
                return Refusal.TOKEN_USED
            connection.execute(delete(live_session).where(live_session.c.seen_at < now - _STALE_S))
            if key.max_sessions is not None:
                count = select(func.count()).where(live_session.c.key_id == key.id)
                if (connection.execute(count).scalar() or 0) >= key.max_sessions:
                    return Refusal.TOO_MANY_SESSIONS
            if _minutes_spent(connection, key.id, key.max_minutes_per_day, now):
                return Refusal.MINUTES_SPENT
            connection.execute(
                insert(used_token).values(id=token.token_id, expires_at=token.expires_at)
            )
            connection.execute(
                insert(live_session).values(
                    id=session_id,
                    key_id=key.id,
                    opened_at=now,
                    seen_at=now,
                    server=self._server,
                )
            )
            _add_usage(connection, key.id, now, sessions=1, seconds=0.0)
            return None

    def _release(self, session_id: str, now: float) -> None:
        with self._engine.begin() as connection:
            self._account(connection, {session_id}, now)
            connection.execute(delete(live_session).where(live_session.c.id == session_id))

    def _check(self, session_ids: AbstractSet[str], now: float) -> dict[str, Refusal]:
        refused: dict[str, Refusal] = {}
        with self._engine.begin() as connection:
            self._restore(connection, session_ids, now)
            self._account(connection, session_ids, now)
            query = (
                select(
                    live_session.c.id,
                    live_session.c.key_id,
                    api_key.c.revoked_at,
                    api_key.c.max_sessions,
                    api_key.c.max_minutes_per_day,
                )
                .join(api_key)
                .where(live_session.c.seen_at >= now - _STALE_S)
                .order_by(live_session.c.opened_at, live_session.c.id)
            )
            running: Counter[str] = Counter()
            for row in connection.execute(query):
                running[row.key_id] += 1
                if row.revoked_at is not None:
                    refused[row.id] = Refusal.KEY_REVOKED
                elif row.max_sessions is not None and running[row.key_id] > row.max_sessions:
                    refused[row.id] = Refusal.TOO_MANY_SESSIONS
                elif _minutes_spent(connection, row.key_id, row.max_minutes_per_day, now):
                    refused[row.id] = Refusal.MINUTES_SPENT
        return {session_id: refused[session_id] for session_id in session_ids & refused.keys()}

    def _restore(self, connection: Connection, session_ids: AbstractSet[str], now: float) -> None:
        """Write sessions down again that others took for dead, as after a long while without us."""
        query = select(live_session.c.id).where(live_session.c.id.in_(session_ids))
        missing = session_ids - set(connection.execute(query).scalars())
        for session_id, running in list(self._running.items()):
            if session_id in missing:
                connection.execute(
                    insert(live_session).values(
                        id=session_id,
                        key_id=running.key_id,
                        opened_at=running.opened_at,
                        seen_at=now,
                        server=self._server,
                    )
                )

    def _account(self, connection: Connection, session_ids: AbstractSet[str], now: float) -> None:
        """Add the time since sessions were last seen to their keys' usage."""
        query = select(live_session).where(live_session.c.id.in_(session_ids))
        for row in connection.execute(query).all():
            seconds = max(0.0, now - row.seen_at)
            _add_usage(connection, row.key_id, now, sessions=0, seconds=seconds)
        connection.execute(
            update(live_session).where(live_session.c.id.in_(session_ids)).values(seen_at=now)
        )


def _day(now: float) -> date:
    return datetime.fromtimestamp(now, UTC).date()


def _minutes_spent(
    connection: Connection, key_id: str, max_minutes: int | None, now: float
) -> bool:
    if max_minutes is None:
        return False
    query = select(usage.c.seconds).where(usage.c.key_id == key_id, usage.c.day == _day(now))
    return (connection.execute(query).scalar() or 0.0) >= max_minutes * 60


def _add_usage(
    connection: Connection, key_id: str, now: float, *, sessions: int, seconds: float
) -> None:
    change = (
        update(usage)
        .where(usage.c.key_id == key_id, usage.c.day == _day(now))
        .values(sessions=usage.c.sessions + sessions, seconds=usage.c.seconds + seconds)
    )
    if connection.execute(change).rowcount:
        return
    # The day's first: the key's row is locked against a second one, where that matters.
    connection.execute(select(api_key.c.id).where(api_key.c.id == key_id).with_for_update())
    if not connection.execute(change).rowcount:
        connection.execute(
            insert(usage).values(key_id=key_id, day=_day(now), sessions=sessions, seconds=seconds)
        )


def _lock_setting(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("LOCK TABLE setting IN EXCLUSIVE MODE")
