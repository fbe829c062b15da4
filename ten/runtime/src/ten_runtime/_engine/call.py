"""Commands under way, and which of their results the caller gets.

A :class:`Call` is one send; it has one :class:`Hop` per destination. The callee answers into its
hop, the hop carries the answer to the caller's thread, and the call decides what to deliver.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from ten_runtime._engine.message import ResultCore

if TYPE_CHECKING:
    from ten_runtime._engine.conversion import Conversion
    from ten_runtime.error import TenError

__all__ = ["Call", "Callee", "Caller", "Hop", "ResultHandler", "error_result"]

ERROR = 1

ResultHandler = Callable[["ResultCore | None", "TenError | None"], None]


class Caller(Protocol):
    """Who sent a command."""

    def post_result(self, hop: Hop, result: ResultCore) -> None:
        """Take a result to the caller's thread and from there to :meth:`Call.take`."""
        ...


class Callee(Protocol):
    """Who received a command."""

    def forget_hop(self, hop: Hop) -> None:
        """Take note that a command needs no further answer."""
        ...


class Hop:
    """The way back of one command from one destination.

    Attributes:
        name: Name of the command as the callee saw it.
        conversion: Applied to results on the way back.
        due_s: When the callee's patience ends, on the callee's clock; 0 while not received.
    """

    __slots__ = ("_open", "call", "callee", "caller", "conversion", "due_s", "name")

    def __init__(self, caller: Caller, call: Call, name: str) -> None:
        self.caller = caller
        self.call = call
        self.name = name
        self.callee: Callee | None = None
        self.conversion: Conversion | None = None
        self.due_s = 0.0
        self._open = [True]  # list.pop is atomic: only one thread closes a hop

    def answer(self, result: ResultCore) -> None:
        """Send an answer back; answers after the final one are dropped."""
        if result.final:
            if not self.close():
                return
        elif not self._open:
            return
        self.caller.post_result(self, result)

    def close(self) -> bool:
        """Expect no further answer; return whether one was expected until now."""
        try:
            self._open.pop()
        except IndexError:
            return False
        if self.callee is not None:
            self.callee.forget_hop(self)
        return True


class Call:
    """One sent command, and the rule for its results.

    With one destination every result is delivered. With several, a plain call delivers the first
    ERROR at once, or else the last destination's result when all are final; a call that asks for
    every result gets every result.

    Args:
        handler: Gets what is delivered, in the caller's thread.
        every: Deliver every result of every destination.
    """

    __slots__ = ("_every", "_handler", "_latest", "_unfinished", "due_s", "hops", "is_over")

    def __init__(self, handler: ResultHandler, *, every: bool) -> None:
        self._handler = handler
        self._every = every
        self._unfinished = 0
        self._latest: ResultCore | None = None
        self.hops: list[Hop] = []
        self.is_over = False
        self.due_s = 0.0

    def add(self, hop: Hop) -> None:
        """Expect answers over one more hop, in graph order."""
        self.hops.append(hop)
        self._unfinished += 1

    def take(self, hop: Hop, result: ResultCore) -> None:
        """Take one answer, in the caller's thread."""
        if self.is_over:
            return
        if result.final:
            self._unfinished -= 1
        if len(self.hops) == 1 or self._every:
            self._deliver(result, completed=self._unfinished == 0)
        elif result.status == ERROR:
            self._deliver(result, completed=True)
        else:
            if hop is self.hops[-1]:
                self._latest = result
            if self._unfinished == 0:
                self._deliver(self._latest or result, completed=True)

    def fail(self, detail: str) -> None:
        """End the call with an ERROR result that the runtime makes."""
        if not self.is_over:
            self._deliver(error_result(self.hops[0], detail), completed=True)

    def _deliver(self, result: ResultCore, *, completed: bool) -> None:
        result.completed = completed
        if completed:
            self.is_over = True
            for hop in self.hops:
                hop.close()
        self._handler(result, None)


def error_result(hop: Hop, detail: str) -> ResultCore:
    """Return an ERROR result that the runtime answers on behalf of a callee."""
    result = ResultCore(hop.name)
    result.status = ERROR
    result.hop = hop
    result.props["detail"] = detail
    return result
