"""Speech in, facial motion out."""

__all__: list[str] = []
