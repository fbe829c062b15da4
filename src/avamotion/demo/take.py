"""Sound and motion of a recording on one time line.

Shapes: N samples, F frames, C blend shapes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from avamotion.audio.opus import OPUS_RATE_HZ, OpusDecoder
from avamotion.demo.recording import TurnRecord
from avamotion.errors import AudioError
from avamotion.media import N_BLENDSHAPES, FloatArray, MotionFrame

__all__ = ["Take", "TimeArray", "render"]

TimeArray = npt.NDArray[np.float64]

_OPUS_DELAY_SAMPLES: Final = 312
"""6.5 ms: what an Opus decoder at 48 kHz puts out before the sound that went in."""
_US_PER_S: Final = 1e6


@dataclass(frozen=True, slots=True, eq=False)
class Take:
    """A recording as one would watch it.

    Attributes:
        samples: The sound at 48 kHz, (N,); silence where nothing came.
        times_s: When each frame is shown, (F,).
        values: Blend-shape weights in the order of ``BLENDSHAPES``, (F, C).
        head: Head rotations, unit quaternions (x, y, z, w), (F, 4).
        gaze: Yaw and pitch of the eyes in radians, (F, 2).
        n_undecodable: Packets whose sound could not be decoded.
    """

    samples: FloatArray
    times_s: TimeArray
    values: FloatArray
    head: FloatArray
    gaze: FloatArray
    n_undecodable: int


def render(turns: Sequence[TurnRecord]) -> Take:
    """Lay turns out as a viewer without playout delay would play them.

    A turn begins when its first packet came, or when the turn before it is over. One that was
    interrupted ends where it was when the interrupt came.
    """
    heard = [turn for turn in turns if turn.arrivals]
    pieces: list[tuple[int, FloatArray]] = []
    frames: list[tuple[float, MotionFrame]] = []
    n_undecodable = 0
    free_s = 0.0
    for turn in heard:
        begins_s = max(free_s, turn.arrivals[0].at - heard[0].arrivals[0].at)
        samples, n_bad = _decode(turn)
        n_undecodable += n_bad
        limit_s = np.inf
        if turn.cleared_at is not None:
            limit_s = max(0.0, turn.cleared_at - turn.arrivals[0].at)
            samples = samples[: round(limit_s * OPUS_RATE_HZ)]
        pieces.append((round(begins_s * OPUS_RATE_HZ), samples))
        for arrival in turn.arrivals:
            frames += (
                (begins_s + frame.pts_us / _US_PER_S, frame)
                for frame in arrival.packet.frames
                if frame.pts_us / _US_PER_S < limit_s
            )
        free_s = begins_s + len(samples) / OPUS_RATE_HZ
    return Take(
        samples=_lay_out(pieces),
        times_s=np.array([time_s for time_s, _ in frames], np.float64),
        values=_rows([frame.weights for _, frame in frames], N_BLENDSHAPES),
        head=_rows([frame.head for _, frame in frames], 4),
        gaze=_rows([frame.gaze for _, frame in frames], 2),
        n_undecodable=n_undecodable,
    )


def _decode(turn: TurnRecord) -> tuple[FloatArray, int]:
    """Return the sound of a turn from its media time 0, and how much of it was no sound."""
    decoder = OpusDecoder()
    pieces: list[tuple[int, FloatArray]] = []
    n_bad = 0
    for arrival in turn.arrivals:
        packet = arrival.packet
        if not packet.opus:
            continue
        try:
            samples = decoder.decode(packet.opus)
        except AudioError:
            n_bad += 1
            continue
        start = round(packet.pts_us * OPUS_RATE_HZ / _US_PER_S) - _OPUS_DELAY_SAMPLES
        pieces.append((max(start, 0), samples[max(-start, 0) :]))
    return _lay_out(pieces), n_bad


def _lay_out(pieces: Sequence[tuple[int, FloatArray]]) -> FloatArray:
    """Return pieces at their places, with silence between them."""
    track = np.zeros(max((at + len(piece) for at, piece in pieces), default=0), np.float32)
    for at, piece in pieces:
        track[at : at + len(piece)] = piece
    return track


def _rows(rows: Sequence[npt.ArrayLike], width: int) -> FloatArray:
    return np.array(rows, np.float32).reshape(-1, width)
