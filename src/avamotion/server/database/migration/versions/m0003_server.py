"""Which server a session runs on."""

import sqlalchemy as sa
from alembic import op

__all__ = ["downgrade", "upgrade"]

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the column; of sessions that run now nobody knows."""
    op.add_column("live_session", sa.Column("server", sa.String(400)))


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("live_session", "server")
