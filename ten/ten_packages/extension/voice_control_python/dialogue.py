"""Who is here, what is being said, and what has to happen next. Sans-I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from .sentence import Report, public_sentence

__all__ = [
    "Action",
    "Announce",
    "Caption",
    "ChangeStyle",
    "ChangeVoice",
    "Complain",
    "Dialogue",
    "Interrupt",
    "Speak",
]


_VOICE_NAMES: Final = ("timbre", "speed")


@dataclass(frozen=True, slots=True)
class Interrupt:
    """Silence whatever is being said, everywhere at the same time."""

    flush_id: str
    turn_id: int


@dataclass(frozen=True, slots=True)
class Speak:
    """Say a text."""

    request_id: str
    text: str
    turn_id: int


@dataclass(frozen=True, slots=True)
class Caption:
    """Show what is being said."""

    text: str


@dataclass(frozen=True, slots=True)
class Complain:
    """Tell the users what went wrong."""

    message: str


@dataclass(frozen=True, slots=True)
class ChangeStyle:
    """Have the face move otherwise."""

    style: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ChangeVoice:
    """Have the voice speak otherwise."""

    voice: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Announce:
    """Tell the users what there is to choose, and what is chosen.

    Attributes:
        voices: What the voice node says of itself; empty if it has nothing to choose.
        style: What was chosen of the face's style.
    """

    voices: Mapping[str, Any] = field(default_factory=dict)
    style: Mapping[str, Any] = field(default_factory=dict)


Action = Interrupt | Speak | Caption | Complain | ChangeStyle | ChangeVoice | Announce


class Dialogue:
    """The rules of the conversation: each event returns what is to be done, in order.

    Args:
        greeting: Said once, to the first user; may be empty.
    """

    def __init__(self, *, greeting: str) -> None:
        self._greeting = greeting.strip()
        self._choices = Announce()
        self._n_turns = 0
        self._n_flushes = 0
        # The avatar speaks long after the voice is done: a turn counts until it is interrupted.
        self._speaking: Speak | None = None

    def user_joined(self) -> list[Action]:
        """Somebody has come: tell them how things stand, and greet them if they are the first."""
        greeting, self._greeting = self._greeting, ""
        told: list[Action] = [self._choices] if self._choices != Announce() else []
        return [*told, *(self._speak(greeting) if greeting else [])]

    def voices_known(self, voices: Mapping[str, Any]) -> list[Action]:
        """The voice node says what there is to choose, and what is chosen."""
        self._choices = Announce(voices, self._choices.style)
        return [self._choices]

    def style_received(self, style: Mapping[str, Any]) -> list[Action]:
        """A user wants the face to move otherwise."""
        self._choices = Announce(self._choices.voices, {**self._choices.style, **style})
        return [ChangeStyle(style), self._choices]

    def voice_received(self, voice: Mapping[str, Any]) -> list[Action]:
        """A user wants another voice; the voice node answers with what it made of it."""
        return [ChangeVoice({name: voice[name] for name in _VOICE_NAMES if name in voice})]

    def text_received(self, text: str) -> list[Action]:
        """A user wants something said. The newest wish counts."""
        text = text.strip()
        self._greeting = ""  # who is already talking need not be greeted
        return [*self.stop_received(), *self._speak(text)] if text else []

    def stop_received(self) -> list[Action]:
        """A user wants silence."""
        if self._speaking is None:
            return []
        turn_id = self._speaking.turn_id
        self._speaking = None
        self._n_flushes += 1
        return [Interrupt(f"flush-{self._n_flushes}", turn_id)]

    def speech_started(self, request_id: str) -> list[Action]:
        """The voice has begun to speak; a request that was interrupted meanwhile has no caption."""
        turn = self._speaking
        return [Caption(turn.text)] if turn is not None and turn.request_id == request_id else []

    def failed(self, report: Report) -> list[Action]:
        """Some part of the graph has failed."""
        return [Complain(public_sentence(report))]

    def _speak(self, text: str) -> list[Action]:
        self._n_turns += 1
        self._speaking = Speak(f"tts-request-{self._n_turns}", text, self._n_turns)
        return [self._speaking]
