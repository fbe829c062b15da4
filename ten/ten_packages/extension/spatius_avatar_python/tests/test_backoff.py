"""R7: reconnects come further and further apart, and not all at once."""

from spatius_avatar_python.backoff import Backoff


def test_delays_double_up_to_a_limit() -> None:
    """R7."""
    backoff = Backoff(first_s=0.25, max_s=5.0, random=lambda: 1.0)
    assert [backoff.next_delay_s() for _ in range(6)] == [0.25, 0.5, 1.0, 2.0, 4.0, 5.0]
    for _ in range(2000):
        assert backoff.next_delay_s() == 5.0


def test_a_success_starts_over() -> None:
    """R7."""
    backoff = Backoff(first_s=0.25, max_s=5.0, random=lambda: 1.0)
    backoff.next_delay_s()
    backoff.next_delay_s()
    backoff.reset()
    assert backoff.next_delay_s() == 0.25


def test_jitter_takes_away_at_most_half() -> None:
    """R7."""
    backoff = Backoff(first_s=1.0, max_s=1.0, random=iter([0.0, 0.5, 1.0]).__next__)
    assert [backoff.next_delay_s() for _ in range(3)] == [0.5, 0.75, 1.0]
