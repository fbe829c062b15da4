"""The channel that we host: who is in it, and who receives what."""

__all__: list[str] = []
