"""One module for every change of the tables."""

__all__: list[str] = []
