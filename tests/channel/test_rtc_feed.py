"""The feed: one unit every tick, nothing twice, nothing of an interrupted turn."""

from hypothesis import given
from hypothesis import strategies as st

from avamotion.audio.opus import OpusDecoder
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
