"""The hosted channel over WebRTC: WHEP's requests (draft-ietf-wish-whep), and who may make them."""

import logging
import time
from typing import TYPE_CHECKING, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from avamotion.channel.message import ChannelError, Join
from avamotion.server.peer import peer_address
from avamotion.server.state import ServerState

if TYPE_CHECKING:
    from avamotion.server.rtc_gateway import RtcGateway

__all__ = ["close_gateway", "webrtc_routes"]

logger = logging.getLogger(__name__)

_PATH: Final = "/v1/channel/whep"
_SDP: Final = "application/sdp"
_MAX_OFFER_BYTES: Final = 64 * 1024
_MAX_UID: Final = 2**32 - 1
_STATUS: Final = {
    "bad_request": 400,
    "app_unknown": 403,
    "token_invalid": 401,
    "token_expired": 401,
    "uid_taken": 409,
    "channel_full": 429,
}


def webrtc_routes() -> list[BaseRoute]:
    """Return the routes of viewers over WebRTC."""
    return [
        Route(_PATH, open_viewer, methods=["POST"]),
        Route(_PATH, show_options, methods=["OPTIONS"]),
        Route(f"{_PATH}/{{viewer_id}}", close_viewer, methods=["DELETE"]),
    ]


async def show_options(request: Request) -> Response:
    """``OPTIONS``: which ICE servers to use. TURN's password is for members only."""
    state: ServerState = request.app.state.server
    try:
        _gateway(state)
    except ImportError:
        return _unsupported()
    try:
        state.hub.check(_join(request, state), now=time.time())
    except ChannelError as exc:
        return _refusal(exc)
    headers = {"Accept-Post": _SDP}
    if links := _ice_links(state):
        headers["Link"] = links
    return Response(status_code=204, headers=headers)


async def open_viewer(request: Request) -> Response:
    """``POST``: a viewer's offer is answered, and the viewer is a member of the channel."""
    state: ServerState = request.app.state.server
    try:
        gateway = _gateway(state)
    except ImportError:
        return _unsupported()
    try:
        join = _join(request, state)
        if state.draining:
            raise ChannelError("channel_full", "the server is going away: join another", 1001)
        if gateway.full:
            raise ChannelError("channel_full", "this server has no room for more viewers", 4029)
        body = await _offer_of(request)
        viewer_id, answer = await gateway.open(join, body)
    except ChannelError as exc:
        about = {"client": peer_address(request)}
        logger.info("a WebRTC viewer was refused: %s", exc.code, extra=about)
        return _refusal(exc)
    headers = {"Location": f"{_PATH}/{viewer_id}"}
    if links := _ice_links(state):
        headers["Link"] = links
    return Response(answer, status_code=201, media_type=_SDP, headers=headers)


async def close_viewer(request: Request) -> Response:
    """``DELETE``: the viewer leaves. Who knows its name, which nobody can guess, may do that."""
    state: ServerState = request.app.state.server
    if state.rtc is not None and await state.rtc.close(request.path_params["viewer_id"]):
        return Response(status_code=200)
    return _problem(404, "bad_request", "there is no such viewer")


async def close_gateway(state: ServerState) -> None:
    """Let all viewers go."""
    if state.rtc is not None:
        await state.rtc.aclose()


def _gateway(state: ServerState) -> "RtcGateway":
    if state.rtc is None:
        from avamotion.server.rtc_gateway import RtcGateway

        state.rtc = RtcGateway(state.hub, state.config.webrtc)
    return state.rtc


def _join(request: Request, state: ServerState) -> Join:
    """Return what the viewer asks for. The token is in a header: addresses end up in logs."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise _bad("send the token in a header: Authorization: Bearer 007…")
    query = request.query_params
    channel, uid = query.get("channel", ""), query.get("uid", "")
    if not 0 < len(channel.encode()) <= 64:
        raise _bad("channel must be a name of 1 to 64 bytes")
    if not uid.isascii() or not uid.isdigit() or not 0 < int(uid) <= _MAX_UID:
        raise _bad(f"uid must be a whole number from 1 to {_MAX_UID}")
    app_id = query.get("app_id") or state.config.channel.app_id
    return Join(app_id, channel, int(uid), token.strip())


async def _offer_of(request: Request) -> str:
    if request.headers.get("content-type", "").split(";")[0].strip() != _SDP:
        raise _bad(f"send the offer as {_SDP}")
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_OFFER_BYTES:
            raise _bad(f"an offer may have at most {_MAX_OFFER_BYTES} bytes")
    try:
        return body.decode()
    except UnicodeDecodeError as exc:
        raise _bad("the offer is not text") from exc


def _ice_links(state: ServerState) -> str:
    """Return the ICE servers in the form of WHEP."""
    config = state.config.webrtc
    links = []
    for url in config.ice_servers.split():
        link = f'<{url}>; rel="ice-server"'
        if url.startswith("turn"):
            credential = config.ice_credential.reveal()
            link += f'; username="{config.ice_username}"; credential="{credential}"'
            link += '; credential-type="password"'
        links.append(link)
    return ", ".join(links)


def _bad(problem: str) -> ChannelError:
    return ChannelError("bad_request", problem, 4000)


def _refusal(error: ChannelError) -> Response:
    return _problem(_STATUS.get(error.code, 400), error.code, error.problem)


def _unsupported() -> Response:
    return _problem(
        501,
        "unsupported",
        "this server has no WebRTC: pip install 'avamotion[webrtc]', or use the WebSocket",
    )


def _problem(status: int, code: str, message: str) -> Response:
    return JSONResponse({"type": "error", "code": code, "message": message}, status_code=status)
