"""Server and TEN graph, together, in this process."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from starlette.routing import BaseRoute

from avamotion.demo.casting import timbre_of
from avamotion.demo.graph import running_graph
from avamotion.demo.invitation import Host
from avamotion.errors import ConfigError, DemoError
from avamotion.server.app import create_app
from avamotion.server.avatar_source import open_catalog
from avamotion.server.config import ServerConfig, generate_development_keys, load_config
from avamotion.server.run import bind, uvicorn_server

if TYPE_CHECKING:
    from ten_runtime.embedded import AppRun

__all__ = ["Cast", "Stage", "choose_cast", "open_stage"]

_STOP_LIMIT_S: Final = 10.0
_POLL_S: Final = 0.01


@dataclass(frozen=True, slots=True)
class Cast:
    """Who plays, and under which settings.

    Attributes:
        config: The server's settings, keys included.
        avatar_id: The avatar.
        greeting: What it says to the first who comes; may be empty.
        host: Hands out places in the channel.
    """

    config: ServerConfig
    avatar_id: str
    greeting: str
    host: Host


@dataclass(frozen=True, slots=True)
class Stage:
    """A server and a graph that run.

    Attributes:
        url: Where the page is.
        channel_url: WebSocket URL of the server's channels.
        graph: The graph.
    """

    url: str
    channel_url: str
    graph: "AppRun"


def choose_cast(
    environ: Mapping[str, str],
    *,
    host: str | None,
    port: int | None,
    avatar_id: str | None,
    greeting: str,
) -> Cast:
    """Settle who plays, before anything is started.

    Args:
        environ: The environment.
        host: Overrides ``listen.host``.
        port: Overrides ``listen.port``.
        avatar_id: The avatar, or None for the first.
        greeting: What it says to the first who comes; may be empty.

    Raises:
        ConfigError: If a setting cannot be used, or there is no such avatar.
    """
    config = load_config(None, environ)
    listen = config.listen
    listen = replace(
        listen,
        host=listen.host if host is None else host,
        port=listen.port if port is None else port,
    )
    config = generate_development_keys(replace(config, listen=listen))
    catalog = open_catalog(config)
    try:
        avatars = [avatar.id for avatar in catalog.all()]
    finally:
        catalog.close()
    if not avatars:
        raise ConfigError("there is no avatar: add one with avamotion avatars add")
    if avatar_id is None:
        avatar_id = avatars[0]
    elif avatar_id not in avatars:
        raise ConfigError(f"--avatar: there is no {avatar_id!r}; there is {', '.join(avatars)}")
    channel = environ.get("AVAMOTION_CHANNEL") or "lobby"
    return Cast(config, avatar_id, greeting, Host(config, channel))


@contextmanager
def open_stage(cast: Cast, routes: Sequence[BaseRoute] = ()) -> Iterator[Stage]:
    """Run server and graph until the block ends.

    Args:
        cast: Who plays.
        routes: The server's routes besides its own.

    Raises:
        ConfigError: If the port is taken.
        DemoError: If server or graph do not start.
    """
    with _running_server(cast.config, routes) as authority:
        channel_url = f"ws://{authority}/v1/channel"
        with running_graph(_variables(cast, authority)) as graph:
            yield Stage(f"http://{authority}", channel_url, graph)


@contextmanager
def _running_server(config: ServerConfig, routes: Sequence[BaseRoute]) -> Iterator[str]:
    """Run the server in a thread with a loop of its own; yields ``host:port``."""
    app = create_app(config, extra_routes=routes)
    sock = bind(config)
    server = uvicorn_server(app, config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]}, name="server")
    thread.start()
    try:
        while not server.started:
            thread.join(_POLL_S)
            if not thread.is_alive():
                raise DemoError("the server did not start; its log says why")
        yield f"{_reachable(config.listen.host)}:{sock.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(_STOP_LIMIT_S)
        sock.close()


def _reachable(host: str) -> str:
    """Return where this machine reaches an address that it listens on."""
    if host in ("0.0.0.0", "::", ""):
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def _variables(cast: Cast, authority: str) -> dict[str, str]:
    """Return the environment variables that the graph's property.json names."""
    config = cast.config
    return {
        # The server is on this machine: no proxy can reach it.
        "no_proxy": "*",
        "NO_PROXY": "*",
        "SPATIUS_API_KEY": config.app.api_key.reveal(),
        "SPATIUS_APP_ID": config.app.id,
        "SPATIUS_AVATAR_ID": cast.avatar_id,
        "SPATIUS_CONSOLE_ENDPOINT": f"http://{authority}/v1/console",
        "SPATIUS_INGRESS_ENDPOINT": f"ws://{authority}/v2/driveningress",
        "AGORA_APP_ID": config.channel.app_id,
        "AGORA_APP_CERTIFICATE": config.channel.app_certificate.reveal(),
        "AVAMOTION_CHANNEL_URL": f"ws://{authority}/v1/channel",
        "AVAMOTION_CHANNEL": cast.host.channel,
        "AVAMOTION_GREETING": cast.greeting,
        "AVAMOTION_TIMBRE": timbre_of(cast.avatar_id),
    }
