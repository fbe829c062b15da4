"""TEN extension that gives an agent's speech a face."""

from . import addon

__all__ = ["addon"]
