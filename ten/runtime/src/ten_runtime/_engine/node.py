"""One extension of a running graph: its stages, its inbox and what it sends.

A node's state changes only in its home, except that anyone may send through it. There is no
barrier between nodes: each goes through its stages at its own pace.
"""

from __future__ import annotations

import enum
import logging
from collections import deque
from typing import TYPE_CHECKING, Any, Protocol

from ten_runtime._engine.call import Hop, error_result
from ten_runtime._engine.fault import PropertyError, bad_json, generic
from ten_runtime._engine.message import CmdCore, Core, TriggerCore
from ten_runtime._engine.outbox import Outbox
from ten_runtime._engine.store import Store
from ten_runtime._engine.value import loaded

if TYPE_CHECKING:
    from ten_runtime._engine.api import Api
    from ten_runtime._engine.conversion import Conversion
    from ten_runtime._engine.home import Home
    from ten_runtime._engine.message import Address
    from ten_runtime.error import TenError

__all__ = ["Driver", "Graph", "Node", "Stage"]

MAX_INBOX = 12_800
"""Data and frames beyond this many waiting messages are dropped; commands never are."""


class Stage(enum.IntEnum):
    """How far a node has come. Named stages with a callback are in progress."""

    CREATED = 0
    CONFIGURE = 1
    INIT = 2
    READY = 3
    """Waits for the trigger of a manual start."""
    START = 4
    RUNNING = 5
    HELD = 6
    """Waits for the trigger of a manual stop."""
    STOP = 7
    STOPPED = 8
    DEINIT = 9
    CLOSED = 10


class Driver(Protocol):
    """Calls the user's object, in the node's home."""

    def stage(self, stage: Stage) -> None:
        """Call a life-cycle callback, which leads to :meth:`Node.stage_done`."""
        ...

    def message(self, core: Core) -> None:
        """Call the callback for a message."""
        ...


class Graph(Protocol):
    """What a node needs of the graph that it is in."""

    sync_stop: bool

    def resolve(self, address: Address) -> Node | None: ...
    def to_app(self, core: Core, address: Address) -> bool: ...
    def node_configured(self, node: Node) -> None: ...
    def node_stopped(self, node: Node) -> None: ...
    def node_closed(self, node: Node) -> None: ...
    def node_failed(self, node: Node, error: BaseException) -> None: ...
    def load(self, node: Node) -> None: ...


class Node:
    """One extension of a running graph.

    Attributes:
        home: Where the callbacks run.
        is_closed: Calls through the environment answer "closed".
        driver: Calls the user's object; set before :meth:`begin`.
        outbox: Everything that the node sends.
        store: Its properties, loaded after ``on_configure``.
        api: Schemas of its messages, or None.
        initial: JSON object from ``init_property_from_json``, or None.
        manual: Stages that wait for a trigger.
        is_tester: It is a tester: nothing to configure, and it stops when it is told to.
        takes_all: It is a tester in single mode: everything goes to it, and from it to the other.
    """

    driver: Driver

    def __init__(
        self, name: str, graph: Graph, address: Address, home: Home, app_store: Store | None
    ) -> None:
        self.name = name
        self.graph = graph
        self.address = address
        self.home = home
        self.stage = Stage.CREATED
        self.is_closed = False
        self.store = Store(app_store)
        self.api: Api | None = None
        self.initial: dict[str, Any] | None = None
        self.manual: frozenset[str] = frozenset()
        self.outbox = Outbox(self)
        self.is_tester = False
        self.takes_all = False
        self.log = logging.getLogger(f"ten.{name}")
        self._inbox: deque[Core] = deque()
        self._is_closing = False
        self._n_dropped = 0

    # Stages, in the node's home.

    def begin(self) -> None:
        """Enter the first stage. A tester has nothing to configure."""
        self._enter(Stage.INIT if self.is_tester else Stage.CONFIGURE)

    def stage_done(self, stage: Stage) -> None:
        """Take the acknowledgement of a stage, from any thread; a stray one is ignored."""
        if stage is Stage.DEINIT and self.stage is Stage.DEINIT:
            self.is_closed = True  # for the very next call, wherever that comes from
        self.home.post(self._advance, stage)

    def set_initial(self, json_str: str) -> TenError | None:
        """Replace the document of ``property.json``, while there still is time."""
        if self.stage > Stage.CONFIGURE:
            return generic("init_property_from_json comes too late; call it in on_configure.")
        try:
            document = loaded(json_str)
        except (ValueError, RecursionError) as exc:
            return bad_json(f"Failed to parse JSON: {exc}")
        if not isinstance(document, dict):
            return bad_json("The root of properties must be a JSON object.")
        self.initial = document
        return None

    def close(self) -> None:
        """Stop and de-initialise, once the stage in progress is done."""
        self._is_closing = True
        if self.stage is Stage.RUNNING:
            if "stop" in self.manual:
                self.log.info("waits for the trigger of its manual stop")
                self._enter(Stage.HELD)
            else:
                self._enter(Stage.STOP)
        elif self.stage is Stage.READY or (self.stage is Stage.START and self.is_tester):
            self._enter(Stage.STOP)

    def deinit(self) -> None:
        """Enter the last stage, after the barrier of a synchronised stop."""
        if self.stage is Stage.STOPPED:
            self._enter(Stage.DEINIT)

    def abandon(self) -> None:
        """Close without calling the user's object again."""
        if self.stage is not Stage.CLOSED:
            self._shut()

    def trigger(self, stage: str) -> str | None:
        """Release a manual stage; return why that is not possible, or None."""
        if stage not in ("start", "stop"):
            return f"The stage '{stage}' cannot be triggered; it is start or stop."
        if stage not in self.manual:
            return f"The stage '{stage}' of extension[{self.name}] is not manual."
        if stage == "start":
            if self.stage is not Stage.READY:
                return f"The stage 'start' of extension[{self.name}] has passed."
            self._enter(Stage.START)
        elif self.stage in (Stage.RUNNING, Stage.HELD):
            self._is_closing = True
            self._enter(Stage.STOP)
        else:
            return f"Extension[{self.name}] cannot stop now."
        return None

    def _enter(self, stage: Stage) -> None:
        self.stage = stage
        if stage is Stage.DEINIT:
            self._refuse_inbox()
        if stage not in (Stage.READY, Stage.RUNNING, Stage.HELD, Stage.STOPPED):
            self.driver.stage(stage)

    def _advance(self, stage: Stage) -> None:
        if self.stage is not stage:
            return
        if stage is Stage.CONFIGURE:
            self._configured()
        elif stage is Stage.INIT:
            self._initialised()
        elif stage is Stage.START:
            self.stage = Stage.RUNNING
            if self._is_closing:
                self.close()
        elif stage is Stage.STOP:
            self.stage = Stage.STOPPED
            if self.graph.sync_stop:
                self.graph.node_stopped(self)
            else:
                self._enter(Stage.DEINIT)
        elif stage is Stage.DEINIT:
            self._shut()

    def _configured(self) -> None:
        try:
            self.graph.load(self)
        except PropertyError as exc:
            self._shut()
            self.graph.node_failed(self, exc)
            return
        self.graph.node_configured(self)
        self._enter(Stage.STOP if self._is_closing else Stage.INIT)

    def _initialised(self) -> None:
        self.stage = Stage.READY
        while self._inbox:
            self._handle(self._inbox.popleft())
        if self._is_closing:
            self._enter(Stage.STOP)
        elif "start" not in self.manual:
            self._enter(Stage.START)

    def _shut(self) -> None:
        self.stage = Stage.CLOSED
        self.is_closed = True
        self._refuse_inbox()
        self.outbox.close(f"Extension[{self.name}] is closed.")
        self.graph.node_closed(self)

    # Messages.

    def post(self, core: Core, conversion: Conversion | None) -> None:
        """Deliver a message, from any thread."""
        if core.kind != "cmd" and self.home.backlog >= MAX_INBOX:
            self._drop(core, "its queue is full")
        elif not self.home.post(self._receive, core, conversion):
            self.refuse(core)

    def refuse(self, core: Core) -> None:
        """Answer a command with ERROR, or drop a message, because it comes too late."""
        if isinstance(core, CmdCore) and core.hop is not None:
            core.hop.answer(
                error_result(
                    core.hop, f"The extension[{self.name}] is in its de-initialization phase."
                )
            )
        else:
            self.log.debug("%s '%s' came after on_stop and is dropped", core.kind, core.name)

    def _receive(self, core: Core, conversion: Conversion | None) -> None:
        if conversion is not None:
            problem = conversion.apply(core)
            if problem is not None:
                self._reject(core, f"msg_conversion of '{core.name}' failed: {problem}")
                return
        if self.stage >= Stage.DEINIT:
            if self.is_tester and core.kind != "cmd":
                self.driver.message(core)  # a tester sees what its target says last
            else:
                self.refuse(core)
        elif self.stage < Stage.READY:
            if core.kind != "cmd" and len(self._inbox) >= MAX_INBOX:
                self._drop(core, "it is still initialising and its inbox is full")
            else:
                self._inbox.append(core)
        else:
            self._handle(core)

    def _handle(self, core: Core) -> None:
        if self.api is not None:
            problem = self.api.fit_in(core)
            if problem is not None:
                self._reject(core, problem)
                return
        if isinstance(core, CmdCore) and core.hop is not None:
            if isinstance(core, TriggerCore):
                self._answer_trigger(core, core.hop)
                return
            self.outbox.expect_answer(core.hop)
        self.driver.message(core)

    def _answer_trigger(self, core: TriggerCore, hop: Hop) -> None:
        problem = self.trigger(core.stage)
        result = error_result(hop, problem or "")
        if problem is None:
            result.status = 0
            result.props.clear()
        hop.answer(result)

    def _reject(self, core: Core, problem: str) -> None:
        if isinstance(core, CmdCore) and core.hop is not None:
            core.hop.answer(error_result(core.hop, problem))
        else:
            self.log.warning("dropped %s '%s': %s", core.kind, core.name, problem)

    def _drop(self, core: Core, reason: str) -> None:
        if self._n_dropped % 1000 == 0:
            self.log.warning(
                "dropped %s '%s' because %s (%d so far)",
                core.kind,
                core.name,
                reason,
                self._n_dropped + 1,
            )
        self._n_dropped += 1

    def _refuse_inbox(self) -> None:
        while self._inbox:
            self.refuse(self._inbox.popleft())
