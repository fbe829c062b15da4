"""The one interface for every way out."""

from types import TracebackType
from typing import Protocol, Self

from avamotion.playout.packet import MediaNeed, Packet

__all__ = ["Egress"]


class Egress(Protocol):
    """Delivers one session's packets to one channel.

    The session opens it, calls it from a single task, and closes it. Packets arrive in order and
    already paced: an adapter sends at once and never sleeps, queues or reorders.
    """

    @property
    def need(self) -> MediaNeed:
        """What it takes of a block."""
        ...

    @property
    def paced(self) -> bool:
        """Whether packets are wanted in real time; else as soon as they are computed."""
        ...

    async def send(self, packet: Packet) -> None:
        """Send one packet.

        Raises:
            EgressUnavailable: The channel is out of reach for now.
            EgressRejected: The channel will never take it.
        """
        ...

    async def clear(self, epoch: int) -> None:
        """Tell receivers to drop all that is older than ``epoch``: the session was interrupted."""
        ...

    async def __aenter__(self) -> Self:
        """Open the way.

        Raises:
            EgressUnavailable: The channel cannot be reached.
            EgressRejected: The channel refuses us.
        """
        ...

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Leave the channel."""
        ...
