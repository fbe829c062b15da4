"""R16: what was heard."""

import pytest
from spatius_avatar_python.playback import PlaybackState, PlaybackTracker
from spatius_avatar_python.turn import Turn, TurnKey

TURN = Turn(1, TurnKey("1"))


def started(*, at: float = 1.0, sent_s: float = 4.0) -> PlaybackTracker:
    tracker = PlaybackTracker()
    tracker.receive_sent("a", TURN, sent_s, now=0.0)
    tracker.receive_signal("a", end=False, now=at)
    return tracker


def test_the_first_signal_starts_a_turn_and_the_last_one_ends_it() -> None:
    """R16."""
    tracker = PlaybackTracker()
    tracker.receive_sent("a", TURN, 1.5, now=0.0)
    (start,) = tracker.receive_signal("a", end=False, now=0.25)
    assert start.state is PlaybackState.STARTED
    assert start.first_frame_ms == 250
    assert tracker.receive_signal("a", end=False, now=1.0) == []
    (end,) = tracker.receive_signal("a", end=True, now=1.8)
    assert end.state is PlaybackState.ENDED
    assert end.played_ms == 1500
    assert not tracker.has_requests


def test_an_interrupt_tells_how_much_was_played() -> None:
    """R16."""
    (event,) = started().stop("interrupted", now=3.5)
    assert event.state is PlaybackState.INTERRUPTED
    assert event.played_ms == 2500
    assert event.reason == "interrupted"


def test_no_more_is_played_than_was_sent() -> None:
    """R16."""
    (event,) = started(sent_s=2.0).stop("interrupted", now=100.0)
    assert event.played_ms == 2000


def test_a_turn_that_did_not_start_was_not_heard() -> None:
    """R16."""
    tracker = PlaybackTracker()
    tracker.receive_sent("a", TURN, 2.0, now=0.0)
    (event,) = tracker.stop("interrupted", now=5.0)
    assert event.played_ms == 0


def test_a_signal_may_overtake_the_write_that_it_answers() -> None:
    """R16."""
    tracker = PlaybackTracker()
    assert tracker.receive_signal("a", end=False, now=1.0) == []
    (start,) = tracker.receive_sent("a", TURN, 0.5, now=0.9)
    assert start.state is PlaybackState.STARTED


def test_a_signal_of_an_interrupted_turn_is_not_news() -> None:
    """R16."""
    tracker = started()
    tracker.stop("interrupted", now=2.0)
    assert tracker.receive_signal("a", end=True, now=2.1) == []


@pytest.mark.parametrize(("now", "idle"), [(3.9, False), (4.0, True)])
def test_without_an_end_signal_playback_ends_when_the_audio_does(now: float, idle: bool) -> None:
    """R7: a connection is renewed between turns."""
    assert started(sent_s=4.0).is_idle(now=now) is idle


def test_a_service_that_reports_no_ends_does_not_fill_the_memory() -> None:
    tracker = PlaybackTracker()
    for number in range(1000):
        tracker.receive_sent(str(number), TURN, 0.1, now=0.0)
    assert len(tracker.stop("stopped", now=1.0)) == 64
