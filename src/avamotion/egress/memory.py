"""An egress that keeps everything: the public fake, and the reference for adapters."""

from types import TracebackType
from typing import Self

from avamotion.playout.packet import MediaNeed, Packet

__all__ = ["MemoryEgress"]


class MemoryEgress:
    """Keeps what it is handed.

    Attributes:
        packets: What was sent, oldest first.
        cleared: The epochs of every clear.
        opened: Whether it is open now.
    """

    def __init__(self, *, need: MediaNeed = MediaNeed.SAMPLES, paced: bool = True) -> None:
        self.packets: list[Packet] = []
        self.cleared: list[int] = []
        self.opened = False
        self._need = need
        self._paced = paced

    @property
    def need(self) -> MediaNeed:
        """What it takes of a block."""
        return self._need

    @property
    def paced(self) -> bool:
        """Whether packets are wanted in real time."""
        return self._paced

    async def send(self, packet: Packet) -> None:
        """Keep one packet."""
        self.packets.append(packet)

    async def clear(self, epoch: int) -> None:
        """Keep the epoch."""
        self.cleared.append(epoch)

    async def __aenter__(self) -> Self:
        self.opened = True
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.opened = False
