"""The one owner of the connection: connects, sends, interrupts and reconnects.

Everything that touches the service happens in :meth:`Publisher.run`, one step after the other, so
an interrupt can neither overtake nor be overtaken by audio. The other methods only leave work for
it.
"""

import asyncio
import random
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from spatius import AvatarSDKError

from .audio_queue import AudioQueue, Chunk, EndOfTurn
from .backoff import Backoff
from .config import AvatarConfig
from .credential import Credentials, issue_credentials
from .failure import Failure
from .link import Link, Signal, prepare_sdk
from .listener import Listener, PublisherState
from .playback import PlaybackTracker
from .transcoder import Transcoder
from .turn import Drop, Turn

__all__ = ["Publisher"]

_MAX_QUEUE_S = 600.0
_QUEUE_WARNING_S = 30.0
_MAX_CHUNK_S = 0.2
_FIRST_DELAY_S = 0.25
_MAX_DELAY_S = 5.0
# A connection that lasted this long was a good one: the next failure starts from the first delay.
_STABLE_S = 10.0
_INTERRUPT_WRITE_S = 0.6
_INTERRUPT_RESULT_S = 0.9
_CLOSE_S = 2.0


@dataclass(slots=True)
class _Sending:
    """What is under way on one connection."""

    link: Link
    playback: PlaybackTracker = field(default_factory=PlaybackTracker)
    turn: Turn | None = None
    has_sent: bool = False
    transcoder: Transcoder | None = None
    is_lost: bool = False

    def forget_turn(self) -> None:
        self.turn = self.transcoder = None
        self.has_sent = False


class Publisher:
    """Owns the connection to the service.

    Args:
        config: Where to connect, and as whom.
        listener: Is told what happens.
        jitter: Returns a number in [0, 1) that spreads reconnects.
        now: Current time with its zone, for credentials.
    """

    def __init__(
        self,
        config: AvatarConfig,
        listener: Listener,
        *,
        jitter: Callable[[], float] = random.random,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._config = config
        self._listener = listener
        self._now = now
        self._backoff = Backoff(first_s=_FIRST_DELAY_S, max_s=_MAX_DELAY_S, random=jitter)
        self._queue = AudioQueue(
            max_waiting_s=config.limits.max_queue_s, max_s=_MAX_QUEUE_S, max_chunk_s=_MAX_CHUNK_S
        )
        self._wake = asyncio.Event()
        self._epoch = 0
        self._current: _Sending | None = None
        self._write: asyncio.Future[str] | None = None
        self._interrupted: asyncio.Future[bool] | None = None
        self._style = dict(config.service.style)
        self._has_new_style = False
        self._n_connections = 0
        self._has_warned_of_queue = False
        # Encoding in one thread keeps a turn's audio in order.
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="avatar-audio")
        self.state = PublisherState.DISCONNECTED

    def push_audio(self, chunk: Chunk) -> None:
        """Leave audio to be sent."""
        if self.state is PublisherState.ENDED:
            self._listener.on_dropped(Drop.SESSION_ENDED, chunk.duration_s)
            return
        dropped_s = self._queue.push(chunk, connected=self.state is PublisherState.READY)
        if dropped_s:
            self._listener.on_dropped(Drop.QUEUE_FULL, dropped_s)
        self._warn_of_queue()
        self._wake.set()

    def push_end(self, turn: Turn) -> None:
        """Leave word that a turn has no more audio."""
        if self.state is not PublisherState.ENDED:
            self._queue.push_end(turn)
            self._wake.set()

    def change_style(self, style: Mapping[str, str]) -> None:
        """Leave word that the face moves otherwise, from what is sent next on."""
        self._style |= style
        self._has_new_style = True
        self._wake.set()

    async def interrupt(self, turn: Turn | None = None) -> str:
        """Stop what is being spoken and forget what is queued.

        Returns within a second, whatever the service does. Calls that overlap share one interrupt.

        Args:
            turn: The only turn to stop; None for everything.

        Returns:
            What happened, in a few words.
        """
        dropped_s = self._queue.clear() if turn is None else self._queue.discard_turn(turn)
        if dropped_s:
            self._listener.on_dropped(Drop.INTERRUPTED, dropped_s)
        current = self._current
        if turn is not None and (current is None or current.turn is not turn):
            return "nothing of the turn was sent"
        self._epoch += 1
        if self._write is not None:
            self._write.cancel()
        if current is None or not (current.turn or current.playback.has_requests):
            # Whatever comes next is a turn of its own.
            return "nothing was being spoken"
        if self._interrupted is None:
            self._interrupted = asyncio.get_running_loop().create_future()
        self._wake.set()
        done, _ = await asyncio.wait({self._interrupted}, timeout=_INTERRUPT_RESULT_S)
        if not done:
            return "the interrupt is under way"
        if all(interrupted.result() for interrupted in done):
            return "interrupted"
        return "the service did not take the interrupt: reconnecting"

    async def run(self) -> None:
        """Serve until cancelled, or until the service refuses for good."""
        try:
            await asyncio.to_thread(prepare_sdk, self._config)
            while self.state is not PublisherState.ENDED:
                await self._serve_connection()
        finally:
            self._executor.shutdown(wait=False, cancel_futures=True)

    async def drain(self, limit_s: float) -> None:
        """Wait until what is queued has been sent, but not longer than a limit."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + limit_s
        while self.state is PublisherState.READY and loop.time() < deadline:
            current = self._current
            if not self._queue and (current is None or current.turn is None):
                return
            await asyncio.sleep(0.02)

    async def _serve_connection(self) -> None:
        loop = asyncio.get_running_loop()
        self.state = PublisherState.CONNECTING
        credentials = issue_credentials(self._config, now=self._now())
        started_at = loop.time()
        try:
            current = await self._connect(credentials)
        except Exception as error:  # noqa: BLE001 - whatever the SDK raises, the app must live
            await self._retry_later(Failure.from_exception(error))
            return
        connected_at = loop.time()
        self._current = current
        self.state = PublisherState.READY
        self._n_connections += 1
        self._listener.on_connected(
            current.link.connection_id, connected_at - started_at, self._n_connections
        )
        stale_s = self._queue.discard_older(connected_at - self._config.limits.max_wait_s)
        if stale_s:
            self._listener.on_dropped(Drop.WAITED_TOO_LONG, stale_s)
        is_renewal = False
        try:
            await self._pump(current, renew_at=connected_at + credentials.renew_after_s)
            is_renewal = not current.is_lost
        except Exception as error:  # noqa: BLE001 - a broken turn must not end the session
            self._lose(current, Failure.from_exception(error))
        finally:
            self._leave(current, is_renewal=is_renewal)
            await current.link.close(limit_s=_CLOSE_S)
        if loop.time() - connected_at >= _STABLE_S:
            self._backoff.reset()
        if current.is_lost:
            await self._retry_later(current.link.failure, is_reported=True)

    async def _connect(self, credentials: Credentials) -> _Sending:
        loop = asyncio.get_running_loop()

        def receive_signal(signal: Signal) -> None:
            for event in current.playback.receive_signal(
                signal.req_id, signal.end, now=loop.time()
            ):
                self._listener.on_playback(event)
            self._wake.set()

        def receive_failure(failure: Failure) -> None:
            self._listener.on_failure(failure, current.turn)

        def receive_lost() -> None:
            current.is_lost = True
            if self._write is not None:
                self._write.cancel()
            self._wake.set()

        link = Link(
            self._config,
            credentials,
            style=self._style,
            on_signal=receive_signal,
            on_failure=receive_failure,
            on_lost=receive_lost,
        )
        current = _Sending(link)
        await link.open()
        return current

    async def _retry_later(self, failure: Failure | None, *, is_reported: bool = False) -> None:
        if failure is not None and not is_reported:
            self._listener.on_failure(failure, None)
        if failure is not None and failure.is_final:
            self.state = PublisherState.ENDED
            dropped_s = self._queue.clear()
            if dropped_s:
                self._listener.on_dropped(Drop.SESSION_ENDED, dropped_s)
            return
        self.state = PublisherState.DISCONNECTED
        await asyncio.sleep(self._backoff.next_delay_s())

    def _leave(self, current: _Sending, *, is_renewal: bool) -> None:
        """Forget a connection, and the turn that it breaks off."""
        self._current = None
        self.state = PublisherState.DISCONNECTED
        self._finish_interrupt(taken=True)
        if is_renewal:
            return
        now = asyncio.get_running_loop().time()
        reason = "connection_lost" if current.is_lost else "stopped"
        for event in current.playback.stop(reason, now=now):
            self._listener.on_playback(event)
        if current.turn is not None:
            current.turn.is_abandoned = True
            dropped_s = self._queue.discard_turn(current.turn)
            if dropped_s:
                self._listener.on_dropped(Drop.CONNECTION_LOST, dropped_s)
        if current.is_lost:
            self._listener.on_lost(current.turn)

    async def _pump(self, current: _Sending, *, renew_at: float) -> None:
        """Send until the connection is lost or due for renewal."""
        clock = asyncio.get_running_loop().time
        while not current.is_lost:
            self._wake.clear()
            if self._interrupted is not None:
                await self._send_interrupt(current)
            elif self._has_new_style:
                written = await self._attempt(current, current.link.change_style(self._style))
                self._has_new_style = written is None  # an interrupt came between: once more
            elif (item := self._queue.pop()) is not None:
                self._warn_of_queue()
                await self._send(current, item)
            elif clock() >= renew_at and self._is_idle(current, clock()):
                return
            else:
                await self._wait(renew_at - clock())

    def _is_idle(self, current: _Sending, now: float) -> bool:
        return current.turn is None and current.playback.is_idle(now=now)

    async def _wait(self, until_renewal_s: float) -> None:
        # When renewal is overdue, look again soon: playback may end without a signal.
        timeout_s = until_renewal_s if until_renewal_s > 0 else 1.0
        try:
            async with asyncio.timeout(timeout_s):
                await self._wake.wait()
        except TimeoutError:
            pass

    async def _send(self, current: _Sending, item: Chunk | EndOfTurn) -> None:
        epoch = self._epoch
        if isinstance(item, Chunk):
            if current.turn is not item.turn and current.turn is not None:
                await self._finish_turn(current)
            current.turn = item.turn
            audio = await self._encode(current, item)
            if epoch != self._epoch:
                self._listener.on_dropped(Drop.INTERRUPTED, item.duration_s)
            elif audio:
                await self._write_audio(current, item, audio)
        elif current.turn is item.turn:
            await self._finish_turn(current)

    async def _encode(self, current: _Sending, chunk: Chunk) -> bytes:
        if current.transcoder is None and not Transcoder.is_needed(
            self._config.audio, chunk.sample_rate_hz
        ):
            return chunk.pcm
        if current.transcoder is None:
            current.transcoder = Transcoder(self._config.audio)
        return await asyncio.get_running_loop().run_in_executor(
            self._executor, current.transcoder.process, chunk.pcm, chunk.sample_rate_hz
        )

    async def _write_audio(self, current: _Sending, chunk: Chunk, audio: bytes) -> None:
        clock = asyncio.get_running_loop().time
        sent_at = clock()
        req_id = await self._attempt(current, current.link.send(audio))
        if req_id is None:
            return
        if not current.has_sent:
            current.has_sent = True
            self._listener.on_first_sent(chunk.turn, sent_at - chunk.arrived_at)
        for event in current.playback.receive_sent(
            req_id, chunk.turn, chunk.duration_s, now=sent_at
        ):
            self._listener.on_playback(event)

    async def _finish_turn(self, current: _Sending) -> None:
        epoch = self._epoch
        rest = b""
        if current.transcoder is not None:
            rest = await asyncio.get_running_loop().run_in_executor(
                self._executor, current.transcoder.finish
            )
        if epoch == self._epoch and not current.is_lost:
            await self._attempt(current, current.link.send(rest, end=True))
        current.forget_turn()

    async def _attempt(self, current: _Sending, write: Coroutine[Any, Any, str]) -> str | None:
        """Write to the service. Returns None if an interrupt or a loss came between."""
        self._write = asyncio.ensure_future(write)
        try:
            await asyncio.wait({self._write})
            if self._write.cancelled():
                return None
            return self._write.result()
        except (AvatarSDKError, ValueError, OSError) as error:
            self._lose(current, Failure.from_exception(error))
            return None
        finally:
            if not self._write.done():
                self._write.cancel()
            self._write = None

    async def _send_interrupt(self, current: _Sending) -> None:
        clock = asyncio.get_running_loop().time
        writing = asyncio.ensure_future(current.link.interrupt())
        try:
            await asyncio.wait({writing}, timeout=_INTERRUPT_WRITE_S)
        finally:
            writing.cancel()
        taken = writing.done() and not writing.cancelled() and writing.exception() is None
        current.forget_turn()
        for event in current.playback.stop("interrupted", now=clock()):
            self._listener.on_playback(event)
        if not taken and not current.is_lost:
            # What the service holds of the turn must not be spoken later: leave it.
            current.link.abort()
            self._lose(
                current,
                Failure("TimeoutError", "interruptTimeout", "the service took no interrupt"),
            )
        self._finish_interrupt(taken=taken)

    def _lose(self, current: _Sending, failure: Failure) -> None:
        if not current.is_lost:
            current.is_lost = True
            if current.link.failure is None:
                self._listener.on_failure(failure, current.turn)

    def _finish_interrupt(self, *, taken: bool) -> None:
        future, self._interrupted = self._interrupted, None
        if future is not None and not future.done():
            future.set_result(taken)

    def _warn_of_queue(self) -> None:
        if self._queue.duration_s < _QUEUE_WARNING_S / 2:
            self._has_warned_of_queue = False
        elif self._queue.duration_s > _QUEUE_WARNING_S and not self._has_warned_of_queue:
            self._has_warned_of_queue = True
            self._listener.on_queue_long(self._queue.duration_s)
