"""Migrations, run by Alembic."""

__all__: list[str] = []
