"""What the voice can be told."""

import pytest
from hibari_tts_python.config import Manner, VoiceConfig


def test_nothing_need_be_said() -> None:
    assert VoiceConfig.from_properties({}) == VoiceConfig("heart", Manner(), 1, 40, 60)


def test_numbers_may_be_strings_as_placeholders_yield_them() -> None:
    config = VoiceConfig.from_properties({"params": {"speed": "1.5", "chunk_ms": "", "threads": 2}})
    assert config == VoiceConfig("heart", Manner(speed=1.5), 2, 40, 60)


@pytest.mark.parametrize(
    ("params", "name"),
    [
        ({"speed": 3}, "speed"),
        ({"speed": "fast"}, "speed"),
        ({"speed": float("nan")}, "speed"),
        ({"threads": True}, "threads"),
        ({"chunk_ms": [40]}, "chunk_ms"),
        ({"voice": 7}, "voice"),
        ({"timbre": "squeaky"}, "timbre must be one of natural, deeper, brighter"),
        ("heart", "params"),
    ],
)
def test_what_cannot_be_used_is_named(params: object, name: str) -> None:
    with pytest.raises(ValueError, match=name):
        VoiceConfig.from_properties({"params": params})


def test_a_manner_changes_in_what_is_given() -> None:
    manner = Manner().changed({"timbre": "deeper"})
    assert manner.timbre.id == "deeper"
    assert manner.changed({"speed": 0.8}) == Manner(manner.timbre, 0.8)
    assert manner.changed({"uid": 5}) == manner
