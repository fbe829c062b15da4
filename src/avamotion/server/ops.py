"""The operator's page: what the server does now, and did in the last minutes."""

import time
from importlib import resources

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from avamotion import __version__
from avamotion.server import problem
from avamotion.server.history import History, peak_rss_mb
from avamotion.server.secret import Secret
from avamotion.server.state import LiveSession, ServerState

__all__ = ["History", "bears", "show_ops", "show_ops_data"]

_STARTED_AT = time.time()


def bears(request: Request, key: Secret) -> bool:
    """Return whether a request may see what ``key`` guards; without a key, everybody may."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return not key or (scheme.lower() == "bearer" and key.matches(token))


async def show_ops(request: Request) -> Response:
    """``GET /ops``: the page; it asks for the key and holds nothing secret itself."""
    state: ServerState = request.app.state.server
    if not state.config.ops.key:
        return problem.OPS_DISABLED.response()
    page = resources.files("avamotion.server").joinpath("ops.html").read_text(encoding="utf-8")
    headers = {
        "Content-Security-Policy": (
            "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
            "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        ),
        "Cache-Control": "no-store",
    }
    return HTMLResponse(page, headers=headers)


async def show_ops_data(request: Request) -> Response:
    """``GET /ops/data``: what the page shows."""
    state: ServerState = request.app.state.server
    if not state.config.ops.key:
        return problem.OPS_DISABLED.response()
    if not bears(request, state.config.ops.key):
        return problem.BEARER_MISSING.response()
    now = time.time()
    return JSONResponse(
        {
            "version": __version__,
            "uptime_s": round(now - _STARTED_AT),
            "draining": state.draining,
            "members": state.hub.n_members,
            "queue_s": round(state.waiting_s(), 1),
            "peak_rss_mb": round(peak_rss_mb()),
            "sessions": [_describe(live, now) for live in list(state.sessions.values())],
            "history": state.history.samples() if state.history is not None else [],
        },
        headers={"Cache-Control": "no-store"},
    )


def _describe(live: LiveSession, now: float) -> dict[str, object]:
    session = live.session
    row: dict[str, object] = {
        "id": live.session_id,
        "avatar": live.avatar_id,
        "age_s": round(now - live.opened_at),
    }
    if session is not None:
        metrics = session.metrics
        row |= {
            "egress": metrics.egress,
            "speaking": session.speaking,
            "waiting_s": round(session.waiting_s, 1),
            "packets": metrics.n_packets,
            "first_frames_ms": [round(1000 * value, 1) for value in metrics.first_frames_s],
            "latest_ms": [round(1000 * value, 1) for value in metrics.latest_s],
        }
    return row
