"""TEN extension that decides what is said, and when to be silent."""

from . import addon

__all__ = ["addon"]
