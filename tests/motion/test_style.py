"""What an application may ask for, and how it is told off."""

import pytest

from avamotion.motion import MotionStyle


def test_parameters_become_a_style_and_others_are_left_alone() -> None:
    style = MotionStyle.from_params(
        {
            "motion.intensity": "1.25",
            "motion.lead_ms": "-20",
            "motion.seed": "5",
            "motion.emotion": "Happy",
            "motion.emotion_intensity": "0.5",
            "motion.blink": "off",
            "voice": "anything",
        }
    )
    assert style == MotionStyle(
        intensity=1.25, lead_ms=-20, seed=5, emotion="happy", emotion_intensity=0.5, blink=False
    )


def test_no_parameters_mean_the_defaults() -> None:
    assert MotionStyle.from_params({}) == MotionStyle()


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"motion.intensity": "much"}, "motion.intensity cannot be 'much'"),
        ({"motion.intensity": "nan"}, "intensity must lie in"),
        ({"motion.intensity": "2.5"}, r"intensity must lie in \[0, 2\], not 2.5"),
        ({"motion.lead_ms": "101"}, "lead_ms must lie in"),
        ({"motion.lookahead_ms": "60"}, "must be 40 or 80, not 60"),
        ({"motion.seed": "-1"}, "seed must not be negative"),
        ({"motion.seed": "1.5"}, "motion.seed cannot be '1.5'"),
        ({"motion.emotion": "hungry"}, "must be one of neutral, happy"),
        ({"motion.emotion_intensity": "-0.1"}, "emotion_intensity must lie in"),
        ({"motion.blink": "maybe"}, "motion.blink cannot be 'maybe'"),
        ({"motion.smile": "1"}, "unknown parameter motion.smile; known are motion.intensity"),
    ],
)
def test_a_bad_parameter_is_named(params: dict[str, str], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        MotionStyle.from_params(params)
