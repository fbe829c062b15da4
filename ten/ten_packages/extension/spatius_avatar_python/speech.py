"""The audio side of one session: frames in, turns to the publisher, drops counted.

Nothing here waits. TEN runs every message in a task of its own, and only what happens before a
handler's first ``await`` happens in order.
"""

from collections.abc import Callable, Mapping

from .audio_queue import Chunk
from .config import AvatarConfig
from .dump import AudioDump
from .pcm import AudioShape, SampleAligner
from .publisher import Publisher
from .turn import Drop, Ending, EndReason, Turn, TurnGate, TurnKey

__all__ = ["Speech"]


class Speech:
    """Decides about every frame and every signal of the TTS.

    Args:
        config: Rates and limits.
        publisher: Sends what may be spoken.
        dump: Keeps a copy of what came in, or None.
        on_dropped: Told about audio that is not spoken.
        on_rejected: Told once per request why its audio cannot be spoken.
    """

    def __init__(
        self,
        config: AvatarConfig,
        publisher: Publisher,
        dump: AudioDump | None,
        *,
        on_dropped: Callable[[Drop, float], None],
        on_rejected: Callable[[str, Mapping[str, object]], None],
    ) -> None:
        self._audio = config.audio
        self._publisher = publisher
        self._dump = dump
        self._on_dropped = on_dropped
        self._on_rejected = on_rejected
        limits = config.limits
        self.gate = TurnGate(
            quiet_s=limits.flush_quiet_s,
            limit_s=limits.flush_limit_s,
            end_of_turn_s=limits.end_of_turn_s,
        )
        self._aligner = SampleAligner()
        self._rejected: tuple[TurnKey, str] | None = None

    def receive_frame(
        self,
        shape: AudioShape,
        data: bytes,
        metadata: Mapping[str, object],
        *,
        is_last: bool,
        now: float,
    ) -> None:
        """Take one audio frame, empty or not."""
        key = TurnKey.from_metadata(metadata)
        if data:
            problem = shape.problem(
                sample_rate_hz=self._audio.sample_rate_hz, resample=self._audio.resample
            )
            if problem:
                self._on_dropped(Drop.WRONG_FORMAT, shape.duration_s(len(data)))
                self._reject(key, problem, metadata)
            else:
                self._receive_audio(shape, data, key, metadata, now)
        if is_last:
            self.receive_end(key, EndReason.REQUEST_END, now=now)

    def receive_start(self, key: TurnKey, metadata: Mapping[str, object], *, now: float) -> None:
        """Take a ``tts_audio_start``."""
        self._rejected = None
        self._finish(self.gate.receive_start(key, metadata, now=now))

    def receive_end(self, key: TurnKey, reason: EndReason, *, now: float) -> Turn | None:
        """Take an end of turn. Returns the turn to interrupt, if it was cut off."""
        self._rejected = None
        ending = self.gate.receive_end(key, reason, now=now)
        if ending is not None and ending.interrupted:
            return ending.turn
        self._finish(ending)
        return None

    def interrupt(self, *, now: float) -> None:
        """Hold back what is in flight."""
        self._rejected = None
        self.gate.interrupt(now=now)

    def handle_timer(self, *, now: float) -> None:
        """End a turn that gets no more audio."""
        self._finish(self.gate.handle_timer(now=now))

    def _receive_audio(
        self,
        shape: AudioShape,
        data: bytes,
        key: TurnKey,
        metadata: Mapping[str, object],
        now: float,
    ) -> None:
        if self._dump is not None:
            self._dump.write(data, shape.sample_rate_hz)
        verdict = self.gate.receive_audio(key, metadata, now=now)
        if isinstance(verdict, Drop):
            self._on_dropped(verdict, shape.duration_s(len(data)))
            return
        self._finish(verdict.ending)
        pcm = self._aligner.align(verdict.turn, data)
        if pcm:
            self._publisher.push_audio(Chunk(verdict.turn, pcm, shape.sample_rate_hz, now))

    def _finish(self, ending: Ending | None) -> None:
        if ending is not None:
            self._publisher.push_end(ending.turn)

    def _reject(self, key: TurnKey, problem: str, metadata: Mapping[str, object]) -> None:
        if self._rejected != (key, problem):
            self._rejected = (key, problem)
            self._on_rejected(problem, metadata)
