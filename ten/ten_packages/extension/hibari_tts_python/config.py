"""What the voice can be told, and what it says when told wrong."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from .timbre import NATURAL, TIMBRES, Timbre

__all__ = ["SAMPLE_RATE_HZ", "Manner", "VoiceConfig"]

SAMPLE_RATE_HZ: Final = 24_000
"""The only rate that the voices of hibari-tts have."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a sentence is said.

    Attributes:
        timbre: In which voice.
        speed: Pace, 0.5 to 2; 1 is natural.
    """

    timbre: Timbre = NATURAL
    speed: float = 1.0

    def changed(self, values: Mapping[str, object]) -> "Manner":
        """Return this manner with another ``timbre`` or ``speed``, as far as they are given.

        Raises:
            ValueError: If one is malformed; the message names it.
        """
        return Manner(
            _timbre(values, self.timbre), _number(values, "speed", self.speed, low=0.5, high=2.0)
        )


@dataclass(frozen=True, slots=True)
class VoiceConfig:
    """How to speak.

    Attributes:
        voice: Name of the voice. "heart" comes with the package, others are downloaded once.
        manner: How it speaks until it is told otherwise.
        threads: Threads of the model. One is fastest unless cores are idle.
        chunk_ms: Length of an audio frame in milliseconds.
        lead_ms: Silence before the first word of a request, at most. The voices begin with some
            250 ms of it, all of which a listener would wait; a face uses a little to open up.
    """

    voice: str
    manner: Manner
    threads: int
    chunk_ms: int
    lead_ms: int

    @classmethod
    def from_properties(cls, properties: Mapping[str, object]) -> "VoiceConfig":
        """Read the node's properties, placeholders resolved.

        Raises:
            ValueError: If one is malformed; the message names it.
        """
        params = properties.get("params", {})
        if not isinstance(params, Mapping):
            raise ValueError("params must be an object")
        voice = params.get("voice") or "heart"
        if not isinstance(voice, str):
            raise ValueError("params.voice must be a string")
        return cls(
            voice=voice,
            manner=Manner().changed(params),
            threads=round(_number(params, "threads", 1, low=1, high=8)),
            chunk_ms=round(_number(params, "chunk_ms", 40, low=10, high=1000)),
            lead_ms=round(_number(params, "lead_ms", 60, low=0, high=1000)),
        )


def _timbre(params: Mapping[str, object], default: Timbre) -> Timbre:
    value = params.get("timbre")
    if value is None or value == "":
        return default
    if not isinstance(value, str) or value not in TIMBRES:
        raise ValueError(f"params.timbre must be one of {', '.join(TIMBRES)}, not {value!r:.60}")
    return TIMBRES[value]


def _number(
    params: Mapping[str, object], name: str, default: float, *, low: float, high: float
) -> float:
    value = params.get(name)
    if value is None or value == "":
        return default
    try:
        # A placeholder always yields a string.
        number = float(value) if isinstance(value, str | int | float) else float("nan")
    except ValueError:
        number = float("nan")
    if isinstance(value, bool) or not low <= number <= high:
        raise ValueError(f"params.{name} must be a number from {low:g} to {high:g}")
    return number
