"""What the voice can be told."""

import pytest
from hibari_tts_python.config import VoiceConfig


def test_nothing_need_be_said() -> None:
    assert VoiceConfig.from_properties({}) == VoiceConfig("heart", 1.0, 1, 40, 60)


def test_numbers_may_be_strings_as_placeholders_yield_them() -> None:
    config = VoiceConfig.from_properties({"params": {"speed": "1.5", "chunk_ms": "", "threads": 2}})
    assert config == VoiceConfig("heart", 1.5, 2, 40, 60)


@pytest.mark.parametrize(
    ("params", "name"),
    [
        ({"speed": 3}, "speed"),
        ({"speed": "fast"}, "speed"),
        ({"speed": float("nan")}, "speed"),
        ({"threads": True}, "threads"),
        ({"chunk_ms": [40]}, "chunk_ms"),
        ({"voice": 7}, "voice"),
        ("heart", "params"),
    ],
)
def test_what_cannot_be_used_is_named(params: object, name: str) -> None:
    with pytest.raises(ValueError, match=name):
        VoiceConfig.from_properties({"params": params})
