"""One avatar session: decoder, engine, playout and egress, and nobody else's."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

from avamotion.egress.base import Egress
from avamotion.errors import AudioError
from avamotion.motion.style import MotionStyle
from avamotion.playout.packet import PACKET_S, MediaBlock
from avamotion.playout.playout import (
    Playout,
    PlayoutEvent,
    TurnEnded,
    TurnInterrupted,
    TurnPaused,
    TurnPlaying,
)
from avamotion.playout.turn import Turn
from avamotion.protocol.ingress import ErrorCode, IngressConnection
from avamotion.protocol.message import (
    AudioFormat,
    AudioInput,
    ConfigureSession,
    Interrupt,
    Pause,
    PlaybackState,
    PlaybackStateMessage,
    ResponseAnimation,
    Resume,
)
from avamotion.server.alarm import Alarm
from avamotion.server.config import PlayoutConfig
from avamotion.server.inference.message import TurnSetup
from avamotion.server.inference.worker import InferenceWorker
from avamotion.server.metrics import SessionMetrics
from avamotion.server.session_option import SessionOptions
from avamotion.server.trace import NullTracer, Span, TraceContext, Tracer, trace_id
from avamotion.server.turn_media import TurnMedia

__all__ = ["AvatarSession", "SessionServices"]

logger = logging.getLogger(__name__)

# Blocks of 20 ms in one job: the engine's largest call.
_MAX_JOB_BLOCKS: Final = 16
# A turn with fewer blocks than this ready takes what there is.
_SCARCE_BLOCKS: Final = 20
# Packets that wait for a client that reads slowly, before nothing more is computed for it.
_MAX_UNPACED_BLOCKS: Final = 500
# A starving turn is given this much silence, once, so that its last sounds are not held back by
# the engine's look-ahead and the mouth closes; then the face waits.
_STARVED_AFTER_S: Final = 0.15
# A client that sends further ahead than may wait is still read from now and then: its pings want
# an answer, and an interrupt may be behind the sound.
_READ_ANYWAY_AFTER_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class SessionServices:
    """What a session needs of its server."""

    worker: InferenceWorker
    playout: PlayoutConfig
    tracer: Tracer = field(default_factory=NullTracer)


class AvatarSession:
    """Runs one configured session until its connection closes.

    Args:
        connection: The ingress connection; the session answers through it.
        configure: What the client asked for.
        options: What the client chose.
        egress: The way out, open.
        avatar_id: The avatar of the session.
        services: What it needs of its server.
        metrics: What it counts.
        clock: Monotonic time in seconds.
        wake_writer: Called when the connection has something to send.
    """

    def __init__(
        self,
        connection: IngressConnection,
        configure: ConfigureSession,
        options: SessionOptions,
        egress: Egress,
        *,
        avatar_id: str,
        services: SessionServices,
        metrics: SessionMetrics,
        clock: Callable[[], float],
        wake_writer: Callable[[], None],
    ) -> None:
        self.metrics = metrics
        self._connection = connection
        self._configure = configure
        self._style = options.style
        self._egress = egress
        self._avatar_id = avatar_id
        self._services = services
        self._clock = clock
        self._wake_writer = wake_writer
        self._playout = Playout(
            paced=egress.paced,
            lead_s=services.playout.lead_ms / 1000,
            pause_limit_s=services.playout.pause_limit_s,
            preempt=options.preempt,
        )
        self._horizon_blocks = int(services.playout.horizon_s * 50)
        self._media: dict[Turn, TurnMedia] = {}
        self._traces: dict[str, tuple[str, Span]] = {}
        self._padded: Turn | None = None
        self._cleared_epoch = 0
        self._wake = Alarm()
        self._room = Alarm()

    @property
    def waiting_s(self) -> float:
        """Seconds of sound that nothing has been computed of."""
        return sum(media.waiting_s for media in self._media.values())

    @property
    def speaking(self) -> bool:
        """Whether there is something left to say."""
        return self._playout.speaking

    def receive_audio(self, message: AudioInput) -> None:
        """Take a piece of a request's sound."""
        now = self._clock()
        turn = self._playout.open_turn(message.req_id, now=now)
        self._forget_media_of_the_interrupted()
        if turn is None:
            self.metrics.drop("stale_audio")
            logger.debug("audio of a request that is over was dropped", extra=self._extra())
            return
        media = self._media.get(turn)
        # What the pump waits for changes with a turn's first sound, and with sound after a gap.
        is_awaited = media is None or self._padded is turn
        if self._padded is turn:
            self._padded = None
        if media is None:
            # The clients finish one request before they begin the next; one that forgot is over.
            for earlier in self._media.values():
                earlier.end(now=now)
            media = self._media[turn] = self._open_media(turn.turn_id)
            self._traces[turn.req_id] = self._begin_trace(turn, message)
            logger.debug("turn %d begins", turn.turn_id, extra=self._extra(turn.req_id))
        try:
            media.receive_audio(message.audio, end=message.end, now=now)
        except AudioError as exc:
            self._refuse_audio(message.req_id, exc)
        self._compute()
        if is_awaited:
            self._wake.ring()

    def change_style(self, style: MotionStyle) -> None:
        """Move otherwise from now on: also what is being said, as far as it is not computed yet."""
        self._style = style
        for media in self._media.values():
            media.change_style(style)

    def interrupt(self, message: Interrupt) -> None:
        """Stop speaking, drop the rest."""
        self._playout.interrupt(message.req_id, now=self._clock())
        self._advance()

    def pause(self, message: Pause) -> None:
        """Hold the playout."""
        self._playout.pause(message.req_id, now=self._clock())
        self._advance()

    def resume(self, message: Resume) -> None:
        """Go on after a pause."""
        self._playout.resume(message.req_id, now=self._clock())
        self._advance()

    async def wait_for_room(self) -> None:
        """Wait until less sound waits than may; but not so long that the client gives up on us."""
        limit_s = self._services.playout.max_buffered_s
        until = self._clock() + _READ_ANYWAY_AFTER_S
        while limit_s < (waiting_s := self.waiting_s):
            if self._clock() >= until and waiting_s < 2 * limit_s:
                return
            await self._room.sleep(max(until, self._clock() + 0.1))

    async def run(self) -> None:
        """Send packets as they fall due, until cancelled.

        Raises:
            EgressError: If the way out fails.
        """
        try:
            while True:
                await self._pump()
                if not await self._wake.sleep(self._next_timer()):
                    self._pad_if_starved()
        finally:
            self._media.clear()
            for _, span in self._traces.values():
                span.end({"outcome": "abandoned"})

    async def _pump(self) -> None:
        """Send all that is due."""
        self._playout.handle_timer(now=self._clock())
        if self._cleared_epoch != self._playout.epoch:
            await self._clear()
        while (packet := self._playout.next_packet(now=self._clock())) is not None:
            self._report()
            await self._egress.send(packet)
            if packet.start and packet.req_id in self._traces:
                first_frame_ms = round(1000 * (packet.first_frame_s or 0.0), 1)
                self._traces[packet.req_id][1].event("first_packet", {"after_ms": first_frame_ms})
            self._connection.keep_alive(now=self._clock())
            self.metrics.packet(first_frame_s=packet.first_frame_s, late_s=packet.late_s)
            if self._cleared_epoch != self._playout.epoch:
                await self._clear()
        self._report()
        self._compute()

    async def _clear(self) -> None:
        """Have receivers drop what they hold: there was an interrupt."""
        self._cleared_epoch = self._playout.epoch
        self._forget_media_of_the_interrupted()
        await self._egress.clear(self._playout.epoch)

    def _forget_media_of_the_interrupted(self) -> None:
        for turn in [turn for turn in self._media if not self._playout.has(turn)]:
            del self._media[turn]

    def _next_timer(self) -> float | None:
        timer = self._playout.get_timer()
        starved_at = self._playout.starved_at()
        if starved_at is not None and self._padded is not self._playout.current:
            pad_at = starved_at + _STARVED_AFTER_S
            timer = pad_at if timer is None else min(timer, pad_at)
        return timer

    def _pad_if_starved(self) -> None:
        turn = self._playout.current
        starved_at = self._playout.starved_at()
        if turn is None or starved_at is None or self._padded is turn:
            return
        now = self._clock()
        if now >= starved_at + _STARVED_AFTER_S and turn in self._media:
            self._padded = turn
            self._media[turn].pad(now=now)
            self._compute()

    def _advance(self) -> None:
        self._compute()
        self._wake.ring()

    def _compute(self) -> None:
        """Hand the worker what may be computed now: motion runs a bounded time ahead of playout."""
        for turn, media in self._media.items():
            if media.idle:
                continue
            room = self._room_for(turn)
            # Whole jobs, unless the turn is about to run dry: one block at a time costs thrice.
            whole = room >= _MAX_JOB_BLOCKS and (
                media.complete or media.waiting_s >= _MAX_JOB_BLOCKS * PACKET_S
            )
            if not whole and len(turn.blocks) > _SCARCE_BLOCKS:
                continue

            media.compute(
                min(room, _MAX_JOB_BLOCKS),
                deadline=self._playout.runs_out_at(turn, now=self._clock()),
                deliver=partial(self._receive_blocks, turn, media),
            )
        self._room.ring()

    def _room_for(self, turn: Turn) -> int:
        if self._egress.paced:
            return self._horizon_blocks - len(turn.blocks)
        return _MAX_UNPACED_BLOCKS - len(turn.blocks)

    def _receive_blocks(
        self, turn: Turn, media: TurnMedia, outcome: list[MediaBlock] | Exception, last: bool
    ) -> None:
        if self._media.get(turn) is not media:
            return  # interrupted meanwhile
        if isinstance(outcome, AudioError):
            self._refuse_audio(turn.req_id, outcome)
            media.abandon()
        elif isinstance(outcome, Exception):
            logger.error("motion failed", exc_info=outcome, extra=self._extra(turn.req_id))
            self._connection.send_error(
                ErrorCode.INTERNAL, "motion could not be computed", turn.req_id
            )
            self._wake_writer()
            self._playout.interrupt(turn.req_id, now=self._clock())
        else:
            self._playout.add_blocks(turn, outcome, complete=last)
            if last:
                del self._media[turn]
        self._advance()

    def _refuse_audio(self, req_id: str, exc: AudioError) -> None:
        """Tell the client about audio that cannot be decoded."""
        self.metrics.drop("undecodable_audio")
        self._connection.send_error(ErrorCode.INVALID_ARGUMENT, str(exc), req_id)
        self._wake_writer()

    def _open_media(self, turn_id: int) -> TurnMedia:
        configure = self._configure
        playout = self._services.playout
        # Another seed for every turn: nobody nods the same way twice.
        style = replace(self._style, seed=self._style.seed + turn_id)
        return TurnMedia(
            TurnSetup(
                ogg_opus=configure.audio_format is AudioFormat.OGG_OPUS,
                sample_rate_hz=configure.sample_rate_hz,
                style=style,
                need=self._egress.need,
                opus_bitrate_bps=playout.opus_bitrate_bps,
                opus_complexity=playout.opus_complexity,
            ),
            self._services.worker,
        )

    def _report(self) -> None:
        """Tell the client what the playout does; with motion on the socket it knows already."""
        while (event := self._playout.next_event()) is not None:
            self._count(event)
            if not self._egress.paced:
                continue
            for message in self._messages(event):
                self._connection.send(message)
            self._wake_writer()

    def _begin_trace(self, turn: Turn, message: AudioInput) -> tuple[str, Span]:
        context = TraceContext(message.traceparent, message.tracestate)
        about = {
            "session_id": self._connection.connection_id,
            "req_id": turn.req_id,
            "avatar_id": self._avatar_id,
            "egress": self.metrics.egress,
        }
        span = self._services.tracer.begin("avatar.turn", context, about)
        return trace_id(message.traceparent), span

    def _count(self, event: PlayoutEvent) -> None:
        if isinstance(event, TurnEnded | TurnInterrupted) and event.req_id in self._traces:
            outcome = event.reason if isinstance(event, TurnInterrupted) else "ended"
            self.metrics.turn(outcome)
            logger.info(
                "turn %s after %d ms", outcome, event.played_us // 1000,
                extra=self._extra(event.req_id),
            )  # fmt: skip
            _, span = self._traces.pop(event.req_id)
            span.end({"outcome": outcome, "played_ms": event.played_us // 1000})

    def _messages(self, event: PlayoutEvent) -> list[PlaybackStateMessage | ResponseAnimation]:
        state, reason = PlaybackState.PLAYING, ""
        signal: list[PlaybackStateMessage | ResponseAnimation] = []
        match event:
            case TurnPlaying():
                signal = [self._signal(event.req_id, end=False)]
            case TurnPaused():
                state = PlaybackState.PAUSED
            case TurnEnded():
                state = PlaybackState.ENDED
                signal = [self._signal(event.req_id, end=True)]
            case TurnInterrupted():
                state, reason = PlaybackState.INTERRUPTED, event.reason
        played_ms = event.played_us // 1000
        connection_id = self._connection.connection_id
        return [
            PlaybackStateMessage(connection_id, event.req_id, state, played_ms, reason),
            *signal,
        ]

    def _signal(self, req_id: str, *, end: bool) -> ResponseAnimation:
        return ResponseAnimation(self._connection.connection_id, req_id, end, b"", self._avatar_id)

    def _extra(self, req_id: str = "") -> dict[str, str]:
        extra = {"session_id": self._connection.connection_id}
        if req_id:
            extra["req_id"] = req_id
        if req_id in self._traces and (trace := self._traces[req_id][0]):
            extra["trace_id"] = trace
        return extra
