"""Packets as a session makes them, for tests of the ways out."""

import numpy as np

from avamotion.media import N_BLENDSHAPES, MotionFrame
from avamotion.playout.packet import PACKET_US, MediaBlock, Packet

__all__ = ["SAMPLE_RATE_HZ", "block", "frame", "packet", "turn"]

SAMPLE_RATE_HZ = 24_000


def frame(pts_us: int, level: float = 0.5) -> MotionFrame:
    return MotionFrame(pts_us, np.full(N_BLENDSHAPES, round(level * 255) / 255, np.float32))


def block(index: int, *, level: float = 0.5, n_frames: int = 1) -> MediaBlock:
    """20 ms of a tone whose height tells the place in the turn."""
    t = np.arange(SAMPLE_RATE_HZ // 50) / SAMPLE_RATE_HZ
    tone = 0.5 * np.sin(2 * np.pi * (200 + 10 * index) * t)
    frames = tuple(frame(index * PACKET_US, level) for _ in range(n_frames))
    return MediaBlock(tone.astype(np.float32), b"", frames)


def packet(index: int, n_packets: int, *, turn_id: int = 1, epoch: int = 0) -> Packet:
    return Packet(
        turn_id=turn_id,
        req_id=f"r{turn_id}",
        epoch=epoch,
        pts_us=index * PACKET_US,
        block=block(index),
        start=index == 0,
        end=index == n_packets - 1,
        first_frame_s=0.0125 if index == 0 else None,
    )


def turn(n_packets: int, *, turn_id: int = 1, epoch: int = 0) -> list[Packet]:
    """A whole turn."""
    return [packet(index, n_packets, turn_id=turn_id, epoch=epoch) for index in range(n_packets)]
