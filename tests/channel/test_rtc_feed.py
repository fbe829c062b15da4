"""The feed: one unit every tick, nothing twice, nothing of an interrupted turn."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from avamotion.audio.opus import OpusDecoder, OpusEncoder
from avamotion.channel.rtc_feed import SILENCE, RtcFeed
from avamotion.protocol.payload import ChannelPacket, decode_channel_packet, encode_channel_packet


def packet(index: int, *, uid: int = 2001, end: bool = False, opus: bytes | None = None) -> bytes:
    return encode_channel_packet(
        ChannelPacket(
            uid=uid,
            epoch=0,
            turn=1,
            sequence=index,
            pts_us=20_000 * index,
            opus=b"sound%d" % index if opus is None else opus,
            frames=(),
            start=index == 0,
            end=end,
        )
    )


def test_a_packet_leaves_in_two_parts_once_for_each_tick() -> None:
    feed = RtcFeed(max_units=10)
    first, second = packet(0), packet(1)
    for _ in range(3):  # once for each viewer
        feed.receive_packet(first)
    feed.receive_packet(second)
    units = [feed.next_unit() for _ in range(3)]
    assert [unit.opus for unit in units] == [b"sound0", b"sound1", SILENCE]
    motion = decode_channel_packet(units[1].motion)
    assert (motion.sequence, motion.pts_us, motion.opus) == (1, 20_000, b"")
    assert units[2].motion == b""


def test_silence_is_an_opus_packet_of_20_ms() -> None:
    samples = OpusDecoder().decode(SILENCE)
    assert len(samples) == 960
    assert not samples.any()


def test_what_an_interrupted_publisher_said_does_not_leave() -> None:
    feed = RtcFeed(max_units=10)
    for index in range(3):
        feed.receive_packet(packet(index))
    feed.clear(2001)
    feed.clear(2001)
    assert feed.next_unit().opus == SILENCE
    feed.receive_packet(packet(0, uid=2002))
    feed.clear(2001)
    assert feed.next_unit().opus == b"sound0"


def test_one_face_has_one_voice() -> None:
    feed = RtcFeed(max_units=10)
    feed.receive_packet(packet(0))
    feed.receive_packet(packet(7, uid=2002))
    feed.receive_packet(packet(1, end=True))
    feed.receive_packet(packet(8, uid=2002))
    assert [feed.next_unit().opus for _ in range(3)] == [b"sound0", b"sound1", b"sound8"]
    assert feed.dropped == 1


def test_a_publisher_that_leaves_in_mid_turn_makes_room() -> None:
    feed = RtcFeed(max_units=10)
    feed.receive_packet(packet(0))
    for _ in range(51):
        feed.next_unit()
    feed.receive_packet(packet(7, uid=2002))
    assert feed.next_unit().opus == b"sound7"


def test_an_end_without_sound_is_silent() -> None:
    feed = RtcFeed(max_units=10)
    feed.receive_packet(packet(0, end=True, opus=b""))
    unit = feed.next_unit()
    assert unit.opus == SILENCE
    assert decode_channel_packet(unit.motion).end


@given(st.integers(1, 40))
def test_a_clock_that_stood_still_loses_the_oldest(n_packets: int) -> None:
    feed = RtcFeed(max_units=10)
    for index in range(n_packets):
        feed.receive_packet(packet(index))
    assert feed.dropped == max(0, n_packets - 10)
    assert feed.next_unit().opus == b"sound%d" % max(0, n_packets - 10)


def test_sound_that_is_cut_off_fades_and_does_not_click() -> None:
    """Opus overlaps its frames: after an interrupt its silence fades what was before."""
    t = np.arange(24_000) / 24_000
    buzz = sum(np.sin(2 * np.pi * 140 * k * t + k) / k for k in range(1, 12))
    sound = (0.2 * np.asarray(buzz)).astype(np.float32)
    for n_packets in range(5, 45, 4):
        encoder, feed = OpusEncoder(24_000, bitrate_bps=32_000), RtcFeed(max_units=50)
        for index in range(n_packets + 3):
            opus = encoder.encode(sound[480 * index : 480 * (index + 1)])
            feed.receive_packet(packet(index, opus=opus))
        sent = [feed.next_unit().opus for _ in range(n_packets)]
        feed.clear(2001)
        sent += [feed.next_unit().opus for _ in range(3)]
        decoder = OpusDecoder()
        heard = np.concatenate([decoder.decode(data) for data in sent])
        cut = 960 * n_packets
        steps = np.abs(np.diff(heard))
        assert steps[cut - 1 :].max() <= 1.1 * steps[: cut - 1].max()
        assert np.abs(heard[cut + 480 :]).max() < 1e-3  # silent after 10 ms
