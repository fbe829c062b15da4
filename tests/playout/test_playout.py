"""What leaves when: stories about turns, told with a clock moved by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avamotion.playout.pacer import Pacer
from avamotion.playout.packet import MediaBlock, Packet
from avamotion.playout.playout import (
    Playout,
    PlayoutEvent,
    TurnEnded,
    TurnInterrupted,
    TurnPaused,
    TurnPlaying,
)
from avamotion.playout.turn import Turn

BLOCK = MediaBlock(np.zeros(480, np.float32), b"", ())


def playout(*, paced: bool = True, lead_s: float = 0.06) -> Playout:
    return Playout(paced=paced, lead_s=lead_s, pause_limit_s=10)


def feed(player: Playout, req_id: str, n_blocks: int, *, now: float, complete: bool = True) -> Turn:
    turn = player.open_turn(req_id, now=now)
    assert turn is not None
    player.add_blocks(turn, [BLOCK] * n_blocks, complete=complete)
    return turn


def take(player: Playout, *, now: float) -> list[Packet]:
    packets = []
    while (packet := player.next_packet(now=now)) is not None:
        packets.append(packet)
    return packets


def events(player: Playout) -> list[PlayoutEvent]:
    seen = []
    while (event := player.next_event()) is not None:
        seen.append(event)
    return seen


def test_the_lead_leaves_at_once_and_the_rest_in_real_time() -> None:
    player = playout()
    feed(player, "a", 10, now=100)
    assert [p.pts_us for p in take(player, now=100)] == [0, 20_000, 40_000, 60_000]
    assert player.get_timer() == pytest.approx(100.02)
    assert take(player, now=100.019) == []
    assert [p.pts_us for p in take(player, now=100.0201)] == [80_000]


def test_the_first_packet_says_so_and_how_long_it_took() -> None:
    player = playout()
    turn = player.open_turn("a", now=100)
    assert turn is not None
    player.add_blocks(turn, [BLOCK] * 2, complete=True)
    first, last = take(player, now=100.025)
    assert (first.start, first.end, last.start, last.end) == (True, False, False, True)
    assert first.first_frame_s == pytest.approx(0.025)
    assert last.first_frame_s is None


def test_a_turn_ends_when_it_has_been_heard_not_when_it_was_sent() -> None:
    player = playout()
    feed(player, "a", 3, now=100)
    assert len(take(player, now=100)) == 3
    assert events(player) == [TurnPlaying("a", 0)]
    assert player.get_timer() == pytest.approx(100.06)
    assert player.next_packet(now=100.059) is None
    assert events(player) == []
    player.handle_timer(now=100.061)
    assert events(player) == [TurnEnded("a", 60_000)]
    assert player.get_timer() is None


def test_an_end_that_comes_late_has_a_packet_of_its_own() -> None:
    player = playout()
    turn = feed(player, "a", 1, now=100, complete=False)
    (only,) = take(player, now=100)
    assert not only.end
    player.add_blocks(turn, [], complete=True)
    (end,) = take(player, now=100.5)
    assert end.end
    assert end.block is None
    assert end.pts_us == 20_000


def test_a_starved_turn_waits_and_goes_on_without_haste() -> None:
    player = playout()
    turn = feed(player, "a", 1, now=100, complete=False)
    take(player, now=100)
    assert player.starved_at() == pytest.approx(99.96)
    player.add_blocks(turn, [BLOCK] * 20, complete=False)
    # The receiver has run dry, so its buffer is filled at once again, and no more than that.
    assert len(take(player, now=101)) == 4
    assert len(take(player, now=101.02001)) == 1


def test_a_small_delay_is_made_up_from_the_lead() -> None:
    player = playout()
    turn = feed(player, "a", 4, now=100, complete=False)
    take(player, now=100)
    player.add_blocks(turn, [BLOCK] * 20, complete=False)
    assert len(take(player, now=100.0501)) == 2  # due at 100.02 and 100.04
    assert player.get_timer() == pytest.approx(100.06)


def test_a_turn_follows_the_one_before_it_without_a_gap_at_the_receiver() -> None:
    player = playout()
    feed(player, "a", 50, now=100)
    feed(player, "b", 50, now=100)
    heard = []
    for tick in range(4000):
        now = 100 + tick / 1000
        heard += [(p.req_id, p.pts_us, now) for p in take(player, now=now)]
    first = {req_id: min(now for r, _, now in heard if r == req_id) for req_id in "ab"}
    # b is heard from 101 on: its first packets leave a lead of 60 ms before.
    assert first == {"a": 100, "b": pytest.approx(100.94, abs=0.002)}
    for req_id, origin in (("a", 100.0), ("b", 101.0)):
        late = [now - (origin + pts / 1e6 - 0.06) for r, pts, now in heard if r == req_id]
        assert max(late[3:]) < 0.002
    assert events(player) == [
        TurnPlaying("a", 0),
        TurnEnded("a", 1_000_000),
        TurnPlaying("b", 0),
        TurnEnded("b", 1_000_000),
    ]


def test_both_the_turn_that_is_heard_and_the_one_that_is_sent_are_interrupted() -> None:
    player = playout()
    feed(player, "a", 5, now=100)
    feed(player, "b", 50, now=100)
    for tick in range(80):
        take(player, now=100 + tick / 1000)
    player.interrupt("b", now=100.08)
    assert events(player)[1:] == [
        TurnInterrupted("a", 80_000, "explicit"),
        TurnInterrupted("b", 0, "explicit"),
    ]


def test_a_request_may_preempt_those_before_it() -> None:
    player = Playout(paced=True, lead_s=0.06, pause_limit_s=10, preempt=True)
    feed(player, "a", 100, now=100)
    take(player, now=100)
    feed(player, "b", 3, now=100.5)
    assert player.epoch == 1
    assert {p.req_id for p in take(player, now=100.5)} == {"b"}
    assert events(player)[1] == TurnInterrupted("a", 80_000, "preempted")
    assert player.open_turn("a", now=101) is None


def test_every_pause_and_resume_is_answered() -> None:
    player = playout()
    feed(player, "a", 3, now=100)
    take(player, now=100)
    events(player)
    for call, answer in (
        (player.resume, TurnPlaying("a", 0)),
        (player.pause, TurnPaused("a", 10_000)),
        (player.pause, TurnPaused("a", 10_000)),
        (player.resume, TurnPlaying("a", 10_000)),
    ):
        call("a", now=100 + answer.played_us / 1e6)
        assert events(player) == [answer]
    take(player, now=101)
    events(player)
    player.pause("a", now=102)
    assert events(player) == [TurnEnded("a", 60_000)]
    player.pause("unheard of", now=102)
    assert events(player) == []


def test_a_pause_holds_the_turn_that_follows_too() -> None:
    player = playout()
    feed(player, "a", 4, now=100)
    feed(player, "b", 50, now=100)
    take(player, now=100)
    assert [(p.req_id, p.pts_us) for p in take(player, now=100.0201)] == [("b", 0)]
    player.pause("b", now=100.03)
    assert take(player, now=105) == []
    player.resume("b", now=105.03)
    assert take(player, now=105.039) == []
    assert [(p.req_id, p.pts_us) for p in take(player, now=105.0401)] == [("b", 20_000)]


def test_a_packet_is_late_from_when_it_was_due_or_its_sound_came() -> None:
    player = playout()
    turn = feed(player, "a", 10, now=100, complete=False)
    assert [p.late_s for p in take(player, now=100)] == [0, 0, 0, 0]
    assert [p.late_s for p in take(player, now=100.027)] == pytest.approx([0.007])
    assert len([p for tick in range(28, 200) for p in take(player, now=100 + tick / 1000)]) == 5
    late = MediaBlock(BLOCK.samples, b"", (), sound_at=100.3)
    player.add_blocks(turn, [late], complete=False)
    assert [p.late_s for p in take(player, now=100.31)] == pytest.approx([0.01])


def test_the_first_packet_of_a_queued_turn_is_measured_from_when_it_could_leave() -> None:
    player = playout()
    feed(player, "a", 50, now=100)
    feed(player, "b", 50, now=100)
    first = [p for tick in range(1000) for p in take(player, now=100 + tick / 1000) if p.start]
    assert [p.first_frame_s for p in first] == pytest.approx([0, 0], abs=0.0011)


def test_what_runs_dry_soonest_is_most_urgent() -> None:
    player = playout()
    a = feed(player, "a", 50, now=100, complete=False)
    b = feed(player, "b", 0, now=100, complete=False)
    assert player.runs_out_at(b, now=100) > player.runs_out_at(a, now=100)
    take(player, now=100)
    assert player.runs_out_at(a, now=100) == pytest.approx(100.94)
    fresh = playout()
    c = feed(fresh, "c", 0, now=100, complete=False)
    assert fresh.runs_out_at(c, now=100) < 100


def test_an_interrupt_ends_what_plays_and_what_waits() -> None:
    player = playout()
    feed(player, "a", 100, now=100)
    feed(player, "b", 100, now=100)
    take(player, now=100)
    assert player.interrupt("b", now=100.05)
    assert player.epoch == 1
    assert events(player) == [
        TurnPlaying("a", 0),
        TurnInterrupted("a", 50_000, "explicit"),
        TurnInterrupted("b", 0, "explicit"),
    ]
    assert take(player, now=200) == []


def test_audio_of_a_request_that_is_over_is_dropped() -> None:
    player = playout()
    turn = feed(player, "a", 5, now=100)
    player.interrupt("a", now=100)
    assert player.open_turn("a", now=100) is None
    player.add_blocks(turn, [BLOCK], complete=False)
    assert take(player, now=100) == []


def test_an_interrupt_may_overtake_the_audio_it_is_about() -> None:
    player = playout()
    assert not player.interrupt("a", now=100)
    assert player.open_turn("a", now=100.1) is None
    assert player.epoch == 0


def test_the_next_turn_is_never_muted_and_starts_at_once() -> None:
    player = playout()
    feed(player, "a", 100, now=100)
    take(player, now=100)
    player.interrupt("a", now=100.1)
    feed(player, "b", 1, now=100.11)
    (packet,) = take(player, now=100.11)
    assert (packet.req_id, packet.epoch) == ("b", 1)


def test_a_pause_stops_the_clock() -> None:
    player = playout()
    feed(player, "a", 10, now=100)
    take(player, now=100)
    player.pause("a", now=100.01)
    assert take(player, now=103) == []
    player.resume("a", now=103.01)
    assert take(player, now=103.019) == []
    assert len(take(player, now=103.0201)) == 1
    assert events(player) == [
        TurnPlaying("a", 0),
        TurnPaused("a", 10_000),
        TurnPlaying("a", 10_000),
    ]


def test_a_pause_that_lasts_too_long_interrupts() -> None:
    player = playout()
    feed(player, "a", 10, now=100)
    take(player, now=100)
    player.pause("a", now=100.01)
    assert player.get_timer() == pytest.approx(110.01)
    assert not player.handle_timer(now=110)
    assert player.handle_timer(now=110.02)
    assert events(player)[-1] == TurnInterrupted("a", 10_000, "pause_timeout")


def test_without_a_pace_everything_leaves_as_soon_as_it_is_known() -> None:
    player = playout(paced=False)
    feed(player, "a", 500, now=100)
    feed(player, "b", 1, now=100)
    assert len(take(player, now=100)) == 501


@given(
    st.lists(st.tuples(st.integers(0, 8), st.floats(0, 0.3)), min_size=1, max_size=12),
    st.floats(0, 0.1),
)
def test_no_packet_leaves_early_and_none_is_lost(
    arrivals: list[tuple[int, float]], lead_s: float
) -> None:
    player = playout(lead_s=lead_s)
    turn = player.open_turn("a", now=0)
    assert turn is not None
    now = 0.0
    sent: list[tuple[float, int]] = []
    for n_blocks, wait_s in arrivals:
        player.add_blocks(turn, [BLOCK] * n_blocks, complete=False)
        sent += [(now, p.pts_us) for p in take(player, now=now)]
        now += wait_s
    player.add_blocks(turn, [], complete=True)
    for _ in range(400):
        now += 0.02
        sent += [(now, p.pts_us) for p in take(player, now=now) if p.block is not None]
    total = sum(n for n, _ in arrivals)
    assert [pts for _, pts in sent] == [20_000 * k for k in range(total)]
    if sent:
        begun = sent[0][0]
        assert all(pts / 1e6 <= at - begun + lead_s + 0.001 for at, pts in sent)


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_turns_of_different_sessions_share_their_wake_ups(a: float, b: float) -> None:
    """At most five moments in 20 ms; each begins at most 4 ms later for it."""
    first, second = (Pacer(origin=origin, lead_s=0.06) for origin in (a, b))
    assert -1e-7 < first.end() - a < 0.004001
    second.advance(b)
    apart = (second.due() - first.due()) / 0.004
    assert apart == pytest.approx(round(apart), abs=1e-3)
    follower = Pacer(origin=first.end(), lead_s=0.06)  # a turn that follows leaves no gap
    assert follower.due() == pytest.approx(first.due(), abs=1e-6)


@given(st.floats(0, 1e6), st.floats(0, 0.1), st.floats(0, 20))
def test_a_pause_changes_nothing_of_what_was_heard(a: float, heard_s: float, held_s: float) -> None:
    pacer = Pacer(origin=a, lead_s=0.06)
    for _ in range(5):
        pacer.advance(a)
    pacer.hold(a + heard_s)
    played_s = pacer.played_s(a + heard_s)
    pacer.release(a + heard_s + held_s)
    assert pacer.played_s(a + heard_s + held_s) == pytest.approx(played_s, abs=1e-6)
