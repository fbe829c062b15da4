"""TEN extension that brings a graph into a channel of a Motion Server."""

from . import addon

__all__ = ["addon"]
