"""`avamotion token agora`: what it makes it can read, and mistakes are named."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from avamotion.cli import app
from avamotion.errors import AvamotionError

APP_ID = "970CA35de60c44645bbae8a215061b33"
KEYS = {"AGORA_APP_ID": APP_ID, "AGORA_APP_CERTIFICATE": "5CFd2fd1755d40ecb72977518be15d3b"}
OLD = json.loads(
    (Path(__file__).parents[1] / "testdata" / "agora_tokens_006.json").read_text(encoding="utf-8")
)[0]["token"]


def run(*arguments: str, keys: Mapping[str, str] = KEYS, stdin: str | None = None) -> Result:
    return CliRunner().invoke(app, ["token", "agora", *arguments], env={**keys}, input=stdin)


def token(*arguments: str) -> str:
    result = run("build", "--channel", "lobby", *arguments)
    assert result.exit_code == 0
    return result.stdout.strip()


def test_what_is_made_says_so_and_gets_in() -> None:
    made = token("--uid", "5", "--publisher")
    result = run("show", made, "--check", "--channel", "lobby", "--uid", "5")
    assert result.exit_code == 0
    for words in (APP_ID, "channel    lobby", "uid        5", "publish data", "accepted"):
        assert words in result.stdout


def test_a_viewer_may_only_join() -> None:
    shown = run("show", "-", stdin=token() + "\n").stdout
    assert "uid        any" in shown
    assert "join channel" in shown
    assert "publish" not in shown


def test_an_old_token_is_read() -> None:
    result = run("show", OLD)
    assert result.exit_code == 0
    assert "006" in result.stdout
    assert "publish audio, until 2023-11-14 23:13:20 UTC" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "keys", "words"),
    [
        ("build --channel lobby", {"AGORA_APP_ID": APP_ID}, "AGORA_APP_CERTIFICATE: is not set"),
        ("build --channel lobby --app-id x", KEYS, "--app-id: must be 32"),
        ("build --channel lobby --uid -1", KEYS, "--uid"),
        ("build --channel lobby --expire-s 90000", KEYS, "--expire-s"),
        ("build --channel " + 65 * "x", KEYS, "--channel"),
        ("show 007x", KEYS, "malformed"),
        ("show 005abc", KEYS, "not an Agora token"),
        (f"show {OLD} --check", KEYS, "--check needs --channel"),
        (f"show {OLD} --check --channel lobby --uid 1001", KEYS, "refused: the token has expired"),
    ],
)
def test_a_mistake_is_named(arguments: str, keys: dict[str, str], words: str) -> None:
    absent = {"AGORA_APP_ID": "", "AGORA_APP_CERTIFICATE": ""}
    result = run(*arguments.split(), keys=absent | keys)
    assert isinstance(result.exception, AvamotionError)
    assert words in str(result.exception)
