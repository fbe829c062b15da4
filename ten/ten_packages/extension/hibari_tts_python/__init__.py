"""TEN extension that speaks English with the neural voice of hibari-tts."""

from . import addon

__all__ = ["addon"]
