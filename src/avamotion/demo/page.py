"""The demo's routes: the page, and the way into its channel."""

from importlib import resources
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from avamotion.demo.invitation import Host
from avamotion.errors import ConfigError

__all__ = ["join_route", "page_folder", "page_routes"]


def page_folder() -> Path:
    """Return the folder of the built page.

    Raises:
        ConfigError: If the page is not built.
    """
    folder = Path(str(resources.files("avamotion"))) / "server" / "static"
    if not (folder / "index.html").is_file():
        raise ConfigError("the demo's page is not built: run `make install` in the repository")
    return folder


def page_routes(folder: Path) -> list[BaseRoute]:
    """Return the routes of a built page, one for each entry of its folder."""
    routes: list[BaseRoute] = [_file_route("/", folder / "index.html")]
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            routes.append(Mount(f"/{path.name}", _Assets(directory=path)))
        else:
            routes.append(_file_route(f"/{path.name}", path))
    return routes


def join_route(host: Host, *, avatar_id: str, greeting: str) -> Route:
    """Return ``GET /demo/join``: a place in the channel for whoever asks."""

    async def join(_request: Request) -> Response:
        answer = host.answer(avatar_id=avatar_id, greeting=greeting)
        return JSONResponse(answer, headers={"cache-control": "no-store"})

    return Route("/demo/join", join)


class _Assets(StaticFiles):
    """Files whose names carry a hash of their content."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["cache-control"] = "public, max-age=31536000, immutable"
        return response


def _file_route(path: str, file: Path) -> Route:
    async def send(_request: Request) -> Response:
        # It names the files that belong to it: an old one would ask for some that are gone.
        return FileResponse(file, headers={"cache-control": "no-cache"})

    return Route(path, send)
