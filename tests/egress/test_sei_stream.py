"""Turns as SEI packets: every frame arrives once, in order, inside a turn's marks."""

from hypothesis import given
from hypothesis import strategies as st

from avamotion.egress.sei_stream import SeiStream
from avamotion.protocol.payload import decode_animation
from avamotion.protocol.sei import SeiFlag, SeiPacket
from tests.egress.packets import packet, turn

TRANSITIONS = (SeiFlag.TO_SPEECH, SeiFlag.TO_IDLE)


def times(packets: list[SeiPacket]) -> list[int]:
    animations = [p.animation for p in packets if p.flags not in TRANSITIONS]
    return [frame.pts_us for animation in animations for frame in decode_animation(animation)]


@given(st.integers(1, 60))
def test_every_frame_of_a_turn_arrives_once_and_in_order(n_packets: int) -> None:
    stream = SeiStream()
    packets = [sei for p in turn(n_packets) for sei in stream.receive_packet(p)]
    assert times(packets) == [20_000 * k for k in range(n_packets)]
    assert packets[0].flags == SeiFlag.TO_SPEECH
    assert packets[1].flags & SeiFlag.START
    assert packets[-2].flags & SeiFlag.END
    assert packets[-1].flags == SeiFlag.TO_IDLE
    assert [p.sequence for p in packets[1:-1]] == list(range(len(packets) - 2))
    assert not any(p.flags & (SeiFlag.START | SeiFlag.END) for p in packets[2:-2])


def test_an_animation_packet_leaves_every_40_ms_with_the_sound_it_belongs_to() -> None:
    stream = SeiStream()
    sizes = [len(stream.receive_packet(p)) for p in turn(8)]
    assert sizes == [2, 0, 1, 0, 1, 0, 1, 2]  # the last packet always leaves, with a transition


def test_the_transitions_show_where_speech_begins_and_where_it_ended() -> None:
    stream = SeiStream()
    packets = [sei for p in turn(5) for sei in stream.receive_packet(p)]
    (first,) = decode_animation(packets[0].animation)
    (last,) = decode_animation(packets[-1].animation)
    assert (first.pts_us, last.pts_us) == (0, 80_000)


def test_the_numbers_go_on_from_turn_to_turn() -> None:
    stream = SeiStream()
    first, second = (
        [sei for p in turn(4, turn_id=turn_id) for sei in stream.receive_packet(p)]
        for turn_id in (1, 2)
    )
    assert [p.sequence for p in first[1:-1] + second[1:-1]] == [0, 1, 2, 3, 4, 5]


def test_a_turn_that_ends_without_media_ends_with_its_last_frame() -> None:
    stream = SeiStream()
    packets = [sei for p in turn(4)[:3] for sei in stream.receive_packet(p)]
    packets += stream.receive_packet(packet(3, 4)._replace(block=None))
    assert times(packets) == [0, 20_000, 40_000, 40_000]
    assert packets[-2].flags == SeiFlag.END
    assert not stream.speaking


def test_after_an_interrupt_nothing_of_the_turn_is_shown() -> None:
    stream = SeiStream()
    shown = [sei for p in turn(9)[:4] for sei in stream.receive_packet(p)]
    after = stream.clear()
    assert [p.flags for p in after] == [SeiFlag.TO_IDLE, SeiFlag.IDLE]
    way = decode_animation(after[0].animation)
    assert [f.pts_us for f in way] == [60_000 + 20_000 * k for k in range(13)]
    assert way[-1].weights.max() == 0
    assert times(shown) == [0, 20_000, 40_000]  # that of 60 ms waited, and is gone
    assert not stream.speaking
    next_turn = [sei for p in turn(2, turn_id=2, epoch=1) for sei in stream.receive_packet(p)]
    assert times(next_turn) == [0, 20_000]


def test_an_interrupt_between_turns_says_nothing() -> None:
    stream = SeiStream()
    assert stream.clear() == []
    for p in turn(3):
        stream.receive_packet(p)
    assert stream.clear() == []
