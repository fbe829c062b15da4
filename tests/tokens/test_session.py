"""Session tokens."""

import pytest

from avamotion.errors import AuthError
from avamotion.tokens.session import (
    SessionToken,
    SessionTokenExpired,
    issue_session_token,
    verify_session_token,
)

KEY = "k" * 40
TOKEN = SessionToken("app", "one", 2_000)


def test_what_was_issued_is_what_is_verified() -> None:
    text = issue_session_token(TOKEN, signing_key=KEY, now=1_000)
    assert verify_session_token(text, signing_key=KEY, now=1_999.9) == TOKEN


def test_a_token_expires_and_says_so() -> None:
    text = issue_session_token(TOKEN, signing_key=KEY, now=1_000)
    with pytest.raises(SessionTokenExpired, match="token is expired"):
        verify_session_token(text, signing_key=KEY, now=2_000)


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "eyJhbGciOiJub25lIn0.e30."])
def test_anything_else_is_invalid(text: str) -> None:
    with pytest.raises(AuthError, match="invalid session token"):
        verify_session_token(text, signing_key=KEY, now=0)


def test_a_token_of_another_server_is_invalid() -> None:
    text = issue_session_token(TOKEN, signing_key="x" * 40, now=1_000)
    with pytest.raises(AuthError, match="invalid session token"):
        verify_session_token(text, signing_key=KEY, now=1_000)
