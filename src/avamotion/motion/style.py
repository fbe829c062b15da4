"""How a face moves: what an application may choose for a session."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields

from avamotion.motion.emotion import EMOTIONS

__all__ = ["LOOKAHEADS_MS", "MotionStyle"]

LOOKAHEADS_MS = (40, 80)
"""How far the model may listen ahead: 40 for latency, 80 for quality."""

_PREFIX = "motion."


@dataclass(frozen=True, slots=True)
class MotionStyle:
    """How a face moves.

    Attributes:
        intensity: Size of the mouth's movements, 0 (shut) to 2; 1 is normal. Lips close on
            p, b, m at every intensity.
        lead_ms: How much the face runs ahead of the sound, −50 to 100. Every 20 ms of lead
            delay the frames by 20 ms.
        lookahead_ms: How far the model listens ahead: 40, or 80 for better shapes and 40 ms
            more delay.
        seed: Chooses blinks, glances, breath and head motion: the same sound and seed give the
            same face.
        emotion: One of ``EMOTIONS``.
        emotion_intensity: 0 to 1.
        head: Whether the head moves.
        blink: Whether the eyes blink.
        gaze: Whether the eyes wander.
        brow: Whether the brows follow the voice.
        breath: Whether the face breathes while it does not speak.

    Raises:
        ValueError: If a value is out of its range; the message says which.
    """

    intensity: float = 1.0
    lead_ms: float = 10.0
    lookahead_ms: int = 40
    seed: int = 0
    emotion: str = "neutral"
    emotion_intensity: float = 0.7
    head: bool = True
    blink: bool = True
    gaze: bool = True
    brow: bool = True
    breath: bool = True

    def __post_init__(self) -> None:
        _check_range("intensity", self.intensity, 0.0, 2.0)
        _check_range("lead_ms", self.lead_ms, -50.0, 100.0)
        _check_range("emotion_intensity", self.emotion_intensity, 0.0, 1.0)
        if self.lookahead_ms not in LOOKAHEADS_MS:
            raise ValueError(f"motion lookahead_ms must be 40 or 80, not {self.lookahead_ms!r}")
        if self.seed < 0:
            raise ValueError(f"motion seed must not be negative, not {self.seed!r}")
        if self.emotion not in EMOTIONS:
            known = ", ".join(EMOTIONS)
            raise ValueError(f"motion emotion must be one of {known}, not {self.emotion!r}")

    @classmethod
    def from_params(cls, params: Mapping[str, str]) -> "MotionStyle":
        """Build a style from a session's parameters: ``motion.intensity``, ``motion.seed``…

        Args:
            params: Parameters by name; those that do not begin with ``motion.`` are not ours.

        Raises:
            ValueError: If a parameter is unknown or its value cannot be used.
        """
        values: dict[str, float | int | str | bool] = {}
        for key, text in params.items():
            if not key.startswith(_PREFIX):
                continue
            name = key.removeprefix(_PREFIX)
            if name not in _PARSERS:
                known = ", ".join(_PREFIX + known for known in _PARSERS)
                raise ValueError(f"unknown parameter {key}; known are {known}")
            try:
                values[name] = _PARSERS[name](text)
            except ValueError:
                raise ValueError(f"{key} cannot be {text!r}") from None
        return cls(**values)  # type: ignore[arg-type]  # the parsers give each field its type


def _check_range(name: str, value: float, low: float, high: float) -> None:
    if not (math.isfinite(value) and low <= value <= high):
        raise ValueError(f"motion {name} must lie in [{low:g}, {high:g}], not {value!r}")


def _parse_switch(text: str) -> bool:
    try:
        return {"on": True, "true": True, "1": True, "off": False, "false": False, "0": False}[
            text.strip().lower()
        ]
    except KeyError:
        raise ValueError(text) from None


def _parse_emotion(text: str) -> str:
    return text.strip().lower()


_BY_TYPE: dict[object, Callable[[str], float | int | str | bool]] = {
    float: float,
    int: int,
    bool: _parse_switch,
    str: _parse_emotion,
}
_PARSERS = {field.name: _BY_TYPE[field.type] for field in fields(MotionStyle)}
