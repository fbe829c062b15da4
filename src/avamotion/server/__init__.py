"""The Motion Server: sockets, tasks, configuration."""

__all__: list[str] = []
