"""R13: credentials are masked completely."""

from spatius_avatar_python.secret import Redactor, Secret


def test_no_way_of_writing_a_secret_shows_any_of_it() -> None:
    """R13."""
    secret = Secret("sk-0123456789")
    for text in (repr(secret), str(secret), f"{secret}", f"{secret!r:>40}", f"{[secret]}"):
        assert not any(secret.reveal()[i : i + 3] in text for i in range(11)), text


def test_a_secret_says_whether_it_is_set() -> None:
    assert Secret("x")
    assert not Secret("")
    assert str(Secret("")) == ""
    assert str(Secret("x")) == "***"


def test_a_redactor_leaves_nothing_of_a_secret_that_contains_another() -> None:
    """R13."""
    redactor = Redactor(Secret("abcd"), Secret("abcdefgh"))
    assert (
        redactor.redact("token abcdefgh refused, key abcd fine")
        == "token *** refused, key *** fine"
    )


def test_a_redactor_leaves_words_alone_that_happen_to_be_secrets() -> None:
    assert Redactor(Secret("the"), Secret("")).redact("the text") == "the text"
