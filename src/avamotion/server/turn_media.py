"""The media of one turn on its way from bytes to blocks of 20 ms."""

from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import numpy as np

from avamotion.audio.decoder import DecodedAudio, RequestDecoder
from avamotion.audio.opus import OpusEncoder
from avamotion.media import FloatArray, MotionFrame
from avamotion.motion.engine import MotionStream
from avamotion.playout.packet import PACKET_US, MediaBlock
from avamotion.server.inference import InferenceJob, InferenceResult

__all__ = ["PLAYOUT_RATE_HZ", "TurnMedia"]

PLAYOUT_RATE_HZ: Final = 24_000
_BLOCK_SAMPLES: Final = PLAYOUT_RATE_HZ // 50
_ENGINE_BLOCK_SAMPLES: Final = 320


class TurnMedia:
    """Collects the sound of a turn, hands it to the engine in jobs, and pairs the result.

    Args:
        decoder: Of the turn's audio.
        stream: Of its motion.
        encoder: Of its Opus packets, or None if nobody wants them.
    """

    def __init__(
        self, decoder: RequestDecoder, stream: MotionStream, encoder: OpusEncoder | None
    ) -> None:
        self.complete = False
        """Whether the client has sent all of the turn."""
        self.busy = False
        """Whether a job of this turn runs."""
        self._decoder = decoder
        self._stream = stream
        self._encoder = encoder
        self._playout = _SampleQueue()
        self._engine = _SampleQueue()
        self._finished = False
        self._blocks: deque[tuple[FloatArray, bytes]] = deque()
        self._frames: deque[MotionFrame] = deque()
        self._n_paired = 0
        self._last_frame: MotionFrame | None = None

    @property
    def waiting_s(self) -> float:
        """Seconds of sound that no job has taken yet."""
        return self._playout.n_samples / PLAYOUT_RATE_HZ

    @property
    def idle(self) -> bool:
        """Whether there is nothing to compute until more sound comes."""
        nothing = self._playout.n_samples < _BLOCK_SAMPLES and self._engine.n_samples == 0
        return self.busy or self._finished or (nothing and not self.complete)

    def receive_audio(self, data: bytes, *, end: bool) -> None:
        """Take encoded sound.

        Raises:
            AudioError: If it cannot be decoded.
        """
        if self.complete:
            return
        self._keep(self._decoder.decode(data))
        if end:
            self._keep(self._decoder.finish())
            self.complete = True

    def end(self) -> None:
        """Note that no more sound comes, although the client never said so."""
        if not self.complete:
            self.receive_audio(b"", end=True)

    def abandon(self) -> None:
        """Note that what comes cannot be decoded; what was decoded is still played."""
        self.complete = True

    def pad(self) -> None:
        """Insert silence, so that the engine lets go of the sound that it looks ahead at."""
        n_blocks = self._stream.delay_us // PACKET_US + 1
        self._playout.append(np.zeros(n_blocks * _BLOCK_SAMPLES, np.float32))
        self._engine.append(np.zeros(n_blocks * _ENGINE_BLOCK_SAMPLES, np.float32))

    def take_job(
        self, max_blocks: int, deliver: Callable[[InferenceResult | Exception], None]
    ) -> InferenceJob:
        """Return the next job, of at most ``max_blocks`` blocks of 20 ms."""
        samples = self._playout.take(max_blocks * _BLOCK_SAMPLES, multiple=_BLOCK_SAMPLES)
        engine = self._engine.take(max_blocks * _ENGINE_BLOCK_SAMPLES)
        finish = self.complete and self._engine.n_samples == 0
        if finish:  # the last block is filled up with silence
            rest = self._playout.take(self._playout.n_samples)
            samples = np.concatenate([samples, rest])
            samples = np.pad(samples, (0, -len(samples) % _BLOCK_SAMPLES))
        blocks = list(samples.reshape(-1, _BLOCK_SAMPLES))
        self.busy = True
        self._finished = finish

        def receive(outcome: InferenceResult | Exception) -> None:
            self.busy = False
            if isinstance(outcome, InferenceResult):
                self._blocks.extend(zip(blocks, outcome.opus, strict=True))
                self._frames.extend(outcome.frames)
            deliver(outcome)

        return InferenceJob(self._stream, engine, finish, self._encoder, blocks, receive)

    def take_blocks(self) -> tuple[list[MediaBlock], bool]:
        """Return the blocks that are now whole, and whether they are the last."""
        paired: list[MediaBlock] = []
        last = self._finished and not self.busy
        while self._blocks and (self._frames or last):
            samples, opus = self._blocks.popleft()
            paired.append(MediaBlock(samples, opus, self._next_frame()))
        return paired, last

    def _next_frame(self) -> tuple[MotionFrame, ...]:
        """Return the next block's frame. Rounding may leave the last block without one."""
        pts_us = self._n_paired * PACKET_US
        self._n_paired += 1
        if self._frames:
            self._last_frame = self._frames.popleft()
        elif self._last_frame is not None:
            self._last_frame = replace(self._last_frame, pts_us=pts_us)
        return (self._last_frame,) if self._last_frame is not None else ()

    def _keep(self, audio: DecodedAudio) -> None:
        self._playout.append(audio.playout)
        self._engine.append(audio.engine)


class _SampleQueue:
    """Samples that wait, in pieces."""

    def __init__(self) -> None:
        self._pieces: deque[FloatArray] = deque()
        self.n_samples = 0

    def append(self, samples: FloatArray) -> None:
        if len(samples):
            self._pieces.append(samples)
            self.n_samples += len(samples)

    def take(self, at_most: int, *, multiple: int = 1) -> FloatArray:
        wanted = min(at_most, self.n_samples)
        wanted -= wanted % multiple
        taken: list[FloatArray] = []
        missing = wanted
        while missing:
            piece = self._pieces.popleft()
            if len(piece) > missing:
                self._pieces.appendleft(piece[missing:])
                piece = piece[:missing]
            taken.append(piece)
            missing -= len(piece)
        self.n_samples -= wanted
        return np.concatenate(taken) if taken else np.zeros(0, np.float32)
