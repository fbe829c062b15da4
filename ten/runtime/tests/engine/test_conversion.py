"""``msg_conversion``."""

from __future__ import annotations

import pytest
from ten_runtime._engine.conversion import ConversionError, conversion_of
from ten_runtime._engine.message import AudioCore, DataCore


def data(**properties: object) -> DataCore:
    core = DataCore("original")
    core.props = properties
    return core


def fixed(path: str, value: object) -> dict[str, object]:
    return {"path": path, "conversion_mode": "fixed_value", "value": value}


def copied(path: str, original: str) -> dict[str, object]:
    return {"path": path, "conversion_mode": "from_original", "original_path": original}


def test_rules_set_properties_and_drop_the_rest() -> None:
    core = data(a=1, b={"c": [2]})
    rules = [fixed("x.y", 5), copied("z", "b.c[0]"), copied("whole", "b"), copied("n", "ten.name")]
    assert conversion_of({"type": "per_property", "rules": rules}).apply(core) is None
    assert core.props == {"x": {"y": 5}, "z": 2, "whole": {"c": [2]}, "n": "original"}


def test_the_original_may_be_kept() -> None:
    core = data(a=1, b=2)
    conversion = conversion_of({"keep_original": True, "rules": [fixed("b", 3)]})
    assert conversion.apply(core) is None
    assert core.props == {"a": 1, "b": 3}


def test_a_rule_may_rename_the_message_and_set_its_fields() -> None:
    core = AudioCore("pcm_frame")
    conversion = conversion_of(
        {"rules": [fixed("ten.name", "finalize"), fixed("ten.sample_rate", 8000)]}
    )
    assert conversion.apply(core) is None
    assert (core.name, core.sample_rate) == ("finalize", 8000)


@pytest.mark.parametrize(
    "rule", [copied("x", "missing"), fixed("ten.name", 5), fixed("ten.nothing", 5)]
)
def test_a_failing_rule_says_why_and_changes_nothing(rule: dict[str, object]) -> None:
    core = data(a=1)
    assert conversion_of({"rules": [fixed("b", 1), rule]}).apply(core)
    assert (core.name, core.props) == ("original", {"a": 1})


@pytest.mark.parametrize(
    "document",
    [
        [],
        {"type": "magic"},
        {"rules": {}},
        {"rules": [{}]},
        {"rules": [{"path": "a", "conversion_mode": "fixed_value"}]},
        {"rules": [{"path": "a", "conversion_mode": "from_original"}]},
        {"rules": [{"path": "a", "conversion_mode": "guess"}]},
        {"result": 5},
    ],
)
def test_what_is_no_conversion_is_refused(document: object) -> None:
    with pytest.raises(ConversionError):
        conversion_of(document)
