"""What went wrong with the service, and whether trying again can help."""

from dataclasses import dataclass

from spatius import AvatarSDKError, AvatarSDKErrorCode

__all__ = ["Failure"]

# The session may have lasted as long as it is allowed to: the next one is welcome.
_CLOSE_SESSION_TIME_LIMIT = 4002
_FINAL_CLOSE_CODES = range(4000, 4100)

_FINAL_CODES = frozenset(
    {
        AvatarSDKErrorCode.appIDUnrecognized,
        AvatarSDKErrorCode.appIDMismatch,
        AvatarSDKErrorCode.avatarNotFound,
        AvatarSDKErrorCode.billingRequired,
        AvatarSDKErrorCode.creditsExhausted,
        AvatarSDKErrorCode.invalidEgressConfig,
        AvatarSDKErrorCode.unsupportedSampleRate,
    }
)
# Too Many Requests, Request Timeout and Too Early pass by themselves.
_PASSING_HTTP_STATUS = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class Failure:
    """Something that the service or the way to it did.

    Attributes:
        kind: Name of the exception class.
        reason: The SDK's code for it, or the same name.
        message: One sentence, without credentials.
        is_final: Whether trying again is pointless.
    """

    kind: str
    reason: str
    message: str
    is_final: bool = False

    @classmethod
    def from_exception(cls, error: BaseException) -> "Failure":
        """Classify what the SDK raised or reported."""
        if not isinstance(error, AvatarSDKError):
            return cls(type(error).__name__, type(error).__name__, str(error) or repr(error))
        return cls(type(error).__name__, error.code.value, error.message, is_final=_is_final(error))


def _is_final(error: AvatarSDKError) -> bool:
    if error.close_code is not None:
        return (
            error.close_code in _FINAL_CLOSE_CODES and error.close_code != _CLOSE_SESSION_TIME_LIMIT
        )
    if error.http_status in _PASSING_HTTP_STATUS:
        return False
    if error.code in _FINAL_CODES:
        return True
    # The console refused the API key. At the ingress, a token is fetched anew for every attempt,
    # so a token that is refused there may be accepted the next time.
    return (
        error.phase == "session_token"
        and error.http_status is not None
        and 400 <= error.http_status < 500
    )
