"""What a node sends: routing, calls under way, answers it owes, and their time limits."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Final

from ten_runtime._engine.call import Call, Hop, ResultHandler, error_result
from ten_runtime._engine.fault import closed, generic, not_connected
from ten_runtime._engine.message import NOWHERE, BufferCore, CmdCore, Core, ResultCore

if TYPE_CHECKING:
    from ten_runtime._engine.conversion import Conversion
    from ten_runtime._engine.node import Node
    from ten_runtime.error import TenError
    from ten_runtime.msg import Msg

__all__ = ["Outbox", "Route", "Sent"]

PATH_TIMEOUT_S: Final = 180.0
PATH_CHECK_INTERVAL_S: Final = 10.0
TIMEOUT_DETAIL: Final = "Path timeout."
MAX_NAMES: Final = 256
"""Names of unconnected messages that are remembered, for the log."""

Route = tuple["Node", "Conversion | None"]

Sent = tuple[bool, "TenError | None"]
"""Whether the message was taken, and what went wrong with it."""


class Outbox:
    """Sends the messages of one node.

    Attributes:
        routes: Destinations by kind and name, in graph order.
        peer: In single test mode, where everything goes.
        in_path_s: How long a received command may go unanswered.
        out_path_s: How long a sent command is waited for.
        check_interval_s: How often the two are looked at, while there is anything to look at.
    """

    def __init__(self, node: Node) -> None:
        self.routes: dict[str, dict[str, tuple[Route, ...]]] = {}
        self.peer: Node | None = None
        self.in_path_s = PATH_TIMEOUT_S
        self.out_path_s = PATH_TIMEOUT_S
        self.check_interval_s = PATH_CHECK_INTERVAL_S
        self._node = node
        self._calls: set[Call] = set()
        self._owed: set[Hop] = set()
        self._is_watching = False
        self._unconnected: Counter[tuple[str, str]] = Counter()

    def send(self, msg: Msg) -> Sent:
        """Send data or a frame, from any thread."""
        core = msg._live()
        problem = self._objection(core)
        if problem is not None:
            return False, problem
        msg._core = None
        core.source = self._node.address
        if core.dests:
            return True, self._send_to_dests(core, None)
        return True, self._send_to_graph(core, None)

    def send_cmd(self, msg: Msg, handler: ResultHandler | None, *, every: bool) -> Sent:
        """Send a command, from any thread.

        Args:
            msg: The command.
            handler: Gets the results, in the node's home. Without one they are dropped, or go
                upstream if the command is a received one that is passed on.
            every: Deliver every result of every destination.
        """
        core = msg._live()
        problem = self._objection(core)
        if problem is not None:
            return False, problem
        if not isinstance(core, CmdCore):
            raise TypeError(f"expected a Cmd, got {type(msg).__name__}")
        msg._core = None
        core.source = self._node.address
        upstream = core.hop
        if handler is None:
            handler = _ignore if upstream is None else _forwarder(upstream)
        call = Call(handler, every=every)
        self._watch_call(call)
        error = self._send_to_dests(core, call) if core.dests else self._send_to_graph(core, call)
        if error is not None:
            self._calls.discard(call)
        elif self._node.is_closed:  # closed while this thread was sending
            call.fail(f"Extension[{self._node.name}] is closed.")
        return True, error

    def return_result(self, msg: Msg) -> Sent:
        """Answer a received command, from any thread. Surplus answers are dropped silently."""
        core = msg._live()
        if not isinstance(core, ResultCore):
            raise TypeError(f"expected a CmdResult, got {type(msg).__name__}")
        if self._node.is_closed:
            return False, closed()
        msg._core = None
        hop = core.hop
        if hop is None:
            return True, None
        if self._node.api is not None:
            problem = self._node.api.fit_result_out(hop.name, core)
            if problem is not None:
                core = error_result(hop, problem)
        core.source = self._node.address
        core.name = hop.name
        hop.answer(core)
        return True, None

    # Answers.

    def post_result(self, hop: Hop, result: ResultCore) -> None:
        """Take a result to the node's home."""
        self._node.home.post(self._take_result, hop, result)

    def expect_answer(self, hop: Hop) -> None:
        """Take note of a received command, which is answered for the node if it never does."""
        hop.callee = self
        hop.due_s = time.monotonic() + self.in_path_s
        self._owed.add(hop)
        self._watch()

    def forget_hop(self, hop: Hop) -> None:
        """Take note that a command needs no further answer."""
        self._owed.discard(hop)

    def close(self, detail: str) -> None:
        """End every call of the node and every one that waits for it."""
        for hop in list(self._owed):
            hop.answer(error_result(hop, detail))
        self._owed.clear()
        for call in list(self._calls):
            call.fail(detail)
        self._calls.clear()

    def _take_result(self, hop: Hop, result: ResultCore) -> None:
        if hop.conversion is not None and result.source is not NOWHERE:  # not the runtime's own
            problem = hop.conversion.apply_result(result)
            if problem is not None and result.status == 0:
                result = error_result(hop, f"msg_conversion of the result failed: {problem}")
        if self._node.api is not None:
            problem = self._node.api.fit_result_in(result.name, result)
            if problem is not None:
                result.status = 1
                result.props["detail"] = problem
        hop.call.take(hop, result)
        if hop.call.is_over:
            self._calls.discard(hop.call)

    # Routing.

    def _objection(self, core: Core) -> TenError | None:
        """Say why a message may not even leave, in which case it stays the sender's."""
        if self._node.is_closed:
            return closed()
        if isinstance(core, BufferCore) and core.locks:
            return generic("Locked resources are not allowed to be sent; unlock the buffer first.")
        if self._node.api is not None:
            problem = self._node.api.fit_out(core)
            if problem is not None:
                return generic(problem)
        return None

    def _send_to_graph(self, core: Core, call: Call | None) -> TenError | None:
        if self.peer is not None:
            self._send_along(core, ((self.peer, None),), call)
            return None
        routes = self.routes.get(core.kind, {}).get(core.name)
        if routes is None:
            self._log_unconnected(core)
            return not_connected(core.kind, core.name)
        self._send_along(core, routes, call)
        return None

    def _log_unconnected(self, core: Core) -> None:
        key = (core.kind, core.name)
        if key not in self._unconnected and len(self._unconnected) >= MAX_NAMES:
            return
        if self._unconnected[key] % 1000 == 0:
            self._node.log.warning(
                "%s '%s' is connected to nothing (number %d of that name)",
                core.kind,
                core.name,
                self._unconnected[key] + 1,
            )
        self._unconnected[key] += 1

    def _send_along(self, core: Core, routes: tuple[Route, ...], call: Call | None) -> None:
        # Copies are made before anyone can touch the original.
        cores = [core, *(core.clone() for _ in routes[1:])] if len(routes) > 1 else [core]
        if call is not None:
            self._add_hops(cores, call, [conversion for _, conversion in routes])
        for each, (node, conversion) in zip(cores, routes, strict=True):
            node.post(each, conversion)

    def _send_to_dests(self, core: Core, call: Call | None) -> TenError | None:
        dests, core.dests = core.dests, ()
        if self.peer is not None:
            return self._send_to_graph(core, call)
        cores = [core, *(core.clone() for _ in dests[1:])]
        if call is not None:
            self._add_hops(cores, call, [None] * len(cores))
        for each, address in zip(cores, dests, strict=True):
            node = self._node.graph.resolve(address)
            if node is not None:
                node.post(each, None)
            elif address[2] is not None or not self._node.graph.to_app(each, address):
                self._answer_missing(each, address[2] or address[1] or address[0])
        return None

    def _add_hops(
        self, cores: list[Core], call: Call, conversions: list[Conversion | None]
    ) -> None:
        for core, conversion in zip(cores, conversions, strict=True):
            assert isinstance(core, CmdCore)
            core.hop = Hop(self, call, core.name)
            core.hop.conversion = conversion
            call.add(core.hop)

    def _answer_missing(self, core: Core, name: str | None) -> None:
        problem = f"The extension[{name}] is invalid."
        if isinstance(core, CmdCore) and core.hop is not None:
            core.hop.answer(error_result(core.hop, problem))
        else:
            self._node.log.warning("dropped %s '%s': %s", core.kind, core.name, problem)

    # Time limits.

    def _watch_call(self, call: Call) -> None:
        call.due_s = time.monotonic() + self.out_path_s
        self._calls.add(call)
        self._watch()

    def _watch(self) -> None:
        if not self._is_watching:
            self._is_watching = True
            self._node.home.later(self.check_interval_s, self._check_paths)

    def _check_paths(self) -> None:
        self._is_watching = False
        now = time.monotonic()
        for hop in list(self._owed):
            if hop.due_s <= now:
                hop.answer(error_result(hop, TIMEOUT_DETAIL))
        for call in list(self._calls):
            if call.due_s <= now:
                call.fail(TIMEOUT_DETAIL)
                self._calls.discard(call)
        if self._calls or self._owed:
            self._watch()


def _ignore(_result: ResultCore | None, _error: TenError | None) -> None:
    """Drop the results of a command that nobody waits for."""


def _forwarder(upstream: Hop) -> ResultHandler:
    def forward(result: ResultCore | None, _error: TenError | None) -> None:
        if result is not None:
            result.final = result.completed
            result.hop = upstream
            result.name = upstream.name
            upstream.answer(result)

    return forward
