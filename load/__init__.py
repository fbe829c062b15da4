"""Load a Motion Server with real sessions, and say what the viewers saw."""

__all__: list[str] = []
