"""Placeholders for environment variables."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ten_runtime._engine.fault import PropertyError
from ten_runtime._engine.placeholder import resolved

ENVIRON = {"KEY": "secret", "EMPTY": ""}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${env:KEY}", "secret"),
        ("${env:KEY|default}", "secret"),
        ("${env:EMPTY|default}", ""),
        ("${env:NOPE|default}", "default"),
        ("${env:NOPE|}", ""),
        ("${env:NOPE|5}", "5"),
        ("${env:NOPE|a|b}", "a|b"),
        (r"${env:NOPE|a\}b}", "a}b"),
        ("x${env:KEY}", "x${env:KEY}"),
        ("${env:KEY}x", "${env:KEY}x"),
        ("plain", "plain"),
    ],
)
def test_only_a_whole_string_is_a_placeholder(text: str, value: str) -> None:
    assert resolved(text, ENVIRON, "here") == value


def test_placeholders_are_resolved_at_any_depth() -> None:
    value = {"a": ["${env:KEY}", {"b": "${env:NOPE|d}"}], "n": 1, "t": True, "z": None}
    assert resolved(value, ENVIRON, "here") == {
        "a": ["secret", {"b": "d"}],
        "n": 1,
        "t": True,
        "z": None,
    }


def test_a_missing_variable_is_named_with_its_place() -> None:
    with pytest.raises(PropertyError, match=r"here\.a\[0\]: .* NOPE is not set"):
        resolved({"a": ["${env:NOPE}"]}, ENVIRON, "here")
    with pytest.raises(PropertyError, match="env:NAME"):
        resolved("${file:x}", ENVIRON, "here")


@given(st.text(max_size=20))
def test_no_text_can_break_it(text: str) -> None:
    for value in (text, f"${{{text}}}", f"${{env:{text}}}"):
        try:
            assert isinstance(resolved(value, ENVIRON, "here"), str)
        except PropertyError:
            assert value.startswith("${")
