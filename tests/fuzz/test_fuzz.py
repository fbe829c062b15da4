"""The fuzzer finds what is planted; the parsers survive its corpus and some more."""

import random

import pytest

from fuzz import corpus
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
