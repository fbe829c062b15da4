"""Session tokens: signed proofs that an API key asked for a session, so that any server of a fleet
that knows the signing key accepts them."""

from dataclasses import dataclass
from typing import Final

import jwt

from avamotion.errors import AuthError

__all__ = ["SessionToken", "SessionTokenExpired", "issue_session_token", "verify_session_token"]

_ALGORITHM: Final = "HS256"
_AUDIENCE: Final = "avamotion-ingress"


class SessionTokenExpired(AuthError):
    """Raised for a token that was good once."""


@dataclass(frozen=True, slots=True)
class SessionToken:
    """What a verified token says.

    Attributes:
        app_id: The app that owns the API key.
        token_id: Unique; lets a server refuse the second use.
        expires_at: Unix time in seconds.
        key_id: Public name of the API key that asked for it.
    """

    app_id: str
    token_id: str
    expires_at: int
    key_id: str = ""


def issue_session_token(token: SessionToken, *, signing_key: str, now: float) -> str:
    """Sign a token. ``now`` is Unix time in seconds."""
    claims = {
        "aud": _AUDIENCE,
        "sub": token.app_id,
        "jti": token.token_id,
        "iat": int(now),
        "exp": token.expires_at,
        "key": token.key_id,
    }
    return jwt.encode(claims, signing_key, algorithm=_ALGORITHM)


def verify_session_token(text: str, *, signing_key: str, now: float) -> SessionToken:
    """Check a token.

    Args:
        text: What the client sent.
        signing_key: The key that :func:`issue_session_token` signed with.
        now: Current Unix time in seconds.

    Raises:
        SessionTokenExpired: If it has expired.
        AuthError: If it is malformed or signed by somebody else.
    """
    try:
        claims = jwt.decode(
            text,
            signing_key,
            algorithms=[_ALGORITHM],
            audience=_AUDIENCE,
            # The clock is an argument here, not PyJWT's.
            options={"require": ["exp", "sub", "jti"], "verify_exp": False, "verify_iat": False},
        )
        token = SessionToken(
            str(claims["sub"]), str(claims["jti"]), int(claims["exp"]), str(claims.get("key", ""))
        )
    except (jwt.InvalidTokenError, TypeError, ValueError) as exc:
        raise AuthError("invalid session token") from exc
    if now >= token.expires_at:
        raise SessionTokenExpired("token is expired")
    return token
