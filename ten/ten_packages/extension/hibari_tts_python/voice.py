"""The neural voice itself."""

import importlib
from typing import Any, Protocol

import numpy as np

from .config import Manner, VoiceConfig
from .timbre import NATURAL, Curve, Curves, Timbre, move

__all__ = ["HibariVoice", "Voice", "VoiceError"]


class VoiceError(Exception):
    """Raised when a voice cannot be had; the message says what to do."""


class Voice(Protocol):
    """Turns sentences into sound. It is called from one thread at a time."""

    def split(self, text: str) -> list[str]:
        """Cut a text into sentences."""
        ...

    def speak(self, sentence: str, manner: Manner) -> bytes:
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
            self._dsp: Any = importlib.import_module("hibari.dsp")
        except ModuleNotFoundError as exc:
            raise VoiceError("the voice is not installed: pip install hibari-tts") from exc
        try:
            self._tts = hibari.Hibari(voice=config.voice, threads=config.threads)
        except (KeyError, ValueError) as exc:
            raise VoiceError(f"params.voice: hibari-tts has no voice {config.voice!r}") from exc
        except (OSError, RuntimeError) as exc:
            raise VoiceError(f"the voice {config.voice!r} cannot be loaded: {exc}") from exc
        self._noise = np.random.default_rng()
        self.speak("Warm up.", config.manner)

    def split(self, text: str) -> list[str]:
        """Cut a text into sentences."""
        sentences: list[str] = self._tts.split_sentences(text)
        return sentences

    def speak(self, sentence: str, manner: Manner) -> bytes:
        """Return PCM, s16le mono at 24 kHz."""
        if manner.timbre is NATURAL:
            samples = self._tts(sentence, speed=manner.speed)
        else:
            pieces = [
                self._moved(phonemes, manner.speed, manner.timbre)
                for phonemes in self._tts.phonemize(sentence)
            ]
            samples = np.concatenate(pieces) if pieces else np.zeros(0, dtype=np.float32)
        pcm: bytes = (np.clip(samples, -1.0, 1.0) * 32767.0).astype("<i2").tobytes()
        return pcm

    def _moved(self, phonemes: str, speed: float, timbre: Timbre) -> Curve:
        """Synthesize in another voice: what hibari does, with the curves moved in between."""
        ids = np.array([self._tts.ids(phonemes)], dtype=np.int64)
        asked = {"ids": ids, "speed": np.array([speed], dtype=np.float32)}
        curves: Curves = tuple(curve[0] for curve in self._tts.sess.run(None, asked))
        samples: Curve = self._dsp.synth(*move(curves, timbre), self._noise)
        return samples
