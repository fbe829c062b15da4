"""Session tokens over HTTP."""

import asyncio
import json
import logging
import secrets
import time
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from avamotion.server import problem
from avamotion.server.peer import peer_address
from avamotion.server.problem import Problem
from avamotion.server.state import ServerState
from avamotion.tokens.session import SessionToken, issue_session_token

__all__ = ["create_session_token", "create_session_token_alias"]

logger = logging.getLogger(__name__)

_MAX_BODY_BYTES: Final = 16 * 1024
_BODY_TIMEOUT_S: Final = 10.0


async def create_session_token(request: Request) -> Response:
    """``POST /v1/console/session-tokens``: exchange an API key for a session token."""
    return await _create(request, "sessionToken")


async def create_session_token_alias(request: Request) -> Response:
    """``POST /v1/auth/session-token``: the same under its newer name."""
    return await _create(request, "session_token")


async def _create(request: Request, member: str) -> Response:
    state: ServerState = request.app.state.server
    config = state.config
    api_key = request.headers.get("x-api-key", "")
    try:
        key = await state.keys.find_key(api_key) if api_key else None
        signing_key = await state.keys.signing_key()
    except Exception:
        logger.exception("the keys cannot be read")
        return problem.KEYS_UNAVAILABLE.response()
    if key is None:
        logger.info("API key refused", extra={"client": peer_address(request)})
        detail = "the X-Api-Key header is missing or names no API key of this server"
        return Problem(401, "apiKeyInvalid", "API Key Refused", detail).response()
    now = time.time()
    expire_at = _read_expire_at(await _read_body(request))
    if expire_at is None:
        detail = 'the body must be a JSON object like {"expireAt": 1767225600}: Unix seconds'
        return Problem(400, "invalidRequest", "Bad Request", detail).response()
    if not now < expire_at <= now + config.session.max_token_s:
        hours = config.session.max_token_s / 3600
        detail = f"expireAt must lie in the future, at most {hours:g} hours ahead"
        return Problem(400, "invalidRequest", "Bad Request", detail).response()
    token = SessionToken(key.app_id, secrets.token_urlsafe(16), int(expire_at), key.id)
    text = issue_session_token(token, signing_key=signing_key, now=now)
    return JSONResponse({member: text})


async def _read_body(request: Request) -> bytes:
    """Read the body as far as it may go; a longer one is no JSON then."""
    body = bytearray()
    try:
        async with asyncio.timeout(_BODY_TIMEOUT_S):
            async for piece in request.stream():
                body += piece
                if len(body) > _MAX_BODY_BYTES:
                    return b""
    except TimeoutError:
        return b""
    return bytes(body)


def _read_expire_at(body: bytes) -> float | None:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    expire_at = value.get("expireAt") if isinstance(value, dict) else None
    if isinstance(expire_at, bool) or not isinstance(expire_at, int | float):
        return None
    return float(expire_at)
