"""Agora tokens of 006: vectors of the official package, and who gets in."""

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avamotion.errors import AuthError
from avamotion.tokens.agora import verify_token
from avamotion.tokens.agora006 import parse_token006
from avamotion.tokens.privilege import TokenExpired

VECTORS = json.loads(
    (Path(__file__).parents[2] / "testdata" / "agora_tokens_006.json").read_text(encoding="utf-8")
)
PUBLISHER, _, ANYONE = VECTORS
NOW = 1_700_000_000


def verify(vector: dict[str, object], **changes: object) -> None:
    names = ("token", "app_id", "app_certificate", "channel", "uid")
    arguments = {name: vector[name] for name in names} | {"now": NOW} | changes
    verify_token(**arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: str(vector["name"]))
def test_the_tokens_of_the_official_package_get_in(vector: dict[str, object]) -> None:
    verify(vector)
    claims = parse_token006(str(vector["token"]))
    assert claims.app_id == vector["app_id"]
    assert claims.expires_at == vector["expires_at"]
    assert {str(int(key)): ends for key, ends in claims.privileges.items()} == vector["privileges"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"app_id": "other"}, "another App ID"),
        ({"app_certificate": "f" * 32}, "App Certificate"),
        ({"channel": "elsewhere"}, "another channel"),
        ({"uid": 1002}, "another uid"),
    ],
)
def test_everyone_else_stays_out(changes: dict[str, object], words: str) -> None:
    with pytest.raises(AuthError, match=words):
        verify(PUBLISHER, **changes)


def test_a_token_for_everyone_fits_everyone() -> None:
    verify(ANYONE, uid=77)


def test_a_token_expires_and_a_privilege_of_0_does_not() -> None:
    verify(PUBLISHER, now=1_700_003_599)
    for vector in (PUBLISHER, ANYONE):
        with pytest.raises(TokenExpired):
            verify(vector, now=vector["expires_at"])
    verify(ANYONE, now=1_700_086_399)


@given(st.data())
def test_one_flipped_bit_spoils_a_token(data: st.DataObject) -> None:
    token = str(PUBLISHER["token"])
    content = bytearray(base64.b64decode(token[35:]))
    bit = data.draw(st.integers(0, len(content) * 8 - 1))
    content[bit // 8] ^= 1 << bit % 8
    with pytest.raises(AuthError):
        verify(PUBLISHER, token=token[:35] + base64.b64encode(content).decode())


@given(
    st.one_of(
        st.text(),
        st.text().map(lambda text: "006" + text),
        st.binary().map(lambda raw: "006" + "a" * 32 + base64.b64encode(raw).decode()),
    )
)
def test_no_text_can_break_the_parser(text: str) -> None:
    with pytest.raises(AuthError):
        parse_token006(text)


def test_an_endless_token_is_not_read() -> None:
    with pytest.raises(AuthError, match="too large"):
        parse_token006("006" + "A" * 10_000)
