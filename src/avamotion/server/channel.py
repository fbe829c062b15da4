"""The hosted channel's WebSocket: pump bytes between one member and the hub."""

import asyncio
import logging
import time
from typing import Final

from starlette.websockets import WebSocket, WebSocketDisconnect

from avamotion.channel.member import Member
from avamotion.channel.message import (
    BAD_REQUEST,
    ChannelError,
    Join,
    Leave,
    MemberMessage,
    Ping,
    decode_member_text,
    encode_text,
)
from avamotion.server.alarm import Alarm
from avamotion.server.peer import peer_address
from avamotion.server.state import ServerState

__all__ = ["serve_channel"]

logger = logging.getLogger(__name__)

_NORMAL: Final = 1000
_TOO_SLOW: Final = 4013


async def serve_channel(websocket: WebSocket) -> None:
    """``GET /v1/channel``: one member, from upgrade to close."""
    state: ServerState = websocket.app.state.server
    await websocket.accept()
    try:
        try:
            async with asyncio.timeout(state.config.session.join_timeout_s):
                join = await _receive(websocket)
        except TimeoutError as exc:
            raise ChannelError("join_timeout", "no join message came in time", 4008) from exc
        if not isinstance(join, Join):
            raise ChannelError("bad_request", "the first message must be a join", BAD_REQUEST)
        state.viewers.add(websocket)
        await _serve_member(websocket, state, join)
    except ChannelError as exc:
        about = {"client": peer_address(websocket)}
        logger.info("channel member refused: %s", exc.code, extra=about)
        await _close(websocket, exc)
    except WebSocketDisconnect:
        pass
    finally:
        state.viewers.discard(websocket)


async def _serve_member(websocket: WebSocket, state: ServerState, join: Join) -> None:
    hub = state.hub
    who = ("viewer", join.app_id, join.channel, join.uid)
    outgoing = Alarm()
    member = hub.join(join, publisher=False, now=time.time(), wake=outgoing.ring)
    if state.returners.come(who, now=time.time()):
        state.metrics.reconnects.labels("viewer").inc()
    writer = asyncio.create_task(_write(websocket, member, outgoing))
    try:
        while True:
            match await _receive(websocket):
                case Leave():
                    await websocket.close(_NORMAL)
                    return
                case Ping(ping_id):
                    member.enqueue_text(encode_text("pong", id=ping_id))
                case MemberMessage() as message:
                    hub.deliver(member, message)
                case Join():
                    raise ChannelError("bad_request", "already in a channel", BAD_REQUEST)
    finally:
        hub.leave(member)
        state.returners.leave(who, now=time.time())
        state.metrics.dropped.labels("slow_viewer").inc(member.dropped_packets)
        writer.cancel()
        await asyncio.gather(writer, return_exceptions=True)


async def _write(websocket: WebSocket, member: Member, outgoing: Alarm) -> None:
    while True:
        await outgoing.sleep(None)
        try:
            if member.overflowed:
                logger.info("channel member let go: it does not read its messages")
                await websocket.close(_TOO_SLOW, "too many messages wait: read, and join again")
                return
            for data in member.data_to_send():
                if isinstance(data, str):
                    await websocket.send_text(data)
                else:
                    await websocket.send_bytes(data)
        except (RuntimeError, WebSocketDisconnect):
            return  # the reader sees the disconnect


async def _receive(websocket: WebSocket) -> Join | Leave | Ping | MemberMessage:
    message = await websocket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", _NORMAL))
    text = message.get("text")
    if text is None:
        raise ChannelError("bad_request", "members send text messages only", BAD_REQUEST)
    return decode_member_text(text)


async def _close(websocket: WebSocket, error: ChannelError) -> None:
    try:
        await websocket.send_text(encode_text("error", code=error.code, message=error.problem))
        await websocket.close(error.close_code, error.code)
    except (RuntimeError, WebSocketDisconnect):
        pass  # the member was quicker
