"""Apps, keys and usage, for whoever runs the servers."""

import hashlib
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, func, insert, select, update

from avamotion.errors import ConfigError
from avamotion.server.database.schema import api_key, app, usage

__all__ = ["KeyRow", "KeyTable", "UsageRow", "hash_secret", "split_key"]

_PREFIX = "avk"


@dataclass(frozen=True, slots=True)
class KeyRow:
    """What may be shown of a key."""

    id: str
    app_id: str
    app_name: str
    max_sessions: int | None
    max_minutes_per_day: int | None
    created_at: int
    revoked_at: int | None


@dataclass(frozen=True, slots=True)
class UsageRow:
    """What an app has used on one day (UTC)."""

    day: date
    app_id: str
    app_name: str
    sessions: int
    minutes: float


def hash_secret(secret: str) -> str:
    """Hash the secret part of a key. It has 256 random bits, so that one round is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def split_key(text: str) -> tuple[str, str] | None:
    """Split a key into its public name and its secret; None if it is none."""
    parts = text.split("_", 2)
    return (parts[1], parts[2]) if len(parts) == 3 and parts[0] == _PREFIX else None


class KeyTable:
    """Reads and writes the tables of keys.

    Args:
        engine: The database.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def create(
        self,
        app_name: str,
        *,
        max_sessions: int | None = None,
        max_minutes_per_day: int | None = None,
    ) -> tuple[str, str]:
        """Make a key for an app, and the app if there is none of that name.

        Returns:
            The app's id, and the key: it is shown now or never.

        Raises:
            ConfigError: If the name is empty or too long.
        """
        if not 0 < len(app_name) <= 200:
            raise ConfigError("--app: an app's name has 1 to 200 characters")
        now = int(time.time())
        key_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
        with self._engine.begin() as connection:
            app_id = self._app_id(connection, app_name, now)
            connection.execute(
                insert(api_key).values(
                    id=key_id,
                    app_id=app_id,
                    hash=hash_secret(secret),
                    max_sessions=max_sessions,
                    max_minutes_per_day=max_minutes_per_day,
                    created_at=now,
                )
            )
        return app_id, f"{_PREFIX}_{key_id}_{secret}"

    def all_keys(self) -> list[KeyRow]:
        """Return all keys, the oldest first."""
        columns: Any = (
            api_key.c.id,
            app.c.id.label("app_id"),
            app.c.name.label("app_name"),
            api_key.c.max_sessions,
            api_key.c.max_minutes_per_day,
            api_key.c.created_at,
            api_key.c.revoked_at,
        )
        query = select(*columns).join(app).order_by(api_key.c.created_at, api_key.c.id)
        with self._engine.connect() as connection:
            return [KeyRow(*row) for row in connection.execute(query)]

    def revoke(self, key_id: str) -> None:
        """Make a key useless; its sessions end within half a minute.

        Raises:
            ConfigError: If there is no such key that is good.
        """
        self._change(key_id, {"revoked_at": int(time.time())})

    def limit(
        self, key_id: str, *, max_sessions: int | None, max_minutes_per_day: int | None
    ) -> None:
        """Change a key's limits; None takes a limit away.

        Raises:
            ConfigError: If there is no such key that is good.
        """
        self._change(
            key_id, {"max_sessions": max_sessions, "max_minutes_per_day": max_minutes_per_day}
        )

    def usage(self, *, days: int, today: date | None = None) -> list[UsageRow]:
        """Return what apps have used on the last days, the newest first."""
        today = today or datetime.now(UTC).date()
        columns: Any = (
            usage.c.day,
            app.c.id,
            app.c.name,
            func.sum(usage.c.sessions),
            func.sum(usage.c.seconds) / 60,
        )
        query = (
            select(*columns)
            .join(api_key, api_key.c.id == usage.c.key_id)
            .join(app, app.c.id == api_key.c.app_id)
            .where(usage.c.day > today - timedelta(days=days))
            .group_by(usage.c.day, app.c.id, app.c.name)
            .order_by(usage.c.day.desc(), app.c.name)
        )
        with self._engine.connect() as connection:
            return [UsageRow(*row) for row in connection.execute(query)]

    def _change(self, key_id: str, values: dict[str, int | None]) -> None:
        change = (
            update(api_key)
            .where(api_key.c.id == key_id, api_key.c.revoked_at.is_(None))
            .values(values)
        )
        with self._engine.begin() as connection:
            if connection.execute(change).rowcount == 0:
                raise ConfigError(f"{key_id}: no such key; avamotion keys list shows them")

    def _app_id(self, connection: Connection, name: str, now: int) -> str:
        found = connection.execute(select(app.c.id).where(app.c.name == name)).scalar()
        if found is not None:
            return str(found)
        app_id = f"app_{secrets.token_hex(8)}"
        connection.execute(insert(app).values(id=app_id, name=name, created_at=now))
        return app_id
