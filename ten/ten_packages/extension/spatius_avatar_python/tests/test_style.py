"""How a face moves, in the graph and on the wire."""

import pytest
from spatius_avatar_python.config import AvatarConfig
from spatius_avatar_python.style import read_style


def test_a_style_becomes_session_parameters() -> None:
    style = {"emotion": "happy", "intensity": 1.5, "head": False, "blink": True}
    assert read_style(style, where="style") == {
        "motion.emotion": "happy",
        "motion.intensity": "1.5",
        "motion.head": "off",
        "motion.blink": "on",
    }


@pytest.mark.parametrize("value", [None, [1], {"a": 1}])
def test_what_is_no_value_is_named(value: object) -> None:
    with pytest.raises(ValueError, match=r"style\.emotion must be a string"):
        read_style({"emotion": value}, where="style")


def test_a_style_has_few_entries() -> None:
    with pytest.raises(ValueError, match="33 entries"):
        read_style({str(n): n for n in range(33)}, where="style")


def test_a_node_may_begin_with_a_style() -> None:
    properties = {
        "params": {
            "spatius_api_key": "k",
            "spatius_app_id": "a",
            "spatius_avatar_id": "v",
            "agora_appid": "a",
            "agora_appcert": "c",
            "agora_channel": "c",
            "agora_uid": 1,
            "motion": {"emotion": "sad", "brow": ""},
        }
    }
    assert AvatarConfig.from_properties(properties).service.style == {"motion.emotion": "sad"}
