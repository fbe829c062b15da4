"""Refusals, in the words and the form by which the published clients classify them.

They look through code, title and detail. The word "unauthorized" anywhere would make them blame the
egress.
"""

from dataclasses import dataclass
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

__all__ = [
    "APP_MISMATCH",
    "APP_UNKNOWN",
    "AVATAR_NOT_FOUND",
    "BEARER_MISSING",
    "CREDITS_EXHAUSTED",
    "GOING_AWAY",
    "KEYS_UNAVAILABLE",
    "NOT_READY",
    "OPS_DISABLED",
    "TOKEN_EXPIRED",
    "TOKEN_INVALID",
    "TOO_MANY_SESSIONS",
    "Problem",
    "answer_http_exception",
]


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a request is refused.

    Attributes:
        status: HTTP status.
        code: A word for programs.
        title: A few words for people.
        detail: A sentence for people; the clients look for certain words in it.
    """

    status: int
    code: str
    title: str
    detail: str

    def response(self) -> JSONResponse:
        """Return it as the body that the clients read."""
        error = {
            "status": self.status,
            "code": self.code,
            "title": self.title,
            "detail": self.detail,
        }
        return JSONResponse({"errors": [error]}, status_code=self.status)


async def answer_http_exception(request: Request, exc: Exception) -> Response:
    """Answer what the framework refuses in the same form as what we refuse."""
    assert isinstance(exc, HTTPException)
    title = exc.detail or "Refused"
    response = Problem(
        exc.status_code,
        title[:1].lower() + title[1:].replace(" ", ""),
        title,
        f"{request.method} {request.url.path}: {title.lower()}",
    ).response()
    response.headers.update(exc.headers or {})
    return response


TOKEN_INVALID: Final = Problem(
    400, "sessionTokenInvalid", "Bad Request", "invalid session token: get a new one"
)
TOKEN_EXPIRED: Final = Problem(
    401, "sessionTokenExpired", "Token Expired", "token is expired: get a new one"
)
APP_MISMATCH: Final = Problem(
    400, "appIDMismatch", "Bad Request", "app id mismatch: the token belongs to another app"
)
APP_UNKNOWN: Final = Problem(
    404, "appIDUnrecognized", "Not Found", "app id unrecognized: check the App ID"
)
AVATAR_NOT_FOUND: Final = Problem(
    404, "avatarNotFound", "Not Found", "avatar not found: GET /v1/avatars lists what there is"
)
TOO_MANY_SESSIONS: Final = Problem(
    429, "concurrencyLimit", "Too Many Requests", "concurrency limit: too many sessions of this key"
)
BEARER_MISSING: Final = Problem(
    401, "keyMissing", "Key Missing", "send the header Authorization: Bearer and the key"
)
CREDITS_EXHAUSTED: Final = Problem(
    402, "creditsExhausted", "Payment Required", "credits exhausted: the key's minutes are spent"
)
KEYS_UNAVAILABLE: Final = Problem(
    503, "keysUnavailable", "Service Unavailable", "the keys cannot be read at present: try again"
)
OPS_DISABLED: Final = Problem(
    404, "opsDisabled", "Not Found", "there is no operator page: set ops.key to have one"
)
NOT_READY: Final = Problem(
    503, "notReady", "Service Unavailable", "the server is not ready: try again in a moment"
)
GOING_AWAY: Final = Problem(
    503, "goingAway", "Service Unavailable", "the server is going away: try again, elsewhere"
)
