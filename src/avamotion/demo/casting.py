"""Which voice fits which face."""

from collections.abc import Mapping
from typing import Final

__all__ = ["NATURAL", "TIMBRES", "timbre_of"]

NATURAL: Final = "natural"
TIMBRES: Final[Mapping[str, str]] = {
    "ada": NATURAL,
    "kenji": "deeper",
    "leo": "deeper",
    "mia": NATURAL,
}
"""Timbres of the demo's voice node, by avatar."""


def timbre_of(avatar_id: str) -> str:
    """Return the timbre that fits an avatar; an unknown one speaks as the voice is."""
    return TIMBRES.get(avatar_id, NATURAL)
