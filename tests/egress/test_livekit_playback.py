"""The ledger: what was heard of each turn, whenever it is cut off."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avamotion.egress.livekit_playback import PlaybackFinished, PlaybackLedger

SECONDS = st.integers(1, 500).map(lambda n: n * 0.02)


def test_a_turn_is_over_when_the_last_of_it_has_been_heard() -> None:
    ledger = PlaybackLedger()
    assert ledger.push(1, 0.5)
    assert not ledger.push(1, 0.5)
    assert ledger.get_timer() is None
    ledger.end(1, ends_at=10.0)
    assert ledger.get_timer() == 10.0
    assert ledger.handle_timer(now=9.99) == []
    assert ledger.handle_timer(now=10.0) == [PlaybackFinished(1.0, interrupted=False)]
    assert ledger.get_timer() is None


def test_the_next_turn_may_be_on_its_way_before_the_last_is_over() -> None:
    ledger = PlaybackLedger()
    ledger.push(1, 1.0)
    ledger.end(1, ends_at=10.0)
    assert ledger.push(2, 0.02)
    ledger.end(2, ends_at=10.02)
    assert ledger.handle_timer(now=10.0) == [PlaybackFinished(1.0, interrupted=False)]
    assert ledger.get_timer() == 10.02


@given(st.lists(SECONDS, min_size=1, max_size=3), st.floats(0, 12))
def test_what_was_heard_and_what_was_queued_make_up_what_was_pushed(
    pushed_s: list[float], queued_s: float
) -> None:
    ledger = PlaybackLedger()
    for turn_id, seconds in enumerate(pushed_s):
        ledger.push(turn_id, seconds)
    finished = ledger.clear(queued_s=queued_s)
    assert len(finished) == len(pushed_s)
    assert all(turn.interrupted for turn in finished)
    heard_s = sum(turn.position_s for turn in finished)
    assert heard_s == pytest.approx(max(0.0, sum(pushed_s) - queued_s))
    # Sound is heard in order: nothing of a turn before all of the one before.
    for index, turn in enumerate(finished[:-1]):
        if turn.position_s < pushed_s[index] - 1e-9:
            assert all(later.position_s == 0.0 for later in finished[index + 1 :])


def test_a_turn_that_never_began_is_finished_too() -> None:
    assert PlaybackLedger().clear(queued_s=0.0) == [PlaybackFinished(0.0, interrupted=True)]
