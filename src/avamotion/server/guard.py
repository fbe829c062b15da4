"""What uvicorn does not guard against: clients that never finish their request, and clients that
let us answer without reading the answers."""

from asyncio import TimerHandle, Transport
from typing import ClassVar

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

__all__ = ["GuardedHttp", "GuardedWebSocket", "guarded_http"]


class GuardedHttp(H11Protocol):
    """Drops a client that does not send its first request in time."""

    header_timeout_s: ClassVar[float]
    _timer: TimerHandle

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Give the client its time."""
        super().connection_made(transport)
        self._timer = self.loop.call_later(self.header_timeout_s, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the client."""
        self._timer.cancel()
        super().connection_lost(exc)

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """Hand the connection on: from here on, another protocol hears of its end."""
        self._timer.cancel()
        super().handle_websocket_upgrade(event)

    def _give_up(self) -> None:
        begun: object = self.cycle
        if begun is None:
            self.transport.close()


def guarded_http(header_timeout_s: float) -> type[GuardedHttp]:
    """Return the protocol with its time limit: uvicorn makes its instances itself."""
    return type("TimedHttp", (GuardedHttp,), {"header_timeout_s": header_timeout_s})


class GuardedWebSocket(WebSocketsSansIOProtocol):
    """Drops a client that pings and does not read: its answers would pile up here."""

    def handle_ping(self) -> None:
        """Answer a ping."""
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.transport.abort()
