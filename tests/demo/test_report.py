"""The numbers of a recording."""

import numpy as np

from avamotion.demo.recording import Arrival, TurnRecord
from avamotion.demo.report import lateness_ms, timestamp_skews_ms
from avamotion.media import N_BLENDSHAPES, MotionFrame
from avamotion.protocol.payload import ChannelPacket


def arrival(pts_ms: int, *, at_ms: float = 0, frames_ms: tuple[float, ...] = ()) -> Arrival:
    weights = np.zeros(N_BLENDSHAPES, np.float32)
    frames = tuple(MotionFrame(round(ms * 1000), weights) for ms in frames_ms)
    packet = ChannelPacket(2001, 0, 1, 0, pts_ms * 1000, b"", frames)
    return Arrival(packet, at_ms / 1000)


def test_a_frame_within_its_packets_sound_has_no_skew() -> None:
    turn = TurnRecord(1, 0, arrivals=[arrival(40, frames_ms=(40, 59.9, 35, 70))])
    np.testing.assert_allclose(timestamp_skews_ms([turn]), [0, 0, 5, 10], atol=0.01)


def test_lateness_counts_from_the_first_packet_of_each_turn() -> None:
    first = [arrival(0, at_ms=1000), arrival(20, at_ms=1000), arrival(40, at_ms=1045)]
    second = [arrival(0, at_ms=3000), arrival(20, at_ms=3010)]
    turns = [TurnRecord(1, 0, arrivals=first), TurnRecord(2, 0), TurnRecord(3, 0, arrivals=second)]
    np.testing.assert_allclose(lateness_ms(turns), [0, -20, 5, 0, -10], atol=1e-6)
