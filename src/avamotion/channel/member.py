"""One member of a channel, and what is on its way to it."""

from collections import deque
from collections.abc import Callable

__all__ = ["Member"]


class Member:
    """A member, seen from the hub.

    Media packets are many, and a member that cannot keep up loses the oldest of them, so that it
    never delays another. Texts are few and never dropped: a member with too many of them has to go.

    Args:
        uid: Its uid, unique in its channel.
        channel: Name of the channel.
        publisher: Whether it publishes sound and motion.
        max_packets: How many media packets may wait for it, and how many texts.
        wake: Called when something waits for it; must return at once.
    """

    def __init__(
        self,
        uid: int,
        channel: str,
        *,
        publisher: bool,
        max_packets: int,
        wake: Callable[[], None],
    ) -> None:
        self.uid = uid
        self.channel = channel
        self.publisher = publisher
        self.epoch = 0
        self.dropped_packets = 0
        """Media packets that this member was too slow for."""
        self.overflowed = False
        """Whether so many texts wait that it must be let go."""
        self._max_packets = max_packets
        self._wake = wake
        self._outbox: deque[str | bytes] = deque()
        self._n_packets = 0

    def enqueue_text(self, text: str) -> None:
        """Queue a text."""
        if len(self._outbox) - self._n_packets >= self._max_packets:
            self.overflowed = True
        else:
            self._outbox.append(text)
        self._wake()

    def enqueue_packet(self, packet: bytes) -> None:
        """Queue a media packet; if too many wait, the oldest one is dropped."""
        if self._n_packets == self._max_packets:
            oldest = next(i for i, item in enumerate(self._outbox) if isinstance(item, bytes))
            del self._outbox[oldest]
            self.dropped_packets += 1
        else:
            self._n_packets += 1
        self._outbox.append(packet)
        self._wake()

    def data_to_send(self) -> list[str | bytes]:
        """Return all that waits, oldest first."""
        data = list(self._outbox)
        self._outbox.clear()
        self._n_packets = 0
        return data
