"""The tables. Changes to them are migrations, see the folder beside this file."""

from sqlalchemy import (
    Column,
    Date,
    Float,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

__all__ = [
    "api_key",
    "app",
    "avatar",
    "avatar_file",
    "live_session",
    "metadata",
    "setting",
    "usage",
    "used_token",
]

metadata = MetaData()

app = Table(
    "app",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", String(200), nullable=False, unique=True),
    Column("created_at", Integer, nullable=False),
)

# Of a key only a hash is kept: whoever reads the database cannot use it.
api_key = Table(
    "api_key",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("app_id", String(32), ForeignKey("app.id"), nullable=False, index=True),
    Column("hash", String(64), nullable=False),
    Column("max_sessions", Integer),
    Column("max_minutes_per_day", Integer),
    Column("created_at", Integer, nullable=False),
    Column("revoked_at", Integer),
)

used_token = Table(
    "used_token",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("expires_at", Integer, nullable=False, index=True),
)

live_session = Table(
    "live_session",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("key_id", String(32), ForeignKey("api_key.id"), nullable=False, index=True),
    Column("opened_at", Float, nullable=False),
    Column("seen_at", Float, nullable=False),
    Column("server", String(400)),
)

usage = Table(
    "usage",
    metadata,
    Column("key_id", String(32), ForeignKey("api_key.id"), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("sessions", Integer, nullable=False),
    Column("seconds", Float, nullable=False),
)

# What all servers of a fleet must agree on.
setting = Table(
    "setting",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", String(500), nullable=False),
)

# The digest covers description and files: an avatar that was replaced has another one.
avatar = Table(
    "avatar",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("description", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("created_at", Integer, nullable=False),
)

avatar_file = Table(
    "avatar_file",
    metadata,
    Column("avatar_id", String(64), ForeignKey("avatar.id"), primary_key=True),
    Column("name", String(100), primary_key=True),
    Column("content", LargeBinary, nullable=False),
)
