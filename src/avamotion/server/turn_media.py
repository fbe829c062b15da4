"""The media of one turn on its way from bytes to blocks of 20 ms.

The event loop collects bytes and hands out jobs; the worker's thread decodes, moves the face and
encodes. A turn has one job at a time, so that the two never touch the same thing at once.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from avamotion.audio.decoder import RequestDecoder
from avamotion.audio.opus import OpusEncoder
from avamotion.media import FloatArray, MotionFrame
from avamotion.motion.engine import MotionStream
from avamotion.motion.style import MotionStyle
from avamotion.playout.packet import PACKET_S, PACKET_US, MediaBlock
from avamotion.protocol.payload import encode_frames
from avamotion.server.inference import InferenceJob, InferenceResult
from avamotion.server.sound import SampleQueue, SoundQueue

__all__ = ["PLAYOUT_RATE_HZ", "TurnMedia"]

PLAYOUT_RATE_HZ: Final = 24_000
_BLOCK_SAMPLES: Final = PLAYOUT_RATE_HZ // 50
_ENGINE_BLOCK_SAMPLES: Final = 320
# A turn's first job: the engine's look-ahead and the packets that fill a receiver's buffer, and
# little enough to be done at once.
_FIRST_BLOCKS: Final = 8
# So few blocks are not worth dividing.
_FEW_BLOCKS: Final = 3
# What the resamplers keep inside, and a little more: every job then ends on a whole block.
_MARGIN_S: Final = 0.002


class TurnMedia:
    """Collects the sound of a turn, hands it to the engine in jobs, and pairs the result.

    Args:
        decoder: Of the turn's audio.
        stream: Of its motion.
        encoder: Of its Opus packets, or None if nobody wants them.
        pcm_bytes_per_s: Bytes of one second, if the audio is PCM; None for Ogg Opus.
    """

    def __init__(
        self,
        decoder: RequestDecoder,
        stream: MotionStream,
        encoder: OpusEncoder | None,
        *,
        pcm_bytes_per_s: int | None,
    ) -> None:
        self.complete = False
        """Whether the client has sent all of the turn."""
        self.busy = False
        """Whether a job of this turn runs."""
        self._sound = SoundQueue(pcm_bytes_per_s=pcm_bytes_per_s)
        self._inference = _TurnInference(decoder, stream, encoder)
        self._pad_blocks = stream.delay_us // PACKET_US + 1
        self._pad_wanted = False
        self._new_style: MotionStyle | None = None
        self._finished = False
        self._blocks: deque[tuple[FloatArray, bytes]] = deque()
        self._frames: deque[tuple[MotionFrame, bytes]] = deque()
        self._n_paired = 0
        self._last_frame: tuple[MotionFrame, bytes] | None = None
        self._begun = False
        self._sound_at = 0.0

    @property
    def waiting_s(self) -> float:
        """Seconds of sound that no job has taken yet."""
        return self._sound.seconds

    @property
    def idle(self) -> bool:
        """Whether there is nothing to compute until more sound comes."""
        if self.busy or self._finished:
            return True
        return not (self.complete or self._pad_wanted or self._sound.seconds)

    def receive_audio(self, data: bytes, *, end: bool, now: float) -> None:
        """Take encoded sound.

        Raises:
            AudioError: If one can tell at once that it cannot be decoded.
        """
        if self.complete:
            return
        self.complete = end
        self._pad_wanted = False
        self._sound.append(data, now=now)

    def end(self, *, now: float) -> None:
        """Note that no more sound comes, although the client never said so."""
        self.receive_audio(b"", end=True, now=now)

    def abandon(self) -> None:
        """Note that what comes cannot be decoded; what was decoded is still played."""
        self._sound.clear()
        self._inference.abandon()
        self.complete = True

    def pad(self, *, now: float) -> None:
        """Insert silence, so that the engine lets go of the sound that it looks ahead at."""
        self._pad_wanted = True
        self._sound_at = now

    def change_style(self, style: MotionStyle) -> None:
        """Have what no job has taken yet move otherwise."""
        self._new_style = style

    def take_job(
        self,
        max_blocks: int,
        *,
        deadline: float,
        deliver: Callable[[InferenceResult | Exception], None],
    ) -> InferenceJob:
        """Return the next job, of at most about ``max_blocks`` blocks of 20 ms."""
        self.busy = True

        def receive(outcome: InferenceResult | Exception) -> None:
            self.busy = False
            if isinstance(outcome, InferenceResult):
                self._finished = outcome.finished
                self._blocks.extend(outcome.blocks)
                motion = outcome.motion or [b""] * len(outcome.frames)
                self._frames.extend(zip(outcome.frames, motion, strict=True))
            deliver(outcome)

        return InferenceJob(self._inference, lambda: self._begin(max_blocks), deadline, receive)

    def _begin(self, max_blocks: int) -> int:
        """Take the sound for a job.

        The engine takes a power of two at a time: a job of nine costs two calls, one of eight one.
        """
        n_blocks = min(max_blocks, int(self._sound.seconds / PACKET_S))
        if n_blocks > _FEW_BLOCKS:
            n_blocks = 1 << (n_blocks.bit_length() - 1)
        margin_s = 0.0 if self._begun else _MARGIN_S
        if not self._begun:
            n_blocks = min(n_blocks, _FIRST_BLOCKS)
        self._begun = True
        data, seconds, sound_at = self._sound.take(max(1, n_blocks) * PACKET_S + margin_s)
        self._sound_at = max(self._sound_at, sound_at)
        drained = not self._sound.seconds
        pad_blocks = self._pad_blocks if self._pad_wanted and drained else 0
        self._pad_wanted = self._pad_wanted and not drained
        style, self._new_style = self._new_style, None
        finish = self.complete and drained
        self._inference.assign(data, pad_blocks=pad_blocks, finish=finish, style=style)
        return max(1, round(seconds / PACKET_S) + pad_blocks)

    def take_blocks(self) -> tuple[list[MediaBlock], bool]:
        """Return the blocks that are now whole, and whether they are the last."""
        paired: list[MediaBlock] = []
        while self._blocks and (self._frames or self._finished):
            samples, opus = self._blocks.popleft()
            frames, motion = self._next_frame()
            paired.append(MediaBlock(samples, opus, frames, motion, self._sound_at))
        return paired, self._finished

    def _next_frame(self) -> tuple[tuple[MotionFrame, ...], tuple[bytes, ...]]:
        """Return the next block's frame. Rounding may leave the last block without one."""
        pts_us = self._n_paired * PACKET_US
        self._n_paired += 1
        if self._frames:
            self._last_frame = self._frames.popleft()
        elif self._last_frame is not None:
            frame, motion = self._last_frame
            frame = replace(frame, pts_us=pts_us)
            self._last_frame = frame, encode_frames([frame])[0] if motion else b""
        if self._last_frame is None:
            return (), ()
        frame, motion = self._last_frame
        return (frame,), (motion,) if motion else ()


class _TurnInference:
    """The worker's part of a turn."""

    def __init__(
        self, decoder: RequestDecoder, stream: MotionStream, encoder: OpusEncoder | None
    ) -> None:
        self._decoder = decoder
        self._stream = stream
        self._encoder = encoder
        self._playout = SampleQueue()
        self._engine = SampleQueue()
        self._data: Sequence[bytes] = ()
        self._pad_blocks = 0
        self._finish = False
        self._style: MotionStyle | None = None
        self._abandoned = False

    def assign(
        self, data: Sequence[bytes], *, pad_blocks: int, finish: bool, style: MotionStyle | None
    ) -> None:
        self._data, self._pad_blocks, self._finish = data, pad_blocks, finish
        self._style = style

    def abandon(self) -> None:
        self._abandoned = True

    def prepare(self) -> MotionStream:
        if self._style is not None:
            self._stream.restyle(self._style)
        data, self._data = b"".join(self._data), ()
        if data:
            audio = self._decoder.decode(data)
            self._playout.append(audio.playout)
            self._engine.append(audio.engine)
        if self._pad_blocks:
            self._playout.append(np.zeros(self._pad_blocks * _BLOCK_SAMPLES, np.float32))
            self._engine.append(np.zeros(self._pad_blocks * _ENGINE_BLOCK_SAMPLES, np.float32))
        if self._finish and not self._abandoned:
            # Whatever the end brings to light, the turn is over.
            self._abandoned = True
            audio = self._decoder.finish()
            self._playout.append(audio.playout)
            self._engine.append(audio.engine)
        self._stream.push(self._engine.take(self._engine.n_samples))
        if self._finish:
            self._stream.finish()
        return self._stream

    def conclude(self, frames: Sequence[MotionFrame]) -> InferenceResult:
        samples = self._playout.take(self._playout.n_samples, multiple=_BLOCK_SAMPLES)
        if self._finish:  # the last block is filled up with silence
            samples = np.concatenate([samples, self._playout.take(self._playout.n_samples)])
            samples = np.pad(samples, (0, -len(samples) % _BLOCK_SAMPLES))
        encoder = self._encoder
        blocks = [
            (block, encoder.encode(block) if encoder is not None else b"")
            for block in samples.reshape(-1, _BLOCK_SAMPLES)
        ]
        motion = encode_frames(frames) if encoder is not None else ()
        return InferenceResult(blocks, frames, motion, self._finish)
