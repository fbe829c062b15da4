"""Who left a moment ago, and comes back."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Final

__all__ = ["Returners"]

_WITHIN_S: Final = 60.0
_MAX_KNOWN: Final = 4096


class Returners:
    """Remembers who left, for a minute."""

    def __init__(self) -> None:
        self._left: OrderedDict[Hashable, float] = OrderedDict()

    def leave(self, who: Hashable, *, now: float) -> None:
        """Note that somebody left."""
        self._left[who] = now
        self._left.move_to_end(who)
        while len(self._left) > _MAX_KNOWN:
            self._left.popitem(last=False)

    def come(self, who: Hashable, *, now: float) -> bool:
        """Note that somebody comes. Returns whether it left less than a minute ago."""
        left_at = self._left.pop(who, None)
        return left_at is not None and now - left_at < _WITHIN_S
