"""The fuzzer finds what is planted; the parsers survive its corpus and some more."""

import random
import re
from base64 import b64decode
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from fuzz import corpus
from fuzz.__main__ import main
from fuzz.mutator import Fuzzer
from fuzz.target import TARGETS


@pytest.mark.parametrize("name", TARGETS)
def test_a_parser_survives_its_corpus_and_what_comes_of_it(name: str) -> None:
    fuzzer = Fuzzer(TARGETS[name], corpus.load(name), random.Random(1))
    assert fuzzer.crash is None, fuzzer.crash
    for _ in range(300):
        assert fuzzer.step(), fuzzer.crash
    assert len(fuzzer.behaviours) >= 2


def test_a_planted_bug_is_found() -> None:
    def parse(data: bytes) -> str:
        """Accept a length and as many bytes; fall over when a byte of the body is 0xFF."""
        if not data or data[0] != len(data) - 1:
            return "wrong length"
        if 0xFF in data[1:]:
            raise UnicodeDecodeError("utf-8", data, 0, 1, "planted")
        return "good"

    fuzzer = Fuzzer(parse, [b"\x04abcd"], random.Random(1))
    for _ in range(20_000):
        if not fuzzer.step():
            break
    assert fuzzer.crash is not None
    assert 0xFF in fuzzer.crash.data


def command_line(*arguments: str) -> Result:
    app = typer.Typer()
    app.command()(main)
    return CliRunner().invoke(app, arguments)


def test_a_crash_leaves_an_input_and_the_command_to_try_it_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def parse(data: bytes) -> str:
        if data.startswith(b"b"):
            raise ZeroDivisionError("planted")
        return "good"

    monkeypatch.setattr(corpus, "_FOLDER", tmp_path)
    monkeypatch.setitem(TARGETS, "wire", parse)
    corpus.keep("wire", b"a")
    result = command_line("--target", "wire", "--seconds", "20", "--seed", "1")
    assert result.exit_code == 1
    assert "ZeroDivisionError: planted" in result.output
    (kept,) = set((tmp_path / "wire").iterdir()) - {corpus.keep("wire", b"a")}
    assert kept.read_bytes().startswith(b"b")
    found = re.search(r"echo (\S+) \| base64", result.output)
    assert found is not None
    assert b64decode(found[1]) == kept.read_bytes()
    again = command_line("--target", "wire", "--replay", str(kept))
    assert isinstance(again.exception, ZeroDivisionError)
    monkeypatch.setitem(TARGETS, "wire", lambda data: "mended")
    assert "wire: mended" in command_line("--replay", str(kept)).output
    # The next run tries it first.
    monkeypatch.setitem(TARGETS, "wire", parse)
    assert command_line("--target", "wire", "--seconds", "0").exit_code == 1


def test_without_a_seed_the_changes_are_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(corpus, "_FOLDER", tmp_path)
    corpus.keep("trace", b"")
    seeds = {command_line("--target", "trace", "--seconds", "0").output for _ in range(2)}
    assert len(seeds) == 2
