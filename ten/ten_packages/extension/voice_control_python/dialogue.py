"""Who is here, what is being said, and what has to happen next. Sans-I/O."""

from dataclasses import dataclass

from .sentence import Report, public_sentence

__all__ = ["Action", "Caption", "Complain", "Dialogue", "Interrupt", "Speak"]


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


Action = Interrupt | Speak | Caption | Complain


class Dialogue:
    """The rules of the conversation: each event returns what is to be done, in order.

    Args:
        greeting: Said once, to the first user; may be empty.
    """

    def __init__(self, *, greeting: str) -> None:
        self._greeting = greeting.strip()
        self._n_turns = 0
        self._n_flushes = 0
        # The avatar speaks long after the voice is done: a turn counts until it is interrupted.
        self._speaking: Speak | None = None

    def user_joined(self) -> list[Action]:
        """Somebody has come: greet them, if they are the first."""
        greeting, self._greeting = self._greeting, ""
        return self._speak(greeting) if greeting else []

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
