"""What the server and its inference process tell each other: one pickle a round, each way.

Both ends are the same program and the socket between them is private, so that pickles are safe.
Named tuples of plain values, because they are quick to pickle.

Shapes: N blocks of 20 ms, S samples a block, M blend shapes.
"""

import pickle
from collections.abc import Iterable, Sequence
from itertools import repeat
from typing import Final, NamedTuple, Self

import numpy as np

from avamotion.media import FloatArray, MotionFrame
from avamotion.motion.style import MotionStyle
from avamotion.playout.packet import NO_SAMPLES, MediaBlock, MediaNeed

__all__ = [
    "LENGTH_BYTES",
    "Poses",
    "Round",
    "RoundResult",
    "TurnResult",
    "TurnSetup",
    "TurnWork",
    "pack",
    "unpack",
]

LENGTH_BYTES: Final = 4
"""In front of every pickle, its length in this many bytes, big-endian."""


class TurnSetup(NamedTuple):
    """How a turn comes and goes.

    Attributes:
        ogg_opus: Whether its sound comes as Ogg Opus; else as PCM.
        sample_rate_hz: Of the PCM.
        style: How the face moves.
        need: What its blocks must carry.
        opus_bitrate_bps: Of the packets, if they are needed.
        opus_complexity: The encoder's effort, 0 to 10.
    """

    ogg_opus: bool
    sample_rate_hz: int
    style: MotionStyle
    need: MediaNeed
    opus_bitrate_bps: int
    opus_complexity: int


class TurnWork(NamedTuple):
    """The next piece of a turn.

    Attributes:
        data: The sound as it came.
        pad: Whether silence comes after it, so that the engine lets go of what it looks ahead at.
        finish: Whether the turn ends there.
        style: How the face moves from here on, if otherwise than so far.
    """

    data: bytes
    pad: bool = False
    finish: bool = False
    style: MotionStyle | None = None


class Poses(NamedTuple):
    """Frames in three arrays: one array is pickled in the time of one float.

    Attributes:
        pts_us: Of the frames, (N,).
        weights: (N, M).
        heads: (N, 4).
        gazes: (N, 2).
    """

    pts_us: list[int]
    weights: FloatArray
    heads: list[tuple[float, float, float, float]]
    gazes: list[tuple[float, float]]

    @classmethod
    def of(cls, frames: Sequence[MotionFrame]) -> Self:
        """Pack frames; at least one."""
        return cls(
            [frame.pts_us for frame in frames],
            np.stack([frame.weights for frame in frames]),
            [frame.head for frame in frames],
            [frame.gaze for frame in frames],
        )

    def frames(self) -> list[MotionFrame]:
        """Return the frames."""
        return list(map(MotionFrame, self.pts_us, self.weights, self.heads, self.gazes))


class TurnResult(NamedTuple):
    """The blocks that a piece has completed.

    Attributes:
        n_blocks: How many there are.
        finished: Whether they are the turn's last.
        samples: Their sound at the playout's rate, (N, S), if it is needed.
        opus: Their Opus packets, if they are needed.
        poses: Their frames, one each, if they are needed; None also if the turn has no frame.
        motion: Each frame encoded for our own clients, if that is needed.
    """

    n_blocks: int
    finished: bool
    samples: FloatArray | None
    opus: Sequence[bytes]
    poses: Poses | None
    motion: Sequence[bytes]

    def blocks(self, *, sound_at: float) -> list[MediaBlock]:
        """Return the blocks.

        Args:
            sound_at: When the newest sound that they needed arrived, in seconds.
        """
        samples: Iterable[FloatArray] = repeat(NO_SAMPLES) if self.samples is None else self.samples
        opus = self.opus or repeat(b"")
        frames: Iterable[tuple[MotionFrame, ...]] = repeat(())
        if self.poses is not None:
            frames = ((frame,) for frame in self.poses.frames())
        motion: Iterable[tuple[bytes, ...]] = repeat(())
        if self.motion:
            motion = ((encoded,) for encoded in self.motion)
        media = zip(range(self.n_blocks), samples, opus, frames, motion, strict=False)
        return [MediaBlock(s, o, f, m, sound_at) for _, s, o, f, m in media]


class Round(NamedTuple):
    """What the process is to do next.

    Attributes:
        closed: Turns that nobody waits for any more.
        opened: Turns that begin.
        work: The next pieces of different turns.
    """

    closed: Sequence[int]
    opened: dict[int, TurnSetup]
    work: dict[int, TurnWork]


class RoundResult(NamedTuple):
    """What a round has given.

    Attributes:
        outcomes: What came out of each piece, in their order, or what went wrong.
        seconds: How long it took.
        cpu_s: CPU time of decoding, the motion model and Opus.
    """

    outcomes: Sequence[TurnResult | Exception]
    seconds: float
    cpu_s: float


def pack(message: object) -> bytes:
    """Return a message as bytes, with its length in front."""
    data = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    return len(data).to_bytes(LENGTH_BYTES, "big") + data


def unpack(data: bytes) -> object:
    """Return the message that was packed; ``data`` comes without its length."""
    return pickle.loads(data)
