"""What clients may choose, and what is ignored."""

import pytest

from avamotion.server.session_option import SessionOptions


def test_what_means_nothing_is_ignored_and_named() -> None:
    options = SessionOptions.from_params(
        {"motion.intensity": "0.5", "motion.colour": "red", "vendor": "x"}
    )
    assert options.style.intensity == 0.5
    assert options.ignored == ("motion.colour", "vendor")
    assert not options.preempt


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"motion.intensity": "9"}, "intensity"),
        ({"motion.seed": "many"}, "motion.seed"),
        ({"playout.new_request": "maybe"}, "queue or preempt"),
    ],
)
def test_a_value_that_cannot_be_is_refused(params: dict[str, str], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        SessionOptions.from_params(params)


def test_a_client_chooses_over_what_its_avatar_suggests() -> None:
    defaults = {"motion.intensity": "0.8", "motion.emotion": "happy", "motion.mystery": "1"}
    options = SessionOptions.from_params({"motion.intensity": "1.2"}, defaults)
    assert options.style.intensity == 1.2
    assert options.style.emotion == "happy"
    assert options.ignored == ()


def test_a_request_may_be_told_to_preempt() -> None:
    assert SessionOptions.from_params({"playout.new_request": "preempt"}).preempt
