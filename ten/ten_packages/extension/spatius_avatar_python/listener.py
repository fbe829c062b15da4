"""What a publisher tells whoever listens."""

from enum import Enum
from typing import Protocol

from .failure import Failure
from .playback import PlaybackEvent
from .turn import Drop, Turn

__all__ = ["Listener", "PublisherState"]


class PublisherState(Enum):
    """Where the connection is."""

    DISCONNECTED = "disconnected"
    CONNECTING = "connecting"
    READY = "ready"
    ENDED = "ended"  # for good: the service will not have us


class Listener(Protocol):
    """Is told what happens. Called on the event loop; must not block."""

    def on_failure(self, failure: Failure, turn: Turn | None) -> None:
        """Something went wrong; the publisher deals with it, unless it is final."""

    def on_playback(self, event: PlaybackEvent) -> None:
        """The listener heard something."""

    def on_dropped(self, drop: Drop, duration_s: float) -> None:
        """Audio will not be spoken."""

    def on_connected(self, connection_id: str, connect_s: float, n_connections: int) -> None:
        """The service is ready."""

    def on_lost(self, turn: Turn | None) -> None:
        """The connection is gone, in the middle of a turn if there is one."""

    def on_first_sent(self, turn: Turn, queued_s: float) -> None:
        """The first audio of a turn was sent, after waiting in the queue."""

    def on_queue_long(self, duration_s: float) -> None:
        """The queue is longer than it should be."""
