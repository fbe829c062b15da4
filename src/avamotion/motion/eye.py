"""Blinks: at random, rarely in mid-sentence, never in mid-saccade."""

from typing import Final

__all__ = ["Blinker"]

_CURVE: Final = (0.0, 0.35, 0.85, 1.0, 1.0, 0.8, 0.5, 0.28, 0.12, 0.04)
"""How closed the lids are, frame by frame."""
_PER_FRAME: Final = 0.19 / 50
_PER_FRAME_IN_PAUSE: Final = 0.6 / 50
_REST_FRAMES: Final = 45
"""Frames between two blinks at least."""


class Blinker:
    """Decides frame by frame how closed the lids are.

    Together with the rests, its rates make about 9 blinks a minute in speech and 20 in silence.
    """

    def __init__(self) -> None:
        self._phase = 0
        self._since_frames = 0

    def advance(self, chance: float, *, speaking: bool, steady: bool) -> float:
        """Return how closed the lids are at the next frame, 0 to 1.

        Args:
            chance: The dice: uniform in [0, 1).
            speaking: Whether there is speech: then blinks are rarer.
            steady: Whether the eyes rest; no blink begins in a saccade.
        """
        self._since_frames += 1
        if self._phase:
            self._phase = (self._phase + 1) % len(_CURVE)
            self._since_frames = 0
        elif steady and self._since_frames > _REST_FRAMES:
            self._phase = int(chance < (_PER_FRAME if speaking else _PER_FRAME_IN_PAUSE))
        return _CURVE[self._phase]
