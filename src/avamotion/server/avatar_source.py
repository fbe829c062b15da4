"""Where a server's avatars come from: a folder or a database."""

import asyncio
from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from avamotion.errors import ConfigError
from avamotion.server.avatar import AvatarCatalog
from avamotion.server.avatar_folder import FolderCatalog
from avamotion.server.config import ServerConfig

__all__ = ["AvatarFiles", "open_catalog"]


def open_catalog(config: ServerConfig, *, may_be_empty: bool = False) -> AvatarCatalog:
    """Return the catalogue of the settings.

    Args:
        config: The settings.
        may_be_empty: Whether a folder without avatars will do. A database without will always: it
            may be filled while the server runs.

    Raises:
        ConfigError: If it cannot be opened or read, or a setting does not fit.
    """
    if config.avatar.store == "database":
        return _open_database(config)
    if config.avatar.store != "folder":
        raise ConfigError(f"avatar.store: {config.avatar.store!r} is neither folder nor database")
    catalog = FolderCatalog(Path(config.avatar.folder) if config.avatar.folder else None)
    if not may_be_empty and not catalog.all():
        raise ConfigError(f"{catalog.folder}: no avatars; each needs a folder with an avatar.json")
    return catalog


def _open_database(config: ServerConfig) -> AvatarCatalog:
    if not config.database.url:
        raise ConfigError("avatar.store: set database.url, or AVAMOTION_DATABASE_URL, as well")
    try:
        from avamotion.server.database.avatar_catalog import DatabaseCatalog
        from avamotion.server.database.connection import open_database
    except ImportError as exc:
        raise ConfigError("a database needs: pip install 'avamotion[database]'") from exc
    return DatabaseCatalog(open_database(config.database.url.reveal()))


class AvatarFiles(StaticFiles):
    """Serves the files of avatars.

    Args:
        catalog: The avatars.
    """

    def __init__(self, catalog: AvatarCatalog) -> None:
        super().__init__(directory=catalog.folder)
        self._catalog = catalog

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Answer one request."""
        avatar_id = Path(path).parts[0] if Path(path).parts else ""
        await asyncio.to_thread(self._catalog.fetch, avatar_id)
        response = await super().get_response(path, scope)
        # A browser may keep it, and asks each time whether it is still the one.
        response.headers["cache-control"] = "no-cache"
        return response
