"""Look again and again whether running sessions still may."""

import asyncio
import logging
import secrets
import socket
import time
from typing import Final

from avamotion.errors import ConfigError
from avamotion.protocol.ingress import ErrorCode
from avamotion.server.config import ServerConfig
from avamotion.server.key_store import KeyStore, Refusal, SettingKeyStore
from avamotion.server.state import ServerState

__all__ = ["open_key_store", "watch_keys"]

logger = logging.getLogger(__name__)

_ENDS: Final = {
    Refusal.KEY_REVOKED: (ErrorCode.AUTH_FAILED, "the API key was revoked"),
    Refusal.MINUTES_SPENT: (
        ErrorCode.CREDITS_EXHAUSTED,
        "credits exhausted: the key's minutes are spent",
    ),
    Refusal.TOO_MANY_SESSIONS: (
        ErrorCode.CONCURRENCY_LIMIT,
        "concurrency limit: too many sessions of this key",
    ),
}


def open_key_store(config: ServerConfig) -> KeyStore:
    """Return the store of the settings: a database if there is one, else the one key of ``[app]``.

    Raises:
        ConfigError: If the database cannot be opened.
    """
    if not config.database.url:
        return SettingKeyStore(config.app)
    try:
        from avamotion.server.database.connection import open_database
        from avamotion.server.database.key_store import DatabaseKeyStore
    except ImportError as exc:
        raise ConfigError("a database needs: pip install 'avamotion[database]'") from exc
    engine = open_database(config.database.url.reveal())
    return DatabaseKeyStore(
        engine, signing_key=config.app.signing_key.reveal(), server=_server_name(config)
    )


def _server_name(config: ServerConfig) -> str:
    """Name this server, so that it knows its own sessions after it was killed."""
    listen = config.listen
    # Port 0 is another one at every start.
    return f"{socket.gethostname()} {listen.host} {listen.port or secrets.token_hex(8)}"


async def watch_keys(state: ServerState) -> None:
    """Account for sessions and end those that may not go on, until cancelled.

    A database that is away for a while ends nobody.
    """
    while True:
        await asyncio.sleep(state.config.database.check_s)
        try:
            refused = await state.keys.check(set(state.sessions), now=time.time())
        except Exception:
            logger.exception("the keys cannot be read")
            continue
        for session_id, refusal in refused.items():
            live = state.sessions.get(session_id)
            if live is not None and refusal in _ENDS:
                live.end(*_ENDS[refusal])
