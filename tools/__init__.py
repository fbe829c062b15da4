"""Programs that build what the repository ships."""

__all__: list[str] = []
