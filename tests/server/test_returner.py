"""Who comes back is known by it, for a minute."""

from avamotion.server.returner import Returners


def test_who_left_less_than_a_minute_ago_comes_back_once() -> None:
    returners = Returners()
    assert not returners.come("a", now=0)
    returners.leave("a", now=10)
    returners.leave("b", now=10)
    assert returners.come("a", now=69)
    assert not returners.come("a", now=69)
    assert not returners.come("b", now=71)


def test_it_does_not_remember_without_end() -> None:
    returners = Returners()
    for number in range(5000):
        returners.leave(number, now=0)
    assert not returners.come(0, now=1)
    assert returners.come(4999, now=1)
