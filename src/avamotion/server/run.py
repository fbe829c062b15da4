"""Start the Motion Server in this process."""

import gc
import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import uvicorn
from starlette.applications import Starlette

from avamotion.errors import ConfigError
from avamotion.server.app import create_app
from avamotion.server.config import (
    ListenConfig,
    ServerConfig,
    generate_development_keys,
    load_config,
)
from avamotion.server.drain import drain
from avamotion.server.guard import GuardedWebSocket, guarded_http
from avamotion.server.log import configure_logging
from avamotion.server.peer import trusted_peers
from avamotion.server.state import ServerState

__all__ = ["bind", "check_tls", "serve", "uvicorn_server"]

_BACKLOG: Final = 2048
_MAX_HEADER_BYTES: Final = 32 * 1024
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
    settings = load_config(path, environ)
    configure_logging(settings.ops.log_format, settings.ops.log_level)
    listen = settings.listen
    listen = replace(
        listen,
        host=listen.host if host is None else host,
        port=listen.port if port is None else port,
    )
    settings = replace(settings, listen=listen)
    config = generate_development_keys(settings)
    server = uvicorn_server(create_app(config), config)
    sock = bind(config)
    scheme = "https" if listen.tls_certificate else "http"
    url = f"{scheme}://{listen.host}:{sock.getsockname()[1]}"
    announce(f"Motion Server on {url}")
    if config != settings:
        for line in _environment(config, settings, url):
            announce(line)
    _set_imports_aside()
    server.run(sockets=[sock])


def _set_imports_aside() -> None:
    """Take what start-up has made out of the collector's sight.

    A full collection comes once the new objects are a quarter of the old ones, and walks all of
    them: with some 80,000 objects of the imports that is seldom and slow, and connections that left
    cycles behind would keep their memory for minutes. Without them it is often and quick.
    """
    gc.collect()
    gc.freeze()


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
    """Return the server for an application, with the limits of the settings.

    Raises:
        ConfigError: If the certificate cannot be used, or a trusted proxy is no address.
    """
    listen = config.listen
    check_tls(listen)
    return _DrainingServer(
        uvicorn.Config(
            app,  # type: ignore[arg-type]
            log_level="warning",
            lifespan="on",
            http=guarded_http(listen.header_timeout_s),
            ws=GuardedWebSocket,
            h11_max_incomplete_event_size=_MAX_HEADER_BYTES,
            proxy_headers=bool(listen.trusted_proxies),
            forwarded_allow_ips=trusted_peers(listen.trusted_proxies),
            server_header=False,
            ssl_certfile=listen.tls_certificate or None,
            ssl_keyfile=listen.tls_key or None,
            ws_max_size=config.session.max_message_bytes,
            # Deflate costs much and gains nothing on Opus and quantised motion.
            ws_per_message_deflate=False,
            ws_ping_interval=_PING_INTERVAL_S,
            ws_ping_timeout=_PING_TIMEOUT_S,
            timeout_graceful_shutdown=5,
        ),
        drain_s=config.session.drain_s,
    )


def check_tls(listen: ListenConfig) -> None:
    """Look whether the certificate can be used, if there is one.

    Raises:
        ConfigError: If it cannot.
    """
    if not listen.tls_certificate and not listen.tls_key:
        return
    if not listen.tls_certificate or not listen.tls_key:
        raise ConfigError("listen.tls_certificate and listen.tls_key: set both, or neither")
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(listen.tls_certificate, listen.tls_key)
    except (OSError, ssl.SSLError) as exc:
        raise ConfigError(f"listen.tls_certificate: the certificate cannot be used: {exc}") from exc


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


def _environment(config: ServerConfig, settings: ServerConfig, url: str) -> list[str]:
    """Return what a client needs to reach this server, as lines for a shell."""
    websocket = url.replace("http", "ws", 1)
    app, channel = config.app, config.channel
    variables = {
        "SPATIUS_CONSOLE_ENDPOINT": f"{url}/v1/console",
        "SPATIUS_INGRESS_ENDPOINT": f"{websocket}/v2/driveningress",
    }
    if app != settings.app:
        variables |= {"SPATIUS_APP_ID": app.id, "SPATIUS_API_KEY": app.api_key.reveal()}
    if channel != settings.channel:
        variables |= {
            "AGORA_APP_ID": channel.app_id,
            "AGORA_APP_CERTIFICATE": channel.app_certificate.reveal(),
        }
    return [
        "",
        "Development keys, made for this run only; keep your own in a settings file:",
        *(f"  export {name}={value}" for name, value in variables.items()),
        "",
    ]
