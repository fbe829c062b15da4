"""Exceptions raised by avamotion.

AvamotionError
├── ConfigError               bad configuration; raised once, at start-up
├── ProtocolError             a wire protocol was broken
│   ├── LocalProtocolError    by us: a bug in the caller
│   └── RemoteProtocolError   by the peer: close with ``close_code``
├── AuthError                 token missing, malformed, expired or for another session
├── AudioError                audio that cannot be decoded
├── InferenceError            motion that could not be computed
├── ModelError                a model file that is missing or cannot be used
├── DemoError                 the demo could not do what it was asked to
└── EgressError               frames that cannot be delivered
    ├── EgressUnavailable     for now; the caller may retry
    ├── EgressRejected        for good; the caller must not retry
    └── EgressInvalid         asked for in a way that no channel could serve
"""

__all__ = [
    "AudioError",
    "AuthError",
    "AvamotionError",
    "ConfigError",
    "DemoError",
    "EgressError",
    "EgressInvalid",
    "EgressRejected",
    "EgressUnavailable",
    "InferenceError",
    "LocalProtocolError",
    "ModelError",
    "ProtocolError",
    "RemoteProtocolError",
]


class AvamotionError(Exception):
    """Base class of every exception that avamotion raises on purpose."""


class ConfigError(AvamotionError):
    """Raised when a setting is missing or cannot be used; the message names its key."""


class ProtocolError(AvamotionError):
    """Base class of broken wire protocols."""


class LocalProtocolError(ProtocolError):
    """Raised when our own side asks for something that the protocol forbids."""


class RemoteProtocolError(ProtocolError):
    """Raised when the peer breaks the protocol.

    Attributes:
        problem: What is wrong, in words for the peer.
        close_code: WebSocket close code that tells the peer what it did wrong.
    """

    def __init__(self, problem: str, close_code: int = 1002) -> None:
        super().__init__(problem)
        self.problem = problem
        self.close_code = close_code


class AuthError(AvamotionError):
    """Raised when a token is missing, malformed, expired, or for something else."""


class AudioError(AvamotionError):
    """Raised when audio cannot be decoded."""


class InferenceError(AvamotionError):
    """Raised when motion could not be computed, through no fault of the sound."""


class ModelError(AvamotionError):
    """Raised when a model file is missing or does not have the shape we expect."""


class DemoError(AvamotionError):
    """Raised when the demo cannot do what it was asked to; the message is for the user."""


class EgressError(AvamotionError):
    """Base class of frames that cannot be delivered."""


class EgressUnavailable(EgressError):
    """Raised when the channel is out of reach for now; the caller may retry."""


class EgressRejected(EgressError):
    """Raised when the channel will never take us; the caller must not retry."""


class EgressInvalid(EgressError):
    """Raised when what was asked for names no channel; the message names the field."""
