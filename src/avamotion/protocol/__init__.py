"""What the wires say, without moving a byte."""

__all__: list[str] = []
