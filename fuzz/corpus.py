"""What the fuzzer starts from: valid inputs, and those that once showed something new."""

from hashlib import sha256
from pathlib import Path

__all__ = ["keep", "load"]

_FOLDER = Path(__file__).with_name("inputs")


def load(target: str) -> list[bytes]:
    """Return the inputs of a target, in a fixed order."""
    return [path.read_bytes() for path in sorted((_FOLDER / target).iterdir())]


def keep(target: str, data: bytes) -> Path:
    """Add an input to a target's corpus."""
    folder = _FOLDER / target
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / sha256(data).hexdigest()[:16]
    path.write_bytes(data)
    return path
