"""The avatars that sessions may name: one folder each, with an ``avatar.json``."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from avamotion.errors import ConfigError

__all__ = ["Avatar", "AvatarCatalog"]


@dataclass(frozen=True, slots=True)
class Avatar:
    """One entry of the catalogue.

    Attributes:
        id: Name of its folder, ``avatar_id`` on the wire.
        folder: Where its files are.
        metadata: Its ``avatar.json``.
    """

    id: str
    folder: Path
    metadata: dict[str, Any]


class AvatarCatalog:
    """All avatars of a folder.

    Args:
        folder: The folder, or None for the avatars that ship with the package.

    Raises:
        ConfigError: If the folder holds no avatar, or one that cannot be read.
    """

    def __init__(self, folder: Path | None = None) -> None:
        if folder is None:
            folder = Path(str(resources.files("avamotion") / "avatars"))
        self.folder = folder
        self._avatars: dict[str, Avatar] = {}
        for path in sorted(folder.glob("*/avatar.json")):
            try:
                metadata = json.loads(path.read_text(encoding="utf-8"))
            except (OSError, ValueError) as exc:
                raise ConfigError(f"{path}: {exc}") from exc
            if not isinstance(metadata, dict):
                raise ConfigError(f"{path}: must be a JSON object")
            self._avatars[path.parent.name] = Avatar(path.parent.name, path.parent, metadata)
        if not self._avatars:
            raise ConfigError(f"{folder}: no avatars; each needs a folder with an avatar.json")

    def __contains__(self, avatar_id: str) -> bool:
        return avatar_id in self._avatars

    def __iter__(self) -> Iterator[Avatar]:
        return iter(self._avatars.values())
