"""What a client may choose for its session, in ``extra_params``."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Final

from avamotion.motion.style import MotionStyle

__all__ = ["SessionOptions"]

_NEW_REQUEST: Final = "playout.new_request"
_NEW_REQUEST_CHOICES: Final = {"queue": False, "preempt": True}
_MOTION_KEYS: Final = frozenset(f"motion.{field.name}" for field in fields(MotionStyle))


@dataclass(frozen=True, slots=True)
class SessionOptions:
    """What a client has chosen.

    Attributes:
        style: How the face moves.
        preempt: Whether a new request ends the one that is playing.
        ignored: Keys that mean nothing to us; the wire lets clients send what they like.
    """

    style: MotionStyle
    preempt: bool
    ignored: tuple[str, ...]

    @classmethod
    def from_params(
        cls, params: Mapping[str, str], defaults: Mapping[str, str] | None = None
    ) -> "SessionOptions":
        """Read a session's parameters.

        Args:
            params: What the client sent.
            defaults: ``motion.*`` parameters of the avatar.

        Raises:
            ValueError: If a value that we know cannot be used; the message says which.
        """
        motion = {key: value for key, value in (defaults or {}).items() if key in _MOTION_KEYS}
        motion |= {key: value for key, value in params.items() if key in _MOTION_KEYS}
        new_request = params.get(_NEW_REQUEST, "queue")
        if new_request not in _NEW_REQUEST_CHOICES:
            raise ValueError(f"{_NEW_REQUEST} cannot be {new_request!r}: use queue or preempt")
        ignored = sorted(key for key in params if key not in _MOTION_KEYS | {_NEW_REQUEST})
        return cls(
            MotionStyle.from_params(motion), _NEW_REQUEST_CHOICES[new_request], tuple(ignored)
        )
