"""One avatar session: decoder, engine, playout and egress, and nobody else's."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from avamotion.audio.decoder import RequestDecoder
from avamotion.audio.opus import OpusEncoder
from avamotion.egress.base import AudioNeed, Egress
from avamotion.errors import AudioError
from avamotion.motion.engine import SAMPLE_RATE_HZ
from avamotion.motion.style import MotionStyle
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
from avamotion.server.config import PlayoutConfig
from avamotion.server.inference import InferenceResult, InferenceWorker
from avamotion.server.turn_media import PLAYOUT_RATE_HZ, TurnMedia

__all__ = ["AvatarSession", "SessionServices"]

logger = logging.getLogger(__name__)

# Blocks of 20 ms in one job: small enough that a long answer never delays another session.
_MAX_JOB_BLOCKS: Final = 10
# A starving turn is given this much silence, once, so that its last sounds are not held back by
# the engine's look-ahead and the mouth closes; then the face waits.
_STARVED_AFTER_S: Final = 0.15


@dataclass(frozen=True, slots=True)
class SessionServices:
    """What a session needs of its server."""

    worker: InferenceWorker
    playout: PlayoutConfig


class AvatarSession:
    """Runs one configured session until its connection closes.

    Args:
        connection: The ingress connection; the session answers through it.
        configure: What the client asked for.
        egress: The way out, open.
        avatar_id: The avatar of the session.
        services: What it needs of its server.
        clock: Monotonic time in seconds.
        wake_writer: Called when the connection has something to send.
    """

    def __init__(
        self,
        connection: IngressConnection,
        configure: ConfigureSession,
        egress: Egress,
        *,
        avatar_id: str,
        services: SessionServices,
        clock: Callable[[], float],
        wake_writer: Callable[[], None],
    ) -> None:
        self._connection = connection
        self._configure = configure
        self._egress = egress
        self._avatar_id = avatar_id
        self._services = services
        self._clock = clock
        self._wake_writer = wake_writer
        self._style = MotionStyle.from_params(configure.extra_params)
        self._playout = Playout(
            paced=egress.paced,
            lead_s=services.playout.lead_ms / 1000,
            pause_limit_s=services.playout.pause_limit_s,
        )
        self._media: dict[Turn, TurnMedia] = {}
        self._padded: Turn | None = None
        self._cleared_epoch = 0
        self._wake = asyncio.Event()
        self._drained = asyncio.Event()
        self._drained.set()

    def receive_audio(self, message: AudioInput) -> None:
        """Take a piece of a request's sound."""
        turn = self._playout.open_turn(message.req_id, now=self._clock())
        if turn is None:
            logger.debug("audio of a request that is over was dropped", extra=self._extra())
            return
        if turn not in self._media:
            # The clients finish one request before they begin the next; one that forgot is over.
            for media in self._media.values():
                self._guard(message.req_id, media.end)
            self._media[turn] = self._open_media(turn.turn_id)
        media = self._media[turn]

        def take() -> None:
            media.receive_audio(message.audio, end=message.end)

        self._guard(message.req_id, take, media)
        if self._padded is turn:
            self._padded = None
        self._advance()

    def interrupt(self, message: Interrupt) -> None:
        """Stop speaking, drop the rest."""
        self._playout.interrupt(message.req_id, now=self._clock())
        self._media.clear()
        self._advance()

    def pause(self, message: Pause) -> None:
        """Hold the playout."""
        self._playout.pause(now=self._clock())
        self._advance()

    def resume(self, message: Resume) -> None:
        """Go on after a pause."""
        self._playout.resume(now=self._clock())
        self._advance()

    async def wait_for_room(self) -> None:
        """Wait until less sound waits than may."""
        await self._drained.wait()

    async def run(self) -> None:
        """Send packets as they fall due, until cancelled.

        Raises:
            EgressError: If the way out fails.
        """
        while True:
            self._wake.clear()
            await self._pump()
            timer = self._next_timer()
            try:
                async with asyncio.timeout_at(timer):
                    await self._wake.wait()
            except TimeoutError:
                self._pad_if_starved()

    async def _pump(self) -> None:
        """Send all that is due."""
        if self._playout.handle_timer(now=self._clock()):
            self._media.clear()
        await self._clear_if_interrupted()
        while (packet := self._playout.next_packet(now=self._clock())) is not None:
            self._report()
            await self._egress.send(packet)
            await self._clear_if_interrupted()
            self._compute()
        self._report()
        self._compute()

    async def _clear_if_interrupted(self) -> None:
        if self._cleared_epoch != self._playout.epoch:
            self._cleared_epoch = self._playout.epoch
            await self._egress.clear(self._playout.epoch)

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
        if self._clock() >= starved_at + _STARVED_AFTER_S and turn in self._media:
            self._padded = turn
            self._media[turn].pad()
            self._compute()

    def _advance(self) -> None:
        self._compute()
        self._wake.set()

    def _compute(self) -> None:
        """Hand the worker what may be computed now: motion runs a bounded time ahead of playout."""
        horizon_blocks = int(self._services.playout.horizon_s * 50)
        for turn, media in self._media.items():
            room = horizon_blocks - len(turn.blocks) if self._egress.paced else _MAX_JOB_BLOCKS
            if media.idle or room <= 0:
                continue

            def deliver(
                outcome: InferenceResult | Exception, turn: Turn = turn, media: TurnMedia = media
            ) -> None:
                self._receive_result(turn, media, outcome)

            job = media.take_job(min(room, _MAX_JOB_BLOCKS), deliver)
            self._services.worker.submit(job)
        waiting_s = sum(media.waiting_s for media in self._media.values())
        if waiting_s < self._services.playout.max_buffered_s:
            self._drained.set()
        else:
            self._drained.clear()

    def _receive_result(
        self, turn: Turn, media: TurnMedia, outcome: InferenceResult | Exception
    ) -> None:
        if self._media.get(turn) is not media:
            return  # interrupted meanwhile
        if isinstance(outcome, Exception):
            logger.error("motion failed", exc_info=outcome, extra=self._extra())
            self._connection.send_error(
                ErrorCode.INTERNAL, "motion could not be computed", turn.req_id
            )
            self._playout.interrupt(turn.req_id, now=self._clock())
            self._media.clear()
        else:
            blocks, last = media.take_blocks()
            self._playout.add_blocks(turn, blocks, complete=last)
            if last:
                del self._media[turn]
        self._advance()

    def _guard(
        self, req_id: str, action: Callable[[], None], media: TurnMedia | None = None
    ) -> None:
        """Run ``action``; tell the client about audio that cannot be decoded."""
        try:
            action()
        except AudioError as exc:
            self._connection.send_error(ErrorCode.INVALID_ARGUMENT, str(exc), req_id)
            # PCM goes on with the next piece; an Ogg stream is lost.
            if media is not None and self._configure.audio_format is AudioFormat.OGG_OPUS:
                media.abandon()
            self._wake_writer()

    def _open_media(self, turn_id: int) -> TurnMedia:
        configure = self._configure
        # Another seed for every turn: nobody nods the same way twice.
        style = replace(self._style, seed=self._style.seed + turn_id)
        encoder = None
        if self._egress.audio_need is AudioNeed.OPUS:
            encoder = OpusEncoder(
                PLAYOUT_RATE_HZ, bitrate_bps=self._services.playout.opus_bitrate_bps
            )
        return TurnMedia(
            RequestDecoder(
                ogg_opus=configure.audio_format is AudioFormat.OGG_OPUS,
                sample_rate_hz=configure.sample_rate_hz,
                playout_hz=PLAYOUT_RATE_HZ,
                engine_hz=SAMPLE_RATE_HZ,
            ),
            self._services.worker.engine.open(style),
            encoder,
        )

    def _report(self) -> None:
        """Tell the client what the playout does; with motion on the socket it knows already."""
        while (event := self._playout.next_event()) is not None:
            if not self._egress.paced:
                continue
            for message in self._messages(event):
                self._connection.send(message)
            self._wake_writer()

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

    def _extra(self) -> dict[str, str]:
        return {"session_id": self._connection.connection_id}
