"""Ways out: every channel behind one interface."""

__all__: list[str] = []
