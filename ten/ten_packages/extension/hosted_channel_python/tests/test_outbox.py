"""What waits for a connection."""

from hosted_channel_python.outbox import Outbox


def test_what_is_fresh_is_sent_once_in_order() -> None:
    outbox = Outbox(max_texts=9, max_age_s=5.0)
    outbox.push("a", now=0.0)
    outbox.push("b", now=4.0)
    assert outbox.take(now=5.0) == ["a", "b"]
    assert outbox.take(now=5.0) == []


def test_what_is_too_old_is_dropped() -> None:
    outbox = Outbox(max_texts=9, max_age_s=5.0)
    outbox.push("a", now=0.0)
    outbox.push("b", now=4.0)
    assert outbox.take(now=5.5) == ["b"]


def test_the_oldest_goes_when_there_are_too_many() -> None:
    outbox = Outbox(max_texts=2, max_age_s=5.0)
    for text in "abc":
        outbox.push(text, now=0.0)
    assert outbox.take(now=0.0) == ["b", "c"]
