"""Alembic's entry: runs the migrations on the connection that it is handed."""

from alembic import context
from sqlalchemy import text

from avamotion.server.database.schema import metadata

__all__: list[str] = []

# Any number that no other program's lock has.
_LOCK = 0x61766D6F

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata)
with context.begin_transaction():
    if connection.dialect.name == "postgresql":
        # Servers that start together must not migrate together.
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
    context.run_migrations()
