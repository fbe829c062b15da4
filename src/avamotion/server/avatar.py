"""The avatars that sessions may name, and what a catalogue of them can do."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from avamotion.errors import ConfigError
from avamotion.server.session_option import SessionOptions

__all__ = ["Avatar", "AvatarCatalog", "read_avatar"]


@dataclass(frozen=True, slots=True)
class Avatar:
    """One entry of a catalogue.

    Attributes:
        id: ``avatar_id`` on the wire.
        metadata: Its description, ``avatar.json``.
        motion: Its ``motion.*`` parameters, over which a client may choose.
    """

    id: str
    metadata: dict[str, Any]
    motion: Mapping[str, str]


class AvatarCatalog(Protocol):
    """Knows avatars. Every call may wait for a disk or a database: a server makes it in a thread.

    What is added or removed while a server runs is seen by the next call.
    """

    @property
    def folder(self) -> Path:
        """Where avatars' files are: ``ID/NAME``, once they were fetched."""
        ...

    def find(self, avatar_id: str) -> Avatar | None:
        """Return an avatar, or None if there is none of that name."""
        ...

    def all(self) -> list[Avatar]:
        """Return all avatars, by name."""
        ...

    def fetch(self, avatar_id: str) -> str | None:
        """See to it that an avatar's files are in the folder, or not there if it is gone.

        Returns:
            Its version, which names the content of its files; None if there is no such avatar.
        """
        ...

    def add(self, avatar_id: str, metadata: Mapping[str, object], files: Mapping[str, Path]) -> str:
        """Add an avatar, wholly or not at all.

        Args:
            avatar_id: Its name; it must be new.
            metadata: Its description.
            files: Its files, by the names that the description uses.

        Returns:
            Where it is now, for people.

        Raises:
            ConfigError: If there is one already, or it cannot be written.
        """
        ...

    def remove(self, avatar_id: str) -> None:
        """Remove an avatar.

        Raises:
            ConfigError: If there is none of that name, or it cannot be removed.
        """
        ...

    def close(self) -> None:
        """Let go of what it holds."""
        ...


def read_avatar(avatar_id: str, text: str, *, where: str) -> Avatar:
    """Read a description.

    Args:
        avatar_id: The avatar's name.
        text: The description, JSON.
        where: Where it is, for the error.

    Raises:
        ConfigError: If it cannot be used.
    """
    try:
        metadata = json.loads(text)
    except ValueError as exc:
        raise ConfigError(f"{where}: {exc}") from exc
    if not isinstance(metadata, dict):
        raise ConfigError(f"{where}: must be a JSON object")
    raw = metadata.get("motion", {})
    if not isinstance(raw, dict):
        raise ConfigError(f"{where}: motion must be an object")
    motion = {f"motion.{key}": str(value) for key, value in raw.items()}
    try:
        ignored = SessionOptions.from_params(motion).ignored
    except ValueError as exc:
        raise ConfigError(f"{where}: {exc}") from exc
    if ignored:
        raise ConfigError(f"{where}: {ignored[0]} is no parameter of motion")
    return Avatar(avatar_id, metadata, motion)
