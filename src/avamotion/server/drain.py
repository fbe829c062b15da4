"""Stop without cutting anybody off in the middle of a word."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from starlette.websockets import WebSocketDisconnect

from avamotion.server.state import ServerState

__all__ = ["drain"]

logger = logging.getLogger(__name__)

_GOING_AWAY: Final = 1001
_LOOK_AGAIN_S: Final = 0.05


async def drain(state: ServerState, *, limit_s: float, stop: Callable[[], bool]) -> None:
    """Take no more sessions, end those that are silent, wait for those that speak.

    Args:
        state: The server.
        limit_s: Seconds after which the others are ended, too.
        stop: Whether somebody has lost patience.
    """
    state.draining = True
    clock = asyncio.get_running_loop().time
    deadline = clock() + limit_s
    if state.sessions:
        logger.info("draining %d sessions", len(state.sessions))
    while state.sessions and not stop():
        for live in list(state.sessions.values()):
            if clock() >= deadline or live.session is None or not live.session.speaking:
                live.end()
        await asyncio.sleep(_LOOK_AGAIN_S)
    for viewer in list(state.viewers):
        with suppress(RuntimeError, WebSocketDisconnect):  # it was quicker
            await viewer.close(_GOING_AWAY, "the server is going away")
