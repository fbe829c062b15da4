"""Sound that was handed to an SDK, and how it ends without a click when the rest is dropped.

Shapes: N samples.
"""

import math
from collections import deque
from typing import Final

import numpy as np

from avamotion.media import FloatArray

__all__ = ["SoundTail"]

# An SDK may hold this much of the future, and a little more.
_KEPT_S: Final = 0.4
# SDKs take their sound in pieces of 10 ms: where one stops is a whole number of these.
_PIECE_S: Final = 0.01


class SoundTail:
    """Remembers the newest sound, and about how much of it an SDK has not played yet.

    An SDK that is told to drop what it holds stops within a sound wave, which is heard as a click.
    So what would have come next is handed to it once more, faded to silence. SDKs do not say where
    they stopped: it is computed from when the sound was handed over, as if they took a piece every
    10 ms. Where it is known when they do, that is right; else it is right three times in four, or
    the fade begins one piece off.

    Args:
        sample_rate_hz: Of the sound.
        tick_at: A time at which the SDK took a piece, or None if that is not known.
    """

    def __init__(self, sample_rate_hz: int, *, tick_at: float | None = None) -> None:
        self._piece_samples = round(_PIECE_S * sample_rate_hz)
        self._kept_samples = round(_KEPT_S * sample_rate_hz)
        self._known_tick_at = tick_at
        self._tick_at = 0.0
        self._ticks = 0
        self._pieces: deque[FloatArray] = deque()
        self._n_samples = 0
        self._n_held = 0

    def push(self, samples: FloatArray, *, now: float) -> None:
        """Note sound that is handed over, (N,)."""
        self._play(now)
        if not self._n_held:  # the SDK has run dry: what was before is over
            self._pieces.clear()
            self._n_samples = 0
            known = self._known_tick_at
            # Half a piece from now is the best guess: it is wrong by no more than that.
            self._tick_at = now + _PIECE_S / 2 if known is None else known
            self._ticks = self._ticks_by(now)
        self._pieces.append(samples)
        self._n_samples += len(samples)
        self._n_held += len(samples)
        while self._n_samples - len(self._pieces[0]) > self._kept_samples:
            self._n_samples -= len(self._pieces.popleft())

    def cut(self, *, now: float) -> FloatArray:
        """Note that what the SDK holds is dropped.

        Returns:
            What to hand to it instead: 10 ms that go on where it stopped and end in silence, and
            10 ms of silence, (N,). Nothing, (0,), if it had come to an end by itself, or not begun.
        """
        self._play(now)
        unheard = self._n_held
        sound = np.concatenate([*self._pieces, np.zeros(0, np.float32)])
        self._pieces.clear()
        self._n_samples = self._n_held = 0
        if not 0 < unheard < len(sound):
            return np.zeros(0, np.float32)
        faded = sound[-unheard:][: self._piece_samples]
        n = len(faded)
        fade = np.float32(0.5) + np.float32(0.5) * np.cos(
            np.pi * np.arange(1, n + 1, dtype=np.float32) / n
        )
        tail = np.concatenate([faded * fade, np.zeros(2 * self._piece_samples - n, np.float32)])
        self._pieces.append(tail)  # what is pushed next comes after it
        self._n_samples = self._n_held = len(tail)
        return tail

    def _play(self, now: float) -> None:
        """Note what the SDK has taken by now."""
        ticks = self._ticks_by(now)
        self._n_held = max(0, self._n_held - (ticks - self._ticks) * self._piece_samples)
        self._ticks = ticks

    def _ticks_by(self, now: float) -> int:
        return math.floor((now - self._tick_at) / _PIECE_S)
