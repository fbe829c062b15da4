"""A Motion Server with a page that measures, and a network that loses packets.

    python -m benchmarks.rtc.server --loss 0.02

Prints one line of JSON: its port and keys. Everything that leaves over UDP is lost with the given
probability, sound and motion alike.
"""

import argparse
import json
import random
import socket
from dataclasses import replace
from pathlib import Path

import aioice.ice
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from avamotion.server.app import create_app
from avamotion.server.config import ListenConfig, ServerConfig, generate_development_keys
from avamotion.server.run import bind, uvicorn_server

HERE = Path(__file__).parent
CLIENT = HERE.parents[1] / "web" / "packages" / "client" / "dist" / "index.js"


def lose_packets(probability: float, seed: int = 1) -> None:
    """Lose what the ICE connections send, after they stand."""
    dice = random.Random(seed)
    send = aioice.ice.Connection.sendto

    async def sendto(self: aioice.ice.Connection, data: bytes, component: int) -> None:
        if dice.random() >= probability:
            await send(self, data, component)

    aioice.ice.Connection.sendto = sendto  # type: ignore[method-assign]


async def page(request: Request) -> Response:
    return FileResponse(HERE / "page.html")


async def client(request: Request) -> Response:
    return FileResponse(CLIENT, media_type="text/javascript")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--loss", type=float, default=0.0)
    options = parser.parse_args()
    if options.loss:
        lose_packets(options.loss)
    config = generate_development_keys(replace(ServerConfig(), listen=ListenConfig(port=0)))
    routes = [Route("/measure/page.html", page), Route("/measure/client.js", client)]
    app = create_app(config, extra_routes=routes)
    sock: socket.socket = bind(config)
    keys = {
        "port": sock.getsockname()[1],
        "app_id": config.app.id,
        "api_key": config.app.api_key.reveal(),
        "agora_app_id": config.channel.app_id,
        "agora_certificate": config.channel.app_certificate.reveal(),
    }
    print(json.dumps(keys), flush=True)
    uvicorn_server(app, config).run(sockets=[sock])


if __name__ == "__main__":
    main()
