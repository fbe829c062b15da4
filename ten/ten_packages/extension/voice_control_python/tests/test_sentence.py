"""Users read no secrets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from voice_control_python.sentence import Report, public_sentence

SECRETS = [
    ("refused: {}", "sk_dev_KJh3_kjhKJH3kjh"),
    ("refused: {}", "app_0123456789abcdef"),
    ("key={}", "0123456789abcdef0123456789abcdef"),
    ("Bearer {}", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl"),
    ("token {} was refused", "007eJxTYPh9Y/5+LkMBBgYGBjAGAAm/Aqs="),
    ("no answer from ws://host/v2?token={}", "abc"),
    ("no answer from https://{}@host/", "user:password"),
    ("no answer from https://host{}x/y", "0123456789abcdef0123456789abcdef"),
]


@pytest.mark.parametrize(("template", "secret"), SECRETS)
def test_no_secret_gets_through(template: str, secret: str) -> None:
    assert secret not in public_sentence(Report("avatar", template.format(secret)))


def test_an_ordinary_message_is_left_as_it_is() -> None:
    message = "the server answered 503: 100 sessions run at once; try again in 5 s"
    assert public_sentence(Report("avatar", message)) == f"avatar: {message}"


def test_an_empty_message_still_says_something() -> None:
    assert "log" in public_sentence(Report("avatar", " \n"))


@given(st.text(), st.text())
def test_it_is_one_line_of_bounded_length(module: str, message: str) -> None:
    line = public_sentence(Report(" ".join(module.split()), message))
    assert 0 < len(line) <= 300
    assert len(line.splitlines()) == 1
