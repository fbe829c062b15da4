"""What the guarder needs of the service that an avatar extension talks to."""

from collections.abc import Callable, Sequence
from typing import Protocol

__all__ = ["AvatarBackend", "Speech"]


class Speech(Protocol):
    """One run of speech, as the service received it.

    Attributes:
        audio: Mono s16le bytes in order, decoded if they came encoded.
        ended: Whether the extension said that there is no more.
        n_ends: How often it said so.
        interrupted: Whether the extension interrupted it.
        late_bytes: How much arrived after the interrupt.
    """

    audio: bytearray
    ended: bool
    n_ends: int
    interrupted: bool
    late_bytes: int


class AvatarBackend(Protocol):
    """A stand-in for the service, on a real socket. It is entered and left as a context manager.

    Every method is called from another thread than the one that serves, and returns once what it
    asks for is so.
    """

    def __enter__(self) -> "AvatarBackend":
        """Begin to listen."""
        ...

    def __exit__(self, *exc_info: object) -> None:
        """Stop listening."""
        ...

    def placeholders(self) -> dict[str, str]:
        """Return what stands for ``{name}`` in the extension's configuration."""
        ...

    def issued_secret(self) -> str:
        """Return what every credential that the service issues contains."""
        ...

    def utterances(self) -> Sequence[Speech]:
        """Return what was received so far, oldest first."""
        ...

    def is_connected(self) -> bool:
        """Return whether the extension has a session."""
        ...

    def n_bytes(self) -> int:
        """Return how many bytes of audio were received."""
        ...

    def wait_for(self, condition: Callable[[], object], what: str, limit_s: float = 8.0) -> None:
        """Wait until something holds, or raise AssertionError."""
        ...

    def hang(self) -> None:
        """Read nothing and answer nothing, with connections left open."""
        ...

    def resume(self) -> None:
        """Go on where :meth:`hang` left off."""
        ...

    def kill(self) -> None:
        """Disappear without a goodbye."""
        ...

    def restart(self) -> None:
        """Come back at the same address."""
        ...

    def refuse(self) -> None:
        """Refuse every connection from now on, with an error that trying again cannot cure."""
        ...

    def forget_audio(self) -> None:
        """Count audio from now on, but do not keep it."""
        ...
