"""A viewer that takes the time of every packet."""

import asyncio
import json
import time
from dataclasses import dataclass, field

import websockets

from avamotion.protocol.gen import motion_pb2 as pb
from load.server import LoadedServer

__all__ = ["SeenTurn", "Viewer"]

LEAD_S = 0.06


@dataclass
class SeenTurn:
    """What a viewer has seen of one turn.

    Attributes:
        epoch: Its epoch.
        arrivals: When each packet came, and its media time; both in seconds.
        ended: Whether the last packet came.
        opus: The packets' sound, if the viewer listens.
    """

    epoch: int
    arrivals: list[tuple[float, float]] = field(default_factory=list)
    ended: bool = False
    opus: list[bytes] = field(default_factory=list)

    def lateness_s(self) -> list[float]:
        """Return how late each packet after the first came.

        The schedule is what the viewer can know of it: the first packets at once, as many as
        fill its buffer, then one every 20 ms. Of all schedules that fit the packets the earliest
        one counts.
        """
        offsets = [at - max(0.0, pts - LEAD_S) for at, pts in self.arrivals]
        earliest = min(offsets)
        return [offset - earliest for offset in offsets[1:]]


class Viewer:
    """One viewer of one channel.

    Args:
        server: The server.
        channel: The channel.
        uid: The viewer's uid.
        publisher: Whom it expects.
        listen: Whether it keeps the sound.
    """

    def __init__(
        self, server: LoadedServer, channel: str, uid: int, publisher: int, *, listen: bool = False
    ) -> None:
        self.turns: dict[int, SeenTurn] = {}
        self.cleared_at: dict[int, float] = {}
        """When each epoch was announced."""
        self.n_gaps = 0
        """Packets that never came."""
        self.n_stale = 0
        """Packets of an epoch that was over."""
        self.n_foreign = 0
        """Packets of somebody else."""
        self.ready = asyncio.Event()
        self._news = asyncio.Event()
        self._server = server
        self._channel = channel
        self._uid = uid
        self._publisher = publisher
        self._listen = listen
        self._sequence: int | None = None
        self._epoch = 0

    async def cleared(self, epoch: int) -> None:
        """Wait until an epoch has been announced."""
        while epoch not in self.cleared_at:
            self._news.clear()
            await self._news.wait()

    async def run(self) -> None:
        """Watch until cancelled."""
        async with websockets.connect(
            self._server.channel, compression=None, ping_interval=None
        ) as socket:
            join = {
                "type": "join",
                "app_id": self._server.channel_app_id,
                "channel": self._channel,
                "uid": self._uid,
                "token": self._server.agora_token(self._channel, self._uid),
            }
            await socket.send(json.dumps(join))
            async for data in socket:
                now = time.perf_counter()
                if isinstance(data, bytes):
                    self._see(pb.ChannelPacket.FromString(data), now)
                else:
                    self._hear(json.loads(data), now)

    def _see(self, packet: pb.ChannelPacket, now: float) -> None:
        if packet.uid != self._publisher:
            self.n_foreign += 1
            return
        if packet.epoch < self._epoch:
            self.n_stale += 1
        if self._sequence is not None and packet.sequence != self._sequence + 1:
            self.n_gaps += packet.sequence - self._sequence - 1
        self._sequence = packet.sequence
        turn = self.turns.get(packet.turn)
        if turn is None:
            turn = self.turns[packet.turn] = SeenTurn(packet.epoch)
        if packet.opus:
            turn.arrivals.append((now, packet.pts_us / 1e6))
            if self._listen:
                turn.opus.append(packet.opus)
        if packet.end:
            turn.ended = True

    def _hear(self, message: dict[str, object], now: float) -> None:
        match message:
            case {"type": "joined"}:
                self.ready.set()
            case {"type": "clear", "epoch": int(epoch)}:
                self._epoch = epoch
                self.cleared_at[epoch] = now
                self._news.set()
            case {"type": "member_left"}:
                self._sequence, self._epoch = None, 0
