"""One run of avatar speech, from its first sound to its last packet."""

from collections import deque

from avamotion.playout.pacer import Pacer
from avamotion.playout.packet import MediaBlock

__all__ = ["Turn"]


class Turn:
    """What is known of one turn.

    Attributes:
        turn_id: Number of the turn within the session, from 1.
        req_id: The client's name for it.
        arrived_at: When its first sound arrived, in seconds.
        blocks: What is ready to be played, oldest first.
        complete: Whether every block that there will be is in ``blocks`` or has left.
        pacer: Its schedule, once it is the turn's turn.
        begun_at: When its first packet could have left, had there been media, in seconds.
        announced: Whether the client knows that it plays.
    """

    __slots__ = (
        "announced",
        "arrived_at",
        "begun_at",
        "blocks",
        "complete",
        "pacer",
        "req_id",
        "turn_id",
    )

    def __init__(self, turn_id: int, req_id: str, *, arrived_at: float) -> None:
        self.turn_id = turn_id
        self.req_id = req_id
        self.arrived_at = arrived_at
        self.blocks: deque[MediaBlock] = deque()
        self.complete = False
        self.pacer: Pacer | None = None
        self.begun_at = arrived_at
        self.announced = False
