"""The neural voice itself."""

import importlib
from typing import Any, Protocol

import numpy as np

from .config import VoiceConfig

__all__ = ["HibariVoice", "Voice", "VoiceError"]


class VoiceError(Exception):
    """Raised when a voice cannot be had; the message says what to do."""


class Voice(Protocol):
    """Turns sentences into sound. It is called from one thread at a time."""

    def split(self, text: str) -> list[str]:
        """Cut a text into sentences."""
        ...

    def speak(self, sentence: str) -> bytes:
        """Return PCM, s16le mono at 24 kHz; empty if there is nothing to pronounce."""
        ...


class HibariVoice:
    """A voice of hibari-tts, loaded and warm.

    Args:
        config: Which voice, and how.

    Raises:
        VoiceError: If the package or the voice is missing.
    """

    def __init__(self, config: VoiceConfig) -> None:
        try:
            # Loaded late, so that the graph is up before half a second of imports is over.
            hibari: Any = importlib.import_module("hibari")
        except ModuleNotFoundError as exc:
            raise VoiceError("the voice is not installed: pip install hibari-tts") from exc
        try:
            self._tts = hibari.Hibari(voice=config.voice, threads=config.threads)
        except (KeyError, ValueError) as exc:
            raise VoiceError(f"params.voice: hibari-tts has no voice {config.voice!r}") from exc
        except (OSError, RuntimeError) as exc:
            raise VoiceError(f"the voice {config.voice!r} cannot be loaded: {exc}") from exc
        self._speed = config.speed
        self.speak("Warm up.")

    def split(self, text: str) -> list[str]:
        """Cut a text into sentences."""
        sentences: list[str] = self._tts.split_sentences(text)
        return sentences

    def speak(self, sentence: str) -> bytes:
        """Return PCM, s16le mono at 24 kHz."""
        samples = self._tts(sentence, speed=self._speed)
        pcm: bytes = (np.clip(samples, -1.0, 1.0) * 32767.0).astype("<i2").tobytes()
        return pcm
