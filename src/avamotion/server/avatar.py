"""The avatars that sessions may name: one folder each, with an ``avatar.json``."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Final

from avamotion.errors import ConfigError
from avamotion.server.session_option import SessionOptions

__all__ = ["Avatar", "AvatarCatalog", "avatar_folder"]

_DESCRIPTION: Final = "avatar.json"


def avatar_folder(setting: str) -> Path:
    """Return the folder of the settings, or that of the avatars that ship."""
    return Path(setting) if setting else Path(str(resources.files("avamotion") / "avatars"))


@dataclass(frozen=True, slots=True)
class Avatar:
    """One entry of the catalogue.

    Attributes:
        id: Name of its folder, ``avatar_id`` on the wire.
        folder: Where its files are.
        metadata: Its ``avatar.json``.
        motion: Its ``motion.*`` parameters, over which a client may choose.
    """

    id: str
    folder: Path
    metadata: dict[str, Any]
    motion: Mapping[str, str]


class AvatarCatalog:
    """All avatars of a folder. One that is added while a server runs is found when it is named.

    Args:
        folder: The folder, or None for the avatars that ship with the package.

    Raises:
        ConfigError: If the folder holds no avatar, or one that cannot be read.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = avatar_folder("") if folder is None else folder
        self._read_at = -1
        self._avatars: dict[str, Avatar] = {}
        self._read()
        if not self._avatars:
            raise ConfigError(f"{self.folder}: no avatars; each needs a folder with an avatar.json")

    def find(self, avatar_id: str) -> Avatar | None:
        """Return an avatar, or None if there is none of that name."""
        if avatar_id not in self._avatars:
            self.refresh()
        return self._avatars.get(avatar_id)

    def refresh(self) -> None:
        """Look whether avatars came or went. A broken one does not hide the others."""
        if self._changed_at() != self._read_at:
            try:
                self._read()
            except ConfigError:
                return  # what was known stays known; a restart names the fault

    def __iter__(self) -> Iterator[Avatar]:
        return iter(self._avatars.values())

    def _read(self) -> None:
        self._read_at = self._changed_at()
        found = (_read_avatar(path) for path in sorted(self.folder.glob(f"*/{_DESCRIPTION}")))
        self._avatars = {avatar.id: avatar for avatar in found}

    def _changed_at(self) -> int:
        try:
            return self.folder.stat().st_mtime_ns
        except OSError:
            return 0


def _read_avatar(path: Path) -> Avatar:
    try:
        metadata = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as exc:
        raise ConfigError(f"{path}: {exc}") from exc
    if not isinstance(metadata, dict):
        raise ConfigError(f"{path}: must be a JSON object")
    raw = metadata.get("motion", {})
    if not isinstance(raw, dict):
        raise ConfigError(f"{path}: motion must be an object")
    motion = {f"motion.{key}": str(value) for key, value in raw.items()}
    try:
        ignored = SessionOptions.from_params(motion).ignored
    except ValueError as exc:
        raise ConfigError(f"{path}: {exc}") from exc
    if ignored:
        raise ConfigError(f"{path}: {ignored[0]} is no parameter of motion")
    return Avatar(path.parent.name, path.parent, metadata, motion)
