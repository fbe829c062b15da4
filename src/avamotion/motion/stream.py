"""One turn on its way through the engine: what has come of its sound, and what is due of its face.

Shapes: B streams, T hops.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np

from avamotion.media import FloatArray, MotionFrame
from avamotion.motion.coarticulation import DELAY_HOPS
from avamotion.motion.eye import Blinker
from avamotion.motion.feature import HOP_SAMPLES
from avamotion.motion.idle import IdleTrack
from avamotion.motion.memory import Batch
from avamotion.motion.mixer import traits
from avamotion.motion.style import MotionStyle

__all__ = ["FRAME_MS", "FRAME_US", "MixedRows", "MotionStream"]

FRAME_US: Final = 20_000
"""Microseconds from one frame to the next."""
FRAME_MS: Final = FRAME_US / 1000

_POSE_CENTRE_MS: Final = FRAME_MS / 2
"""A hop's pose is that of its middle, its frame is shown from its beginning."""


@dataclass(frozen=True, slots=True, eq=False)
class MixedRows:
    """Mixed frames with everything but the weights as Python numbers."""

    weights: FloatArray
    heads: list[list[list[float]]]
    gazes: list[list[list[float]]]


class MotionStream:
    """The sound of one turn, and how far its face has come. Made by :meth:`MotionEngine.open`.

    A stream may be pushed to and finished from one thread while the engine steps *other* streams
    in another, but never while the engine steps this one. Its attributes are the engine's.

    Args:
        style: How the face moves.
        lookahead_hops: How far the network listens ahead when it hears a hop first.
        heads: Which of its heads hears a hop first, and which hears it again.
    """

    def __init__(self, style: MotionStyle, *, lookahead_hops: int, heads: list[int]) -> None:
        self._style = style
        self.heads = heads
        self.traits = traits(style)
        self.new_traits: FloatArray | None = None
        self.track = IdleTrack(np.random.default_rng(style.seed))
        self.blinker = Blinker()
        self.lookahead_hops = lookahead_hops
        # Frame k shows the poses k + shift and the next one, blended.
        shift, self.blend = divmod((style.lead_ms - _POSE_CENTRE_MS) / FRAME_MS, 1.0)
        self._delay_hops = lookahead_hops + DELAY_HOPS + int(shift) + bool(self.blend) + 1
        self._pieces: deque[FloatArray] = deque()
        self._n_held_samples = 0
        self._n_samples = 0
        self.n_hops_done = 0
        self._finished = False
        self.place: tuple[Batch, int] | None = None

    @property
    def pending_hops(self) -> int:
        """Hops that the next step would process."""
        return self._n_held_samples // HOP_SAMPLES

    @property
    def delay_us(self) -> int:
        """How much sound beyond its own time a frame waits for, in microseconds."""
        return self._delay_hops * FRAME_US

    @property
    def finished(self) -> bool:
        """Whether :meth:`finish` was called."""
        return self._finished

    def push(self, samples: FloatArray) -> None:
        """Add sound.

        What is no number counts as silence, what is louder than full scale as full scale.

        Args:
            samples: Mono sound at 16 kHz, (N,), nominally in [-1, 1]; N may be 0.

        Raises:
            ValueError: If the stream is finished, or the samples are not one-dimensional.
        """
        if self._finished:
            raise ValueError("the turn is finished: open a new stream for more sound")
        if samples.ndim != 1:
            raise ValueError(f"samples must be mono, (N,), not {samples.shape}")
        if len(samples):
            self._hold(samples.astype(np.float32))  # a copy: the caller may reuse its buffer
            self._n_samples += len(samples)

    def finish(self) -> None:
        """Say that the turn has no more sound: the next step gives all its remaining frames."""
        if self._finished:
            return
        self._finished = True
        n_hops = self._total_frames() + self._delay_hops - 1
        n_missing = n_hops * HOP_SAMPLES - self._n_samples
        if self._n_samples and n_missing > 0:
            self._hold(np.zeros(n_missing, dtype=np.float32))

    def restyle(self, style: MotionStyle) -> None:
        """Move otherwise from the next hop on, without a jump.

        Only ``lead_ms``, ``lookahead_ms`` and ``seed`` stay what they were: a turn keeps them.
        """
        self.new_traits = traits(style)

    def _total_frames(self) -> int:
        return -(-self._n_samples // HOP_SAMPLES)

    def _hold(self, samples: FloatArray) -> None:
        self._pieces.append(samples)
        self._n_held_samples += len(samples)

    def fill(self, row: FloatArray) -> None:
        """Move as many of the held samples as a row takes."""
        n_filled = 0
        while n_filled < len(row):
            piece = self._pieces.popleft()
            n_taken = min(len(piece), len(row) - n_filled)
            row[n_filled : n_filled + n_taken] = piece[:n_taken]
            n_filled += n_taken
            if n_taken < len(piece):
                self._pieces.appendleft(piece[n_taken:])
        self._n_held_samples -= n_filled

    def accept(self, mixed: MixedRows, row: int, n_hops: int) -> list[MotionFrame]:
        """Turn the poses of a step into the frames that are due."""
        self.n_hops_done += n_hops
        newest = self.n_hops_done - self._delay_hops
        oldest = newest - n_hops + 1
        last = min(newest, self._total_frames() - 1) if self._finished else newest
        # A copy, so that a frame that is kept does not keep the whole batch.
        weights = mixed.weights[row].copy()
        frames = []
        for index in range(max(oldest, 0), last + 1):
            hop = index - oldest
            x, y, z, w = mixed.heads[row][hop]
            yaw, pitch = mixed.gazes[row][hop]
            frames.append(MotionFrame(index * FRAME_US, weights[hop], (x, y, z, w), (yaw, pitch)))
        return frames
