"""Where a server's avatars come from: a folder or a database."""

import asyncio
from pathlib import Path
from typing import Final

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from avamotion.errors import ConfigError
from avamotion.server.avatar import AvatarCatalog
from avamotion.server.avatar_folder import FolderCatalog
from avamotion.server.config import ServerConfig

__all__ = ["KEEP_FOREVER", "AvatarFiles", "avatar_path", "open_catalog"]

KEEP_FOREVER: Final = "public, max-age=31536000, immutable"
"""``Cache-Control`` of what has the version of its content in its name."""


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
    """Serves the files of avatars: ``ID/NAME``, or ``ID@VERSION/NAME``.

    The version stands in the folder's name, so that the names in a description, which are relative,
    carry it on to all other files.

    Args:
        catalog: The avatars.
    """

    def __init__(self, catalog: AvatarCatalog) -> None:
        super().__init__(directory=catalog.folder)
        self._catalog = catalog

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Answer one request."""
        folder, *names = Path(path).parts or ("",)
        avatar_id, _, wanted = folder.partition("@")
        version = await asyncio.to_thread(self._catalog.fetch, avatar_id)
        response = await super().get_response(str(Path(avatar_id, *names)), scope)
        # What may change under its name a browser may keep, and asks each time whether it is still
        # the one. Who asks for a version that is gone, perhaps from another server, is not refused.
        is_fixed = version is not None and wanted == version
        response.headers["cache-control"] = KEEP_FOREVER if is_fixed else "no-cache"
        return response


def avatar_path(avatar_id: str, version: str | None) -> str:
    """Return where the files of an avatar are for browsers, which may keep those of a version."""
    return f"/avatars/{avatar_id}@{version}" if version else f"/avatars/{avatar_id}"
