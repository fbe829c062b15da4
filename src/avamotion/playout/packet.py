"""What leaves a session: 20 ms of sound and motion under one timestamp.

Named tuples: five thousand a second are made, and frozen dataclasses take thrice the time.
"""

import enum
from typing import Final, NamedTuple

import numpy as np

from avamotion.media import FloatArray, MotionFrame

__all__ = [
    "NO_SAMPLES",
    "PACKET_S",
    "PACKET_US",
    "PLAYOUT_RATE_HZ",
    "MediaBlock",
    "MediaNeed",
    "Packet",
]

PACKET_US: Final = 20_000
PACKET_S: Final = PACKET_US / 1e6
PLAYOUT_RATE_HZ: Final = 24_000
"""Samples a second of the sound that leaves a session."""

NO_SAMPLES: Final[FloatArray] = np.zeros(0, np.float32)


class MediaNeed(enum.Flag):
    """What a way out takes of a block; nothing else is made for it."""

    SAMPLES = enum.auto()
    OPUS = enum.auto()
    FRAMES = enum.auto()
    MOTION = enum.auto()


class MediaBlock(NamedTuple):
    """20 ms of a turn, ready to be played. What nobody asked for is empty.

    Attributes:
        samples: The sound at the playout's rate, (N,).
        opus: The same as one Opus packet.
        frames: The frames whose time lies in these 20 ms.
        motion: The same frames encoded for our own clients.
        sound_at: When the newest sound that they needed arrived, in seconds.
    """

    samples: FloatArray
    opus: bytes = b""
    frames: tuple[MotionFrame, ...] = ()
    motion: tuple[bytes, ...] = ()
    sound_at: float = 0.0


class Packet(NamedTuple):
    """One packet of a turn.

    Attributes:
        turn_id: Number of the turn within the session, from 1.
        req_id: The client's name for the turn.
        epoch: How often the session had been interrupted when the turn began.
        pts_us: Media time of the first sample, in microseconds since the turn began.
        block: Sound and motion, or None in a packet that only ends the turn.
        start: Whether this is the first packet of its turn.
        end: Whether this is the last one.
        first_frame_s: In the first packet, seconds from the arrival of the turn's first sound.
        late_s: Seconds from when it was due, or its sound arrived if that was later.
    """

    turn_id: int
    req_id: str
    epoch: int
    pts_us: int
    block: MediaBlock | None
    start: bool
    end: bool
    first_frame_s: float | None = None
    late_s: float = 0.0
