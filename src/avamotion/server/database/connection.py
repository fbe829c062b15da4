"""Open the database, and bring its tables up to date."""

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from avamotion.errors import ConfigError

__all__ = ["open_database"]


def open_database(url: str) -> Engine:
    """Open a database.

    Args:
        url: A URL as SQLAlchemy takes it, or the path of an SQLite file.

    Raises:
        ConfigError: If it cannot be opened.
    """
    if "://" not in url:
        url = f"sqlite:///{url}"
    try:
        # A URL without a driver means psycopg, not the older one that SQLAlchemy thinks of.
        parsed = make_url(url)
        if parsed.drivername in ("postgres", "postgresql"):
            parsed = parsed.set(drivername="postgresql+psycopg")
        if parsed.get_backend_name() == "sqlite" and parsed.database:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(parsed, pool_pre_ping=True)
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _configure_sqlite)
            event.listen(engine, "begin", _begin_immediately)
        with engine.begin() as connection:
            config = Config()
            config.set_main_option("script_location", str(Path(__file__).with_name("migration")))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as exc:
        raise ConfigError(f"database.url: {exc}") from exc
    except (SQLAlchemyError, OSError) as exc:
        cause = getattr(exc, "orig", None) or exc
        raise ConfigError(f"database.url: the database cannot be opened: {cause}") from exc
    return engine


def _configure_sqlite(connection: Any, record: object) -> None:  # noqa: ANN401 - any DBAPI's
    # The driver's own transactions begin too late to be of use: see _begin_immediately.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "busy_timeout=5000", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_immediately(connection: Any) -> None:  # noqa: ANN401 - SQLAlchemy's
    """Take the write lock first: what a transaction reads stays true until it writes."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")
