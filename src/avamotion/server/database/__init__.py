"""Apps, API keys and usage in a database: SQLite for one machine, PostgreSQL for many."""

__all__: list[str] = []
