"""R7: which failures are final."""

import pytest
from spatius import AvatarSDKError, AvatarSDKErrorCode, SessionTokenError
from spatius_avatar_python.failure import Failure


def closed(code: int) -> Failure:
    return Failure.from_exception(
        AvatarSDKError(AvatarSDKErrorCode.connectionClosed, "closed", close_code=code)
    )


@pytest.mark.parametrize("code", [4001, 4003, 4010])
def test_close_codes_of_the_40xx_range_are_final(code: int) -> None:
    """R7."""
    assert closed(code).is_final


@pytest.mark.parametrize("code", [1001, 1006, 1009, 1011, 4002, 4503, 4599])
def test_other_close_codes_and_the_session_time_limit_are_retried(code: int) -> None:
    """R7: 4002 is the time limit of one session, after which a reconnect is expected."""
    assert not closed(code).is_final


@pytest.mark.parametrize(
    ("status", "final"), [(401, True), (403, True), (404, True), (429, False), (500, False)]
)
def test_a_console_that_refuses_the_key_is_final_and_a_busy_one_is_not(
    status: int, final: bool
) -> None:
    """R7."""
    error = SessionTokenError("no", http_status=status)
    assert Failure.from_exception(error).is_final is final


@pytest.mark.parametrize(
    ("code", "status", "final"),
    [
        (AvatarSDKErrorCode.avatarNotFound, 404, True),
        (AvatarSDKErrorCode.appIDMismatch, 400, True),
        (AvatarSDKErrorCode.sessionTokenExpired, 401, False),
        (AvatarSDKErrorCode.sessionTokenInvalid, 400, False),
        (AvatarSDKErrorCode.invalidRequest, 429, False),
        (AvatarSDKErrorCode.serverError, 503, False),
    ],
)
def test_a_refused_connection_is_retried_if_a_new_token_or_time_can_help(
    code: AvatarSDKErrorCode, status: int, final: bool
) -> None:
    """R7."""
    error = AvatarSDKError(code, "no", phase="websocket_connect", http_status=status)
    assert Failure.from_exception(error).is_final is final


def test_what_the_sdk_did_not_raise_is_retried_and_named() -> None:
    """R9: vendor_info.code is the name of the exception's class."""
    failure = Failure.from_exception(OSError("no route"))
    assert failure == Failure("OSError", "OSError", "no route")
    assert Failure.from_exception(TimeoutError()).message
