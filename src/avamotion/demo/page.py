"""The demo's routes: the page, and the way into its channel."""

import asyncio
from importlib import resources
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from avamotion.demo.invitation import Host
from avamotion.errors import ConfigError
from avamotion.server.avatar_source import KEEP_FOREVER, avatar_path
from avamotion.server.state import ServerState

__all__ = ["join_route", "page_folder", "page_routes"]

_JOIN: Final = "/demo/join"

_NARROW: Final = "(max-width: 640px)"
"""Screens on which the page shows the low model: as in ``main.ts``."""


def page_folder() -> Path:
    """Return the folder of the built page.

    Raises:
        ConfigError: If the page is not built.
    """
    folder = Path(str(resources.files("avamotion"))) / "server" / "static"
    if not (folder / "index.html").is_file():
        raise ConfigError("the demo's page is not built: run `make install` in the repository")
    return folder


def page_routes(folder: Path, *, avatar_id: str) -> list[BaseRoute]:
    """Return the routes of a built page, one for each entry of its folder.

    Args:
        folder: The built page.
        avatar_id: Whom it shows.
    """
    routes: list[BaseRoute] = [_index_route(folder / "index.html", avatar_id)]
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            routes.append(Mount(f"/{path.name}", _Assets(directory=path)))
        else:
            routes.append(_file_route(f"/{path.name}", path))
    return routes


def join_route(host: Host, *, avatar_id: str, greeting: str) -> Route:
    """Return ``GET /demo/join``: a place in the channel for whoever asks."""

    async def join(request: Request) -> Response:
        path = await _avatar_path(request, avatar_id)
        answer = host.answer(avatar_url=f"{path}/avatar.json", greeting=greeting)
        return JSONResponse(answer, headers={"cache-control": "no-store"})

    return Route(_JOIN, join)


class _Assets(StaticFiles):
    """Files whose names carry a hash of their content."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["cache-control"] = KEEP_FOREVER
        return response


def _index_route(file: Path, avatar_id: str) -> Route:
    """The page, and what it will ask for first: a browser fetches that beside the page's code."""

    async def send(request: Request) -> Response:
        wishes = [_wish(_JOIN)]
        if "avatar" not in request.query_params:
            wishes += await _avatar_wishes(request, avatar_id)
        return _page(file, {"link": ", ".join(wishes)})

    return Route("/", send)


def _file_route(path: str, file: Path) -> Route:
    async def send(_request: Request) -> Response:
        return _page(file, {})

    return Route(path, send)


def _page(file: Path, headers: dict[str, str]) -> Response:
    # It names the files that belong to it: an old one would ask for some that are gone.
    return FileResponse(file, headers={"cache-control": "no-cache", **headers})


async def _avatar_wishes(request: Request, avatar_id: str) -> list[str]:
    """Return the hints for an avatar: its description, and the model that fits the screen."""
    state: ServerState = request.app.state.server
    avatar = await asyncio.to_thread(state.avatars.find, avatar_id)
    files = avatar.metadata.get("files") if avatar is not None else None
    if not isinstance(files, dict) or "full" not in files:
        return []
    path = await _avatar_path(request, avatar_id)
    full, low = (f"{path}/{files.get(name, files['full'])}" for name in ("full", "low"))
    hints = [_wish(f"{path}/avatar.json")]
    if request.query_params.get("quality") == "low" or low == full:
        return [*hints, _wish(low)]
    return [*hints, _wish(low, media=_NARROW), _wish(full, media=f"not all and {_NARROW}")]


def _wish(url: str, *, media: str = "") -> str:
    """Return a link of the ``Link`` header, in the mode in which ``fetch`` will ask."""
    link = f"<{url}>; rel=preload; as=fetch; crossorigin=anonymous"
    return f'{link}; media="{media}"' if media else link


async def _avatar_path(request: Request, avatar_id: str) -> str:
    state: ServerState = request.app.state.server
    return avatar_path(avatar_id, await asyncio.to_thread(state.avatars.fetch, avatar_id))
