"""Avatars in a database, which many servers share."""

import hashlib
import json
import shutil
import tempfile
import threading
import time
import weakref
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, delete, insert, select
from sqlalchemy.exc import IntegrityError

from avamotion.errors import ConfigError
from avamotion.server.avatar import Avatar, read_avatar
from avamotion.server.database.schema import avatar, avatar_file

__all__ = ["DatabaseCatalog"]

_WHERE: Final = "avatar {} in the database"


class DatabaseCatalog:
    """See :class:`avamotion.server.avatar.AvatarCatalog`.

    Files are kept in the database, too, and copied into a temporary folder of this server when
    somebody asks for them.

    Args:
        engine: The database.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.folder = Path(tempfile.mkdtemp(prefix="avamotion-avatars-"))
        self._delete_copies = weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)
        self._lock = threading.Lock()
        self._fetched: dict[str, str] = {}

    def find(self, avatar_id: str) -> Avatar | None:
        """Return an avatar, or None if there is none of that name.

        Raises:
            ConfigError: If its description cannot be used.
        """
        query = select(avatar.c.description).where(avatar.c.id == avatar_id)
        with self._engine.connect() as connection:
            text = connection.execute(query).scalar()
        return None if text is None else read_avatar(avatar_id, text, where=_where(avatar_id))

    def all(self) -> list[Avatar]:
        """Return all avatars, by name.

        Raises:
            ConfigError: If one of them has a description that cannot be used.
        """
        query = select(avatar.c.id, avatar.c.description).order_by(avatar.c.id)
        with self._engine.connect() as connection:
            rows = connection.execute(query).all()
        return [read_avatar(row.id, row.description, where=_where(row.id)) for row in rows]

    def fetch(self, avatar_id: str) -> str | None:
        """Copy an avatar's files into the folder, unless they are there and still the same."""
        query = select(avatar.c.digest).where(avatar.c.id == avatar_id)
        with self._lock:
            with self._engine.connect() as connection:
                digest: str | None = connection.execute(query).scalar()
                known = self._fetched.get(avatar_id)
                if digest == known:
                    return known
                files = select(avatar_file).where(avatar_file.c.avatar_id == avatar_id)
                rows = connection.execute(files).all()
            # Only names that the database knows get here, and those of "avatars add" are plain.
            target = self.folder / avatar_id
            if known is not None:
                shutil.rmtree(target)
                del self._fetched[avatar_id]
            if digest is None:
                return None
            building = self.folder / f".{avatar_id}.new"
            building.mkdir(exist_ok=True)
            for row in rows:
                (building / row.name).write_bytes(row.content)
            building.rename(target)
            self._fetched[avatar_id] = digest
            return digest

    def add(self, avatar_id: str, metadata: Mapping[str, object], files: Mapping[str, Path]) -> str:
        """Add an avatar, in one transaction."""
        description = json.dumps(metadata, ensure_ascii=False)
        try:
            contents = {name: path.read_bytes() for name, path in files.items()}
        except OSError as exc:
            raise ConfigError(f"{exc.filename}: {exc.strerror}") from exc
        try:
            with self._engine.begin() as connection:
                connection.execute(
                    insert(avatar).values(
                        id=avatar_id,
                        description=description,
                        digest=_digest(description, contents),
                        created_at=int(time.time()),
                    )
                )
                rows = [
                    {"avatar_id": avatar_id, "name": name, "content": content}
                    for name, content in contents.items()
                ]
                if rows:
                    connection.execute(insert(avatar_file), rows)
        except IntegrityError as exc:
            raise ConfigError(f"{avatar_id}: there is one already; remove it first") from exc
        return "the database"

    def remove(self, avatar_id: str) -> None:
        """Remove an avatar, with its files."""
        with self._engine.begin() as connection:
            connection.execute(delete(avatar_file).where(avatar_file.c.avatar_id == avatar_id))
            if connection.execute(delete(avatar).where(avatar.c.id == avatar_id)).rowcount == 0:
                raise ConfigError(f"{avatar_id}: no such avatar; avamotion avatars list shows them")

    def close(self) -> None:
        """Close all connections and delete the copies."""
        self._engine.dispose()
        self._delete_copies()


def _where(avatar_id: str) -> str:
    return _WHERE.format(avatar_id)


def _digest(description: str, contents: Mapping[str, bytes]) -> str:
    """Name what an avatar consists of, so that one that was replaced is noticed."""
    digest = hashlib.sha256(description.encode())
    for name, content in sorted(contents.items()):
        digest.update(f"\n{name} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()
