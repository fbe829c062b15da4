"""Sound: whatever came in becomes mono float32; what goes out becomes Opus."""

__all__: list[str] = []
