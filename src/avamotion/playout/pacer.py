"""Decides when the packets of a turn are due."""

import math
from typing import Final

from avamotion.playout.packet import PACKET_S

__all__ = ["Pacer"]

# All turns of a server keep to one grid, so that one wake-up serves many: waking costs about as
# much as a packet. It divides 20 ms.
_GRID_S: Final = 0.004
_SAME_PLACE: Final = 1e-6


class Pacer:
    """The schedule of one turn: packet k is due at ``origin + k * 20 ms - lead``.

    Args:
        origin: When the turn's media time 0 is heard by a receiver without delay, in seconds; or
            up to 4 ms later, where the grid is.
        lead_s: How far packets leave ahead of that; it fills the receiver's jitter buffer at once.
    """

    def __init__(self, *, origin: float, lead_s: float) -> None:
        self._origin = self._begins_at = _on_grid(origin)
        self._lead_s = lead_s
        self._held_at: float | None = None
        self.sent = 0
        """Packets that have left."""

    def due(self) -> float:
        """Return when the next packet is due, in seconds."""
        return self._origin + self.sent * PACKET_S - self._lead_s

    def lateness(self, now: float, sound_at: float) -> float:
        """Return how late the next packet is, in seconds.

        The first packets of a turn are due before it begins, so as to fill a buffer, and a packet
        cannot leave before its sound has come at ``sound_at``: neither is a delay of ours.
        """
        return max(0.0, now - max(self.due(), self._begins_at, sound_at))

    def advance(self, now: float) -> None:
        """Note that the next packet leaves now.

        A receiver that has run dry starts to fill its buffer again: the media clock stands still
        in between, and nothing is ever played faster to catch up.
        """
        if now - self.due() > self._lead_s:
            self._origin = _on_grid(now - self.sent * PACKET_S)
        self.sent += 1

    def hold(self, now: float) -> None:
        """Stop the media clock."""
        if self._held_at is None:
            self._held_at = now

    def release(self, now: float) -> None:
        """Let the media clock go on."""
        if self._held_at is not None:
            self._origin += now - self._held_at  # to the point: what was heard stays what it was
            self._held_at = None

    def played_s(self, now: float) -> float:
        """Return how much of the turn has been heard by now, in seconds."""
        at = now if self._held_at is None else self._held_at
        return min(max(0.0, at - self._origin), self.sent * PACKET_S)

    def end(self) -> float:
        """Return when what has been sent will have been heard, in seconds."""
        return self._origin + self.sent * PACKET_S


def _on_grid(at: float) -> float:
    return math.ceil(at / _GRID_S - _SAME_PLACE) * _GRID_S
