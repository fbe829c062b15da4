"""Motion back on the ingress socket, as fast as it is computed."""

from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self

from avamotion.playout.packet import MediaNeed, Packet
from avamotion.protocol.message import ResponseAnimation
from avamotion.protocol.payload import encode_animation

__all__ = ["ReplyEgress"]


class ReplyEgress:
    """Answers each packet with a ``ResponseAnimation``.

    Args:
        connection_id: The connection's name.
        avatar_id: The avatar of the session.
        send: Queues one message for the client, and waits while too many wait.
    """

    def __init__(
        self,
        connection_id: str,
        avatar_id: str,
        *,
        send: Callable[[ResponseAnimation], Awaitable[None]],
    ) -> None:
        self._connection_id = connection_id
        self._avatar_id = avatar_id
        self._send = send

    @property
    def need(self) -> MediaNeed:
        """The client has the sound already."""
        return MediaNeed.FRAMES

    @property
    def paced(self) -> bool:
        """The client paces its own playback."""
        return False

    async def send(self, packet: Packet) -> None:
        """Answer with the packet's motion."""
        frames = packet.block.frames if packet.block else ()
        animation = encode_animation(frames) if frames else b""
        await self._send(
            ResponseAnimation(
                self._connection_id, packet.req_id, packet.end, animation, self._avatar_id
            )
        )

    async def clear(self, epoch: int) -> None:
        """Nothing to tell: the client itself interrupted."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """The socket belongs to the session."""
