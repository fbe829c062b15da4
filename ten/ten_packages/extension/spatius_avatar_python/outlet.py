"""What the extension tells the graph and the log."""

import asyncio
import json
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from ten_runtime import AsyncTenEnv, Cmd, Data

from .config import OutputConfig
from .failure import Failure
from .playback import PlaybackEvent, PlaybackState
from .report import CODE_FORMAT, CODE_SERVICE, RateLimiter, VendorInfo
from .secret import Redactor
from .turn import Drop, Turn, TurnKey

__all__ = ["Outlet"]

_ERROR_INTERVAL_S = 10.0
_VENDOR_LOG = "vendor"


class Outlet:
    """Listens to the publisher and speaks to the graph. Every method returns at once.

    Args:
        ten_env: Where messages and log lines go.
        vendor: What every message says about the service.
        output: Which optional messages are wanted.
        redactor: Knows what must never be shown.
        clock: Current time in seconds.
    """

    def __init__(
        self,
        ten_env: AsyncTenEnv,
        vendor: VendorInfo,
        output: OutputConfig,
        redactor: Redactor,
        clock: Callable[[], float],
    ) -> None:
        self._ten_env = ten_env
        self._vendor = vendor
        self._output = output
        self._redactor = redactor
        self._clock = clock
        self._limiter = RateLimiter(interval_s=_ERROR_INTERVAL_S)
        self._tasks: set[asyncio.Task[object]] = set()
        self._connection_id = ""
        self._has_ended = False
        self._reconnects = 0
        self._dropped_s: dict[Drop, float] = {}
        self._queued_s: dict[int, float] = {}

    def error(self, code: int, failure: Failure, turn: Turn | None = None) -> None:
        """Send ``error`` and log it, unless its like was sent a moment ago."""
        kind = f"{code} {failure.reason}"
        suppressed = self._limiter.admit(kind, now=self._clock())
        if suppressed is None:
            return
        failure = Failure(
            failure.kind,
            failure.reason,
            self._redactor.redact(failure.message),
            is_final=failure.is_final,
        )
        self._ten_env.log_error(f"{failure.reason}: {failure.message}", category=_VENDOR_LOG)
        self._send(
            "error",
            self._vendor.error(
                code,
                failure,
                turn,
                connection_id=self._connection_id,
                suppressed=suppressed,
            ),
        )

    def reject(self, problem: str, metadata: Mapping[str, object]) -> None:
        """Say that a request's audio cannot be spoken. Called once per request."""
        turn = Turn(0, TurnKey.from_metadata(metadata), metadata)
        self._ten_env.log_error(problem)
        failure = Failure("ValueError", "audioFormat", problem)
        self._send(
            "error",
            self._vendor.error(CODE_FORMAT, failure, turn, connection_id=self._connection_id),
        )

    def warn(self, sentence: str) -> None:
        """Log a warning. May be called from any thread."""
        self._ten_env.log_warn(sentence)

    def forward_flush(self) -> None:
        """Send cmd ``flush`` on. Its result is nobody's business."""
        if self._output.forward_flush:
            self._spawn(self._ten_env.send_cmd(Cmd.create("flush")))

    async def settle(self, limit_s: float) -> None:
        """Wait until everything was handed over, but not longer than a limit."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=limit_s)
        for task in self._tasks:
            task.cancel()

    def on_failure(self, failure: Failure, turn: Turn | None) -> None:
        """Report what the service did; a session that ends for good is reported once."""
        if self._has_ended:
            return
        self._has_ended = failure.is_final
        self.error(CODE_SERVICE, failure, turn)
        if failure.is_final:
            self._ten_env.log_error("the avatar's session has ended for good: not reconnecting")

    def on_playback(self, event: PlaybackEvent) -> None:
        """Pass on what was heard."""
        self._ten_env.log_debug(
            f"playback of turn {event.turn.serial} {event.state.value} at {event.played_ms} ms"
        )
        if self._output.playback_events:
            self._send("avatar_playback", self._vendor.playback(event))
        metrics: dict[str, object] = {}
        if event.state is PlaybackState.STARTED:
            queued_s = self._queued_s.pop(event.turn.serial, 0.0)
            metrics["queue_ms"] = round(1000 * queued_s)
            metrics["first_frame_ms"] = event.first_frame_ms
        else:
            metrics["played_ms"] = event.played_ms
            metrics["dropped_ms"] = {
                drop.value: round(1000 * seconds) for drop, seconds in self._dropped_s.items()
            }
            metrics["reconnects"] = self._reconnects
        self._send_metrics(metrics, event.turn)

    def on_dropped(self, drop: Drop, duration_s: float) -> None:
        """Count what is not spoken."""
        self._dropped_s[drop] = self._dropped_s.get(drop, 0.0) + duration_s
        self._ten_env.log_debug(f"dropped {duration_s:.3f} s of audio: {drop.value}")

    def on_connected(self, connection_id: str, connect_s: float, n_connections: int) -> None:
        """Say that the avatar is there."""
        self._connection_id = connection_id
        self._reconnects = n_connections - 1
        self._ten_env.log_info(
            f"avatar connected in {connect_s:.2f} s, connection {n_connections} ({connection_id})",
            category=_VENDOR_LOG,
        )
        metrics = {"connect_ms": round(1000 * connect_s), "reconnects": self._reconnects}
        self._send_metrics(metrics, None)

    def on_lost(self, turn: Turn | None) -> None:
        """Say that the avatar is gone for now."""
        self._connection_id = ""
        what = "in the middle of a turn: the rest of it is not spoken" if turn else "between turns"
        self._ten_env.log_warn(f"avatar disconnected {what}", category=_VENDOR_LOG)

    def on_first_sent(self, turn: Turn, queued_s: float) -> None:
        """Remember how long a turn waited."""
        self._queued_s = {turn.serial: queued_s}

    def on_queue_long(self, duration_s: float) -> None:
        """Say that audio comes in faster than it goes out."""
        self._ten_env.log_warn(f"{duration_s:.0f} s of audio are waiting to be sent")

    def _send_metrics(self, metrics: Mapping[str, object], turn: Turn | None) -> None:
        if self._output.metrics:
            message = self._vendor.metrics(metrics, turn, connection_id=self._connection_id)
            self._send("metrics", message)

    def _send(self, name: str, message: Mapping[str, object]) -> None:
        data = Data.create(name)
        text = self._redactor.redact(json.dumps(message, ensure_ascii=False))
        data.set_property_from_json("", text)
        self._spawn(self._ten_env.send_data(data))

    def _spawn(self, sending: Coroutine[Any, Any, object]) -> None:
        task: asyncio.Task[object] = asyncio.ensure_future(sending)
        self._tasks.add(task)
        task.add_done_callback(self._finish)

    def _finish(self, task: asyncio.Task[object]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            # Nobody listens any more: the graph is closing.
            self._ten_env.log_debug(f"a message could not be sent: {error}")
