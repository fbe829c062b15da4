"""Migrations lead to the tables that the code expects, from every version, and back."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Engine, insert, inspect, select, text

from avamotion.server.database import connection as database
from avamotion.server.database.connection import open_database
from avamotion.server.database.schema import api_key, app, live_session, metadata
from tests.server.empty_database import DATABASES, empty_database

MIGRATIONS = Path(database.__file__).with_name("migration")


@pytest.fixture(params=DATABASES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with empty_database(request.param, tmp_path) as address:
        yield address


def migrate(engine: Engine, direction: str, revision: str) -> None:
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        getattr(command, direction)(config, revision)


def test_a_new_database_has_the_tables_of_the_code(url: str) -> None:
    engine = open_database(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_an_old_database_is_brought_up_to_date_and_keeps_what_it_has(url: str) -> None:
    engine = open_database(url)
    migrate(engine, "downgrade", "0001")
    assert not {"avatar", "avatar_file"} & set(inspect(engine).get_table_names())
    key = {"id": "k1", "app_id": "a1", "hash": "h", "created_at": 1}
    with engine.begin() as connection:
        connection.execute(insert(app).values(id="a1", name="shop", created_at=1))
        connection.execute(insert(api_key).values(**key))
        connection.execute(
            text("INSERT INTO live_session (id, key_id, opened_at, seen_at) VALUES ('s','k1',1,1)")
        )
    engine.dispose()
    engine = open_database(url)
    with engine.connect() as connection:
        assert connection.execute(select(api_key.c.id)).scalars().all() == ["k1"]
        (session,) = connection.execute(select(live_session)).all()
        assert (session.id, session.server) == ("s", None)
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


def test_everything_can_be_taken_back(url: str) -> None:
    engine = open_database(url)
    migrate(engine, "downgrade", "base")
    assert set(inspect(engine).get_table_names()) <= {"alembic_version"}
    engine.dispose()
