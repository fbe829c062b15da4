"""Start the Motion Server in this process."""

import logging
import socket
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import uvicorn
from starlette.applications import Starlette

from avamotion.errors import ConfigError
from avamotion.server.app import create_app
from avamotion.server.config import ServerConfig, generate_development_keys, load_config
from avamotion.server.drain import drain
from avamotion.server.state import ServerState

__all__ = ["bind", "serve", "uvicorn_server"]

_SWITCH_INTERVAL_S: Final = 0.0005
_BACKLOG: Final = 2048
_PING_INTERVAL_S: Final = 20.0
_PING_TIMEOUT_S: Final = 20.0


def serve(
    path: Path | None,
    environ: Mapping[str, str],
    *,
    host: str | None,
    port: int | None,
    announce: Callable[[str], None] = print,
) -> None:
    """Run the server until it is told to stop.

    Args:
        path: A TOML file, or None.
        environ: The environment.
        host: Overrides ``listen.host``.
        port: Overrides ``listen.port``.
        announce: Takes the lines that the user reads first.

    Raises:
        ConfigError: If a setting cannot be used.
        ModelError: If the motion model cannot be read.
    """
    # The worker's thread must not keep packets waiting that are due: 5 ms is Python's habit.
    sys.setswitchinterval(_SWITCH_INTERVAL_S)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    settings = load_config(path, environ)
    listen = settings.listen
    listen = replace(
        listen,
        host=listen.host if host is None else host,
        port=listen.port if port is None else port,
    )
    settings = replace(settings, listen=listen)
    config = generate_development_keys(settings)
    app = create_app(config)
    sock = bind(config)
    url = f"http://{listen.host}:{sock.getsockname()[1]}"
    announce(f"Motion Server on {url}")
    if config != settings:
        for line in _environment(config, url):
            announce(line)
    uvicorn_server(app, config).run(sockets=[sock])


def bind(config: ServerConfig) -> socket.socket:
    """Bind the listening socket.

    Raises:
        ConfigError: If the address is taken or is not ours.
    """
    host, port = config.listen.host, config.listen.port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
    except (OSError, OverflowError) as exc:
        sock.close()
        reason = exc.strerror if isinstance(exc, OSError) else "no such port"
        raise ConfigError(
            f"cannot listen on {host}:{port}: {reason}; choose another with --host or --port"
        ) from exc
    # From here on whoever connects waits for us instead of being refused.
    sock.listen(_BACKLOG)
    sock.set_inheritable(True)
    return sock


def uvicorn_server(app: object, config: ServerConfig) -> uvicorn.Server:
    """Return the server for an application, with the limits of the settings."""
    return _DrainingServer(
        uvicorn.Config(
            app,  # type: ignore[arg-type]
            log_level="warning",
            lifespan="on",
            ws="websockets-sansio",
            ws_max_size=config.session.max_message_bytes,
            # Deflate costs much and gains nothing on Opus and quantised motion.
            ws_per_message_deflate=False,
            ws_ping_interval=_PING_INTERVAL_S,
            ws_ping_timeout=_PING_TIMEOUT_S,
            timeout_graceful_shutdown=5,
        ),
        drain_s=config.session.drain_s,
    )


class _DrainingServer(uvicorn.Server):
    """Lets sessions finish what they say before it stops."""

    def __init__(self, config: uvicorn.Config, *, drain_s: float) -> None:
        super().__init__(config)
        self._drain_s = drain_s

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        app = self.config.app
        state = getattr(app.state, "server", None) if isinstance(app, Starlette) else None
        if isinstance(state, ServerState):
            await drain(state, limit_s=self._drain_s, stop=lambda: self.force_exit)
        await super().shutdown(sockets)


def _environment(config: ServerConfig, url: str) -> list[str]:
    """Return what a client needs to reach this server, as lines for a shell."""
    websocket = url.replace("http", "ws", 1)
    return [
        "",
        "Development keys, made for this run only; keep your own in a settings file:",
        f"  export SPATIUS_APP_ID={config.app.id}",
        f"  export SPATIUS_API_KEY={config.app.api_key.reveal()}",
        f"  export SPATIUS_CONSOLE_ENDPOINT={url}/v1/console",
        f"  export SPATIUS_INGRESS_ENDPOINT={websocket}/v2/driveningress",
        f"  export AGORA_APP_ID={config.channel.app_id}",
        f"  export AGORA_APP_CERTIFICATE={config.channel.app_certificate.reveal()}",
        "",
    ]
