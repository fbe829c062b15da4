"""A recording on one time line."""

import numpy as np

from avamotion.audio.opus import OPUS_RATE_HZ, OpusEncoder
from avamotion.demo.recording import Arrival, TurnRecord
from avamotion.demo.take import render
from avamotion.media import N_BLENDSHAPES, FloatArray, MotionFrame
from avamotion.protocol.payload import ChannelPacket

BLOCK = 480  # 20 ms at the encoder's 24 kHz
CLICK_AT = 3 * BLOCK


def click_track(n_packets: int = 10) -> FloatArray:
    """Return silence with a tone of 5 ms in it, which survives Opus better than one sample."""
    samples = np.zeros(n_packets * BLOCK, np.float32)
    samples[CLICK_AT : CLICK_AT + 120] = 0.8 * np.sin(np.arange(120) * 2 * np.pi * 1000 / 24_000)
    return samples


def turn_of(samples: FloatArray, *, at: float = 0.0, missing: tuple[int, ...] = ()) -> TurnRecord:
    encoder = OpusEncoder(24_000, bitrate_bps=64_000)
    turn = TurnRecord(1, 0)
    for index, block in enumerate(samples.reshape(-1, BLOCK)):
        opus = encoder.encode(block)
        frame = MotionFrame(index * 20_000, np.full(N_BLENDSHAPES, index / 100, np.float32))
        packet = ChannelPacket(2001, 0, 1, index, index * 20_000, opus, (frame,))
        if index not in missing:
            turn.arrivals.append(Arrival(packet, at + index * 0.02))
    return turn


def onset_s(samples: FloatArray) -> float:
    return int((np.abs(samples) > 0.2).argmax()) / OPUS_RATE_HZ


def test_sound_lies_where_it_was_spoken_without_the_decoders_delay() -> None:
    take = render([turn_of(click_track())])
    assert abs(onset_s(take.samples) - CLICK_AT / 24_000) < 0.001
    np.testing.assert_allclose(take.times_s, np.arange(10) * 0.02)
    np.testing.assert_allclose(take.values[:, 17], np.arange(10) / 100, atol=1e-6)
    assert take.head.shape == (10, 4)
    assert take.gaze.shape == (10, 2)


def test_what_is_missing_is_silence_and_moves_nothing() -> None:
    take = render([turn_of(click_track(), missing=(1, 5))])
    assert abs(onset_s(take.samples) - CLICK_AT / 24_000) < 0.001
    gap = take.samples[round(0.1 * 48_000) : round(0.113 * 48_000)]
    assert not gap.any()
    assert len(take.times_s) == 8


def test_a_later_turn_begins_when_it_came() -> None:
    take = render([turn_of(click_track(), at=5.0), turn_of(click_track(), at=6.0)])
    second = take.samples[round(0.9 * OPUS_RATE_HZ) :]
    assert abs(onset_s(second) - (0.1 + CLICK_AT / 24_000)) < 0.001
    assert take.times_s[10] == 1.0


def test_a_turn_waits_for_the_one_before_it() -> None:
    take = render([turn_of(click_track(), at=5.0), turn_of(click_track(), at=5.1)])
    assert abs(take.times_s[10] - 0.2) < 0.01


def test_an_interrupt_ends_a_turn_where_it_was() -> None:
    turn = turn_of(click_track(), at=5.0)
    turn.cleared_at = 5.09
    take = render([turn])
    assert len(take.samples) == round(0.09 * OPUS_RATE_HZ)
    assert len(take.times_s) == 5


def test_sound_that_cannot_be_decoded_is_counted() -> None:
    turn = turn_of(click_track())
    bad = ChannelPacket(2001, 0, 1, 10, 200_000, b"\xff" * 3, ())
    turn.arrivals.append(Arrival(bad, 0.2))
    assert render([turn]).n_undecodable == 1


def test_nothing_received_is_an_empty_take() -> None:
    take = render([TurnRecord(1, 0)])
    assert len(take.samples) == len(take.times_s) == 0
    assert take.values.shape == (0, N_BLENDSHAPES)
