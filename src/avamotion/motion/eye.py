"""Blinks: at random, rarely in mid-sentence, never in mid-saccade."""

from typing import Final

import numpy as np
import numpy.typing as npt

from avamotion.media import FloatArray

__all__ = ["Blinker", "urges"]

_CURVE: Final = (0.0, 0.35, 0.85, 1.0, 1.0, 0.8, 0.5, 0.28, 0.12, 0.04)
"""How closed the lids are, frame by frame."""
_PER_FRAME, _PER_FRAME_IN_PAUSE = np.float32(0.19 / 50), np.float32(0.6 / 50)
_REST_FRAMES: Final = 45
"""Frames between two blinks at least."""


def urges(chances: FloatArray, voices: FloatArray, steady: FloatArray) -> npt.NDArray[np.bool_]:
    """Say at which frames a blink may begin, (B, T).

    Args:
        chances: The dice, (B, T): uniform in [0, 1).
        voices: How certainly somebody speaks, (B, T): then blinks are rarer.
        steady: Above 0 where the eyes rest, (B, T); no blink begins in a saccade.
    """
    rates = np.where(voices > np.float32(0.5), _PER_FRAME, _PER_FRAME_IN_PAUSE)
    return (chances < rates) & (steady > 0)


class Blinker:
    """Decides frame by frame how closed the lids are.

    Together with the rests, the rates make about 9 blinks a minute in speech and 20 in silence.
    """

    def __init__(self) -> None:
        self._phase = 0
        self._since_frames = 0

    @property
    def blinking(self) -> bool:
        """Whether a blink has begun and not ended."""
        return self._phase > 0

    def wait(self, n_frames: int) -> None:
        """Let frames pass in which no blink goes on and none may begin."""
        self._since_frames += n_frames

    def advance(self, *, urge: bool) -> float:
        """Return how closed the lids are at the next frame, 0 to 1.

        Args:
            urge: Whether a blink may begin here.
        """
        self._since_frames += 1
        if self._phase:
            self._phase = (self._phase + 1) % len(_CURVE)
            self._since_frames = 0
        elif urge and self._since_frames > _REST_FRAMES:
            self._phase = 1
        return _CURVE[self._phase]
