"""Agora tokens: vectors, and the law that only the right holder gets in."""

import base64
import json
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avamotion.errors import AuthError
from avamotion.tokens.agora import TokenExpired, build_token, parse_token, verify_token

APP_ID = "970CA35de60c44645bbae8a215061b33"
CERTIFICATE = "5CFd2fd1755d40ecb72977518be15d3b"
NOW = 1_700_000_000
VECTORS = json.loads(
    (Path(__file__).parents[2] / "testdata" / "agora_tokens.json").read_text(encoding="utf-8")
)


def token(*, uid: int = 1001, expire_s: int = 3600, publisher: bool = True) -> str:
    return build_token(
        app_id=APP_ID,
        app_certificate=CERTIFICATE,
        channel="lobby",
        uid=uid,
        publisher=publisher,
        expire_s=expire_s,
        issued_at=NOW,
        salt=1,
    )


def verify(text: str, **changes: object) -> None:
    arguments: dict[str, object] = {
        "app_id": APP_ID,
        "app_certificate": CERTIFICATE,
        "channel": "lobby",
        "uid": 1001,
        "now": NOW + 1,
        **changes,
    }
    verify_token(text, **arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: str(vector["name"]))
def test_a_token_equals_that_of_the_official_package(vector: dict[str, object]) -> None:
    arguments = {key: value for key, value in vector.items() if key not in ("name", "token")}
    built = build_token(**arguments)  # type: ignore[arg-type]
    official = str(vector["token"])
    # The packed bytes depend on the zlib at hand; what they unpack to does not.
    assert built[:3] == official[:3] == "007"
    assert unpack(built) == unpack(official)


def unpack(text: str) -> bytes:
    return zlib.decompress(base64.b64decode(text[3:]))


def test_the_right_holder_gets_in() -> None:
    verify(token())
    claims = parse_token(token())
    assert (claims.channel, claims.uid, claims.expires_at) == ("lobby", "1001", NOW + 3600)


def test_a_token_for_everyone_fits_everyone() -> None:
    verify(token(uid=0), uid=42)


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
        verify(token(), **changes)


def test_a_token_expires() -> None:
    verify(token(expire_s=60), now=NOW + 59.9)
    with pytest.raises(TokenExpired):
        verify(token(expire_s=60), now=NOW + 60)


@given(st.data())
def test_one_flipped_bit_spoils_a_token(data: st.DataObject) -> None:
    packed = bytearray(unpack(token()))
    bit = data.draw(st.integers(0, len(packed) * 8 - 1))
    packed[bit // 8] ^= 1 << bit % 8
    forged = "007" + base64.b64encode(zlib.compress(bytes(packed))).decode()
    with pytest.raises(AuthError):
        verify(forged)


@given(st.one_of(st.text(), st.binary().map(lambda raw: "007" + base64.b64encode(raw).decode())))
def test_no_text_can_break_the_parser(text: str) -> None:
    with pytest.raises(AuthError):
        parse_token(text)


def test_a_compression_bomb_is_refused_before_it_unfolds() -> None:
    bomb = "007" + base64.b64encode(zlib.compress(bytes(10_000_000))).decode()
    with pytest.raises(AuthError, match="too large"):
        parse_token(bomb)


def test_a_token_beyond_ascii_is_malformed() -> None:
    with pytest.raises(AuthError, match="malformed"):
        verify_token(
            "007\N{SNOWMAN}", app_id="a", app_certificate="c", channel="lobby", uid=1, now=0
        )
