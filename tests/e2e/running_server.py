"""A real Motion Server in a thread, on a free port."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import uvicorn

from avamotion.egress.setting import EgressSetting
from avamotion.server.app import create_app
from avamotion.server.config import (
    AppConfig,
    AvatarConfig,
    DatabaseConfig,
    ListenConfig,
    OpsConfig,
    PlayoutConfig,
    ServerConfig,
    SessionConfig,
    WebRtcConfig,
    generate_development_keys,
)
from avamotion.server.run import bind, uvicorn_server
from avamotion.tokens.agora import build_token

__all__ = ["RunningServer", "running_server"]


@dataclass(frozen=True)
class RunningServer:
    """Where it listens, and its keys."""

    config: ServerConfig
    port: int
    server: uvicorn.Server

    @property
    def console(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1/console"

    @property
    def ingress(self) -> str:
        return f"ws://127.0.0.1:{self.port}/v2/driveningress"

    @property
    def channel(self) -> str:
        return f"ws://127.0.0.1:{self.port}/v1/channel"

    def agora_token(self, uid: int, *, channel: str = "lobby", expire_s: int = 600) -> str:
        import time

        return build_token(
            app_id=self.config.channel.app_id,
            app_certificate=self.config.channel.app_certificate.reveal(),
            channel=channel,
            uid=uid,
            publisher=True,
            expire_s=expire_s,
            issued_at=int(time.time()),
            salt=1,
        )


@contextmanager
def running_server(
    session: SessionConfig | None = None,
    *,
    playout: PlayoutConfig | None = None,
    webrtc: WebRtcConfig | None = None,
    egress: EgressSetting | None = None,
    max_sessions: int = 100,
    database: DatabaseConfig | None = None,
    avatar: AvatarConfig | None = None,
    listen: ListenConfig | None = None,
    ops: OpsConfig | None = None,
) -> Iterator[RunningServer]:
    """Run a server with development keys until the block ends."""
    config = generate_development_keys(
        replace(
            ServerConfig(),
            listen=replace(listen or ListenConfig(), port=0),
            ops=ops or OpsConfig(),
            session=session or SessionConfig(),
            app=AppConfig(max_sessions=max_sessions),
            playout=playout or PlayoutConfig(),
            webrtc=webrtc or WebRtcConfig(),
            egress=egress or EgressSetting(),
            database=database or DatabaseConfig(),
            avatar=avatar or AvatarConfig(),
        )
    )
    sock = bind(config)
    server = uvicorn_server(create_app(config), config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]})
    thread.start()
    try:
        while not server.started:
            if not thread.is_alive():
                raise RuntimeError("the server did not start")
            thread.join(0.01)
        yield RunningServer(config, sock.getsockname()[1], server)
    finally:
        server.should_exit = True
        thread.join()
