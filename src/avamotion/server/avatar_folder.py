"""Avatars in a folder: a folder of its own for each, with an ``avatar.json``."""

import hashlib
import json
import shutil
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Final, TypeAlias

from avamotion.errors import ConfigError
from avamotion.server.avatar import Avatar, read_avatar

__all__ = ["FolderCatalog", "avatar_folder"]

_DESCRIPTION: Final = "avatar.json"

_Stamps: TypeAlias = dict[Path, tuple[int, int]]


def avatar_folder(setting: str) -> Path:
    """Return the folder of the settings, or that of the avatars that ship."""
    return Path(setting) if setting else Path(str(resources.files("avamotion") / "avatars"))


class FolderCatalog:
    """See :class:`avamotion.server.avatar.AvatarCatalog`.

    Args:
        folder: The folder, or None for the avatars that ship; to these nothing can be added.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = avatar_folder("") if folder is None else folder
        self._ships = folder is None
        self._read_at: int | None = None
        self._avatars: dict[str, Avatar] = {}
        self._versions: dict[str, tuple[_Stamps, str]] = {}

    def find(self, avatar_id: str) -> Avatar | None:
        """Return an avatar, or None if there is none of that name.

        Raises:
            ConfigError: As :meth:`all`.
        """
        self._refresh()
        return self._avatars.get(avatar_id)

    def all(self) -> list[Avatar]:
        """Return all avatars, by name.

        Raises:
            ConfigError: If one of them cannot be read, and none has ever been read.
        """
        self._refresh()
        return list(self._avatars.values())

    def fetch(self, avatar_id: str) -> str | None:
        """Its files are in the folder anyway: return their version, None without such an avatar."""
        if self.find(avatar_id) is None:
            return None
        try:
            stamps = _stamps(self.folder / avatar_id)
            known = self._versions.get(avatar_id)
            if known is None or known[0] != stamps:  # else none of them was touched since
                known = self._versions[avatar_id] = (stamps, _digest(stamps))
        except OSError:
            return None  # it is being removed
        return known[1]

    def add(self, avatar_id: str, metadata: Mapping[str, object], files: Mapping[str, Path]) -> str:
        """Add an avatar. It is built aside and moved into place: nobody sees half of it."""
        target = self._writable() / avatar_id
        if target.exists():
            raise ConfigError(f"{target}: there is one already; remove it first")
        building = self.folder / f".{avatar_id}.new"
        try:
            building.mkdir(parents=True)
            for name, path in files.items():
                shutil.copyfile(path, building / name)
            text = json.dumps(metadata, indent=2, ensure_ascii=False) + "\n"
            (building / _DESCRIPTION).write_text(text, encoding="utf-8")
            building.rename(target)
        except OSError as exc:
            shutil.rmtree(building, ignore_errors=True)
            raise ConfigError(f"{exc.filename or target}: {exc.strerror}") from exc
        return str(target)

    def remove(self, avatar_id: str) -> None:
        """Remove an avatar, with its files."""
        target = self._writable() / avatar_id
        if not (target / _DESCRIPTION).is_file():
            raise ConfigError(f"{avatar_id}: no such avatar; avamotion avatars list shows them")
        going = self.folder / f".{avatar_id}.gone"
        try:
            target.rename(going)
            shutil.rmtree(going)
        except OSError as exc:
            raise ConfigError(f"{exc.filename or target}: {exc.strerror}") from exc

    def close(self) -> None:
        """There is nothing to let go of."""

    def _writable(self) -> Path:
        if self._ships:
            raise ConfigError(
                "there is no folder for avatars: set avatar.folder in the settings, or "
                "AVAMOTION_AVATAR_FOLDER; or keep them in a database, with avatar.store"
            )
        return self.folder

    def _refresh(self) -> None:
        """Look whether avatars came or went. A broken one does not hide those that are known."""
        changed_at = self._changed_at()
        if changed_at == self._read_at:
            return
        known = self._read_at is not None
        try:
            paths = sorted(self.folder.glob(f"[!.]*/{_DESCRIPTION}"))
            self._avatars = {path.parent.name: _read(path) for path in paths}
        except ConfigError:
            if not known:
                raise
        self._read_at = changed_at

    def _changed_at(self) -> int:
        try:
            return self.folder.stat().st_mtime_ns
        except OSError:
            return 0


def _stamps(folder: Path) -> _Stamps:
    """Return when each file of a folder was written, and its size."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in files}


def _digest(stamps: _Stamps) -> str:
    """Name the content of files: servers with copies of one folder agree about it."""
    digest = hashlib.sha256()
    for path in stamps:
        digest.update(f"{path.name}\n".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _read(path: Path) -> Avatar:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigError(f"{path}: {exc}") from exc
    return read_avatar(path.parent.name, text, where=str(path))
