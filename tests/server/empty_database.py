"""Databases to test with."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

__all__ = ["DATABASES", "empty_database"]

# A server to test with, for example postgresql://postgres@localhost/postgres.
_POSTGRESQL = os.environ.get("AVAMOTION_TEST_POSTGRESQL", "")
DATABASES = [
    "sqlite",
    pytest.param(
        "postgresql",
        marks=pytest.mark.skipif(not _POSTGRESQL, reason="AVAMOTION_TEST_POSTGRESQL is not set"),
    ),
]


@contextmanager
def empty_database(kind: str, folder: Path) -> Iterator[str]:
    """Return the URL of a database that is empty, and gone in the end."""
    if kind == "sqlite":
        yield str(folder / "deep" / "keys.sqlite3")
        return
    name = f"test_{uuid.uuid4().hex}"
    admin = create_engine(
        _POSTGRESQL.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT"
    )
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield _POSTGRESQL.rpartition("/")[0] + "/" + name
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()
