"""The ASGI application of the Motion Server."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute

from avamotion import __version__
from avamotion.channel.hub import ChannelLimits, Hub
from avamotion.motion.engine import MotionEngine
from avamotion.server import problem
from avamotion.server.avatar_source import AvatarFiles, open_catalog
from avamotion.server.channel import serve_channel
from avamotion.server.config import ServerConfig
from avamotion.server.console import create_session_token, create_session_token_alias
from avamotion.server.egress import open_registry
from avamotion.server.inference.worker import InferenceWorker
from avamotion.server.ingress import serve_ingress
from avamotion.server.key_watch import open_key_store, watch_keys
from avamotion.server.metrics import Metrics
from avamotion.server.ops import History, bears, show_ops, show_ops_data
from avamotion.server.session import SessionServices
from avamotion.server.state import ServerState
from avamotion.server.trace import open_tracer
from avamotion.server.webrtc import close_gateway, webrtc_routes

__all__ = ["create_app"]


def create_app(config: ServerConfig, *, extra_routes: Sequence[BaseRoute] = ()) -> Starlette:
    """Build the application.

    Args:
        config: All settings, keys included.
        extra_routes: Routes of whoever embeds the server; they come first.

    Raises:
        ConfigError: If the avatars cannot be read, or a way out cannot be used.
        ModelError: If the motion model cannot be read.
    """
    avatars = open_catalog(config)
    model = Path(config.playout.model) if config.playout.model else None
    if model is not None:
        MotionEngine.load(model)  # a wrong one must be known before anybody connects
    hub = Hub(
        {config.channel.app_id: config.channel.app_certificate.reveal()},
        limits=ChannelLimits(config.channel.max_members, config.channel.max_packets),
    )
    egress = open_registry(config, hub)
    keys = open_key_store(config)
    tracer = open_tracer(config.ops.otlp_endpoint)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        metrics = Metrics()
        async with InferenceWorker(
            model,
            tick_s=config.playout.tick_s,
            observe=metrics.observe_tick,
            observe_loss=metrics.inference_losses.inc,
        ) as worker:
            services = SessionServices(worker, config.playout, tracer)
            await keys.begin()
            state = ServerState(config, hub, egress, avatars, services, metrics, keys)
            metrics.watch(
                members=lambda: hub.n_members,
                queue_s=state.waiting_s,
                tasks=lambda: len(asyncio.all_tasks()),
            )
            app.state.server = state
            watches = [asyncio.create_task(watch_keys(state))]
            if config.ops.key:
                state.history = History(metrics)
                watches.append(asyncio.create_task(state.history.watch(state.sessions)))
            yield
            await close_gateway(state)
            for watch in watches:
                watch.cancel()
            await asyncio.gather(*watches, return_exceptions=True)
            await keys.close()
            await asyncio.to_thread(avatars.close)
            await asyncio.to_thread(tracer.close)

    return Starlette(
        routes=[
            *extra_routes,
            Route("/v1/console/session-tokens", create_session_token, methods=["POST"]),
            Route("/v1/auth/session-token", create_session_token_alias, methods=["POST"]),
            Route("/v1/avatars", list_avatars),
            Route("/healthz", health),
            Route("/readyz", ready),
            Route("/metrics", show_metrics),
            Route("/ops", show_ops),
            Route("/ops/data", show_ops_data),
            WebSocketRoute("/v2/driveningress/websocket", serve_ingress),
            WebSocketRoute("/v1/channel", serve_channel),
            *webrtc_routes(),
            Mount("/avatars", AvatarFiles(avatars)),
        ],
        middleware=_middleware(config),
        exception_handlers={HTTPException: problem.answer_http_exception},
        lifespan=lifespan,
    )


def _middleware(config: ServerConfig) -> list[Middleware]:
    origins = [text.strip() for text in config.listen.cors_origins.split(",") if text.strip()]
    if not origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=["GET", "POST", "DELETE", "OPTIONS"],
            allow_headers=["Authorization", "Content-Type", "X-Api-Key"],
            expose_headers=["Link", "Location"],  # a WebRTC viewer reads them
        )
    ]


async def list_avatars(request: Request) -> Response:
    """``GET /v1/avatars``: what sessions may name."""
    state: ServerState = request.app.state.server
    found = await asyncio.to_thread(state.avatars.all)
    avatars = [{**avatar.metadata, "id": avatar.id} for avatar in found]
    return JSONResponse({"avatars": avatars})


async def health(request: Request) -> Response:
    """``GET /healthz``: the process serves."""
    state: ServerState = request.app.state.server
    return JSONResponse(
        {
            "status": "ok",
            "version": __version__,
            "sessions": len(state.sessions),
            "members": state.hub.n_members,
        }
    )


async def ready(request: Request) -> Response:
    """``GET /readyz``: the server takes new sessions."""
    state: ServerState = request.app.state.server
    if state.draining:
        return problem.GOING_AWAY.response()
    if not state.services.worker.ready:
        return problem.NOT_READY.response()
    return JSONResponse({"status": "ready"})


async def show_metrics(request: Request) -> Response:
    """``GET /metrics``: what Prometheus reads."""
    state: ServerState = request.app.state.server
    if not bears(request, state.config.ops.metrics_key):
        return problem.BEARER_MISSING.response()
    return Response(generate_latest(state.metrics.registry), media_type=CONTENT_TYPE_LATEST)
