"""A viewer of the hosted channel."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import websockets
from websockets.asyncio.client import ClientConnection

from avamotion.protocol.payload import ChannelPacket, decode_channel_packet
from tests.e2e.running_server import RunningServer

__all__ = ["Viewer", "viewing"]


@dataclass
class Viewer:
    """What a viewer has received, oldest first."""

    items: list[ChannelPacket | dict[str, object]] = field(default_factory=list)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def packets(self) -> list[ChannelPacket]:
        return [item for item in self.items if isinstance(item, ChannelPacket)]

    def texts(self, kind: str) -> list[dict[str, object]]:
        return [t for t in self.items if isinstance(t, dict) and t["type"] == kind]

    async def until(self, condition: Callable[[], bool]) -> None:
        async with self.changed, asyncio.timeout(20):
            await self.changed.wait_for(condition)

    async def read(self, socket: ClientConnection) -> None:
        async for data in socket:
            item = json.loads(data) if isinstance(data, str) else decode_channel_packet(data)
            async with self.changed:
                self.items.append(item)
                self.changed.notify_all()


@asynccontextmanager
async def viewing(server: RunningServer, uid: int = 1) -> AsyncIterator[Viewer]:
    """Join the channel ``lobby`` and collect what comes."""
    viewer = Viewer()
    async with websockets.connect(server.channel) as socket:
        join = {
            "type": "join",
            "app_id": server.config.channel.app_id,
            "channel": "lobby",
            "uid": uid,
            "token": server.agora_token(uid),
        }
        await socket.send(json.dumps(join))
        reader = asyncio.create_task(viewer.read(socket))
        try:
            await viewer.until(lambda: bool(viewer.items))
            yield viewer
        finally:
            reader.cancel()
            await asyncio.gather(reader, return_exceptions=True)
