"""What a face does whether or not it speaks: it sways, looks about, and breathes.

Nothing here depends on the sound, so it is drawn ahead in blocks from the stream's seed; the
same seed gives the same track, however it is read.

Shapes: T frames.
"""

from typing import Final

import numpy as np

from avamotion.media import FloatArray

__all__ = ["BREATH", "CHANCE", "GAZE", "N_COLUMNS", "STEADY", "SWAY", "IdleTrack"]

SWAY: Final = slice(0, 3)
"""Columns: slow yaw, pitch and roll of the head, in radians."""
GAZE: Final = slice(3, 5)
"""Columns: yaw and pitch of the eyes, in radians."""
STEADY: Final = 5
"""Column: 1 while the eyes rest, 0 in a saccade."""
CHANCE: Final = 6
"""Column: uniform in [0, 1), for whatever may happen at a frame."""
BREATH: Final = 7
"""Column: breath, 0 when breathed out and 1 when breathed in."""
N_COLUMNS: Final = 8

_FRAMES_PER_S: Final = 50
_BLOCK_FRAMES: Final = 250
_N_WAVES: Final = 4
_SWAY_RAD: Final = np.radians([3.0, 2.2, 1.3])
_SWAY_HZ: Final = (0.08, 0.7)
_GAZE_RAD: Final = np.radians([2.6, 1.5])
_FIXATION_S: Final = (0.5, 3.0)
_SACCADE_FRAMES: Final = 3
_BREATHS_HZ: Final = (0.22, 0.28)
_INHALING: Final = 0.4
"""Share of a breath that is breathed in."""


class IdleTrack:
    """An endless track of idle motion at 50 frames a second.

    Args:
        rng: Source of everything that happens.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        # Waves of random pitch and phase never repeat, and need no state.
        self._omega = 2 * np.pi * rng.uniform(*_SWAY_HZ, (_N_WAVES, 3)) / _FRAMES_PER_S
        self._phase = rng.uniform(0, 2 * np.pi, (_N_WAVES, 3))
        self._gaze = np.zeros(2)
        self._target = np.zeros(2)
        self._saccade_from = -_SACCADE_FRAMES
        self._until_frame = int(rng.uniform(*_FIXATION_S) * _FRAMES_PER_S)
        self._breaths_per_frame = rng.uniform(*_BREATHS_HZ) / _FRAMES_PER_S
        self._block_start = 0
        self._block = self._draw(0)

    def rows(self, start: int, n_frames: int) -> FloatArray:
        """Return the next rows, (T, 8).

        Args:
            start: First frame; never before the previous call's first frame.
            n_frames: T, at most 250.
        """
        while start + n_frames > self._block_start + len(self._block):
            end = self._block_start + len(self._block)
            keep = self._block[max(0, start - self._block_start) :]
            self._block = np.concatenate([keep, self._draw(end)])
            self._block_start = end - len(keep)
        offset = start - self._block_start
        return self._block[offset : offset + n_frames]

    def _draw(self, start: int) -> FloatArray:
        block = np.empty((_BLOCK_FRAMES, N_COLUMNS), dtype=np.float32)
        frames = np.arange(start, start + _BLOCK_FRAMES)
        waves = np.sin(frames[:, None, None] * self._omega + self._phase)
        block[:, SWAY] = waves.sum(axis=1) * (_SWAY_RAD / np.sqrt(_N_WAVES))
        block[:, CHANCE] = self._rng.random(_BLOCK_FRAMES)
        # It begins breathed out: a face that comes from rest must not jump.
        phase = frames * self._breaths_per_frame % 1
        halves = np.interp(phase, [0, _INHALING, 1], [0, 1, 2])
        block[:, BREATH] = 0.5 - 0.5 * np.cos(np.pi * halves)
        done = 0
        while done < _BLOCK_FRAMES:
            if start + done >= self._until_frame:
                self._gaze = self._target
                self._target = np.clip(self._rng.normal(0, 1, 2), -2, 2) * _GAZE_RAD
                seconds = self._rng.uniform(*_FIXATION_S)
                self._until_frame = start + done + _SACCADE_FRAMES + int(seconds * _FRAMES_PER_S)
                self._saccade_from = start + done
            end = min(_BLOCK_FRAMES, self._until_frame - start)
            block[done:end, GAZE], block[done:end, STEADY] = self._look(start + done, start + end)
            done = end
        return block

    def _look(self, start: int, end: int) -> tuple[FloatArray, FloatArray]:
        """Move from the last fixation to the next one, and stay there."""
        elapsed = np.arange(start, end) - self._saccade_from + 1
        progress = np.clip(elapsed / _SACCADE_FRAMES, 0, 1)[:, None]
        gaze = self._gaze + (self._target - self._gaze) * progress
        return gaze.astype(np.float32), (elapsed > _SACCADE_FRAMES).astype(np.float32)
