"""The one interface for every way out."""

import enum
from types import TracebackType
from typing import Protocol, Self

from avamotion.playout.packet import Packet

__all__ = ["AudioNeed", "Egress"]


class AudioNeed(enum.Enum):
    """In which form an egress takes the sound of a packet."""

    NONE = "none"
    SAMPLES = "samples"
    OPUS = "opus"


class Egress(Protocol):
    """Delivers one session's packets to one channel.

    The session opens it, calls it from a single task, and closes it. Packets arrive in order and
    already paced: an adapter sends at once and never sleeps, queues or reorders.
    """

    @property
    def audio_need(self) -> AudioNeed:
        """In which form the sound is wanted."""
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
