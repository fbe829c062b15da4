"""How one message is sent."""

from __future__ import annotations

__all__ = ["SendOptions"]


class SendOptions:
    """Options of an asynchronous send.

    Attributes:
        wait_for_result: Report whether the message found a destination, instead of sending and
            forgetting.
    """

    def __init__(self, wait_for_result: bool = False) -> None:
        self.wait_for_result = wait_for_result
