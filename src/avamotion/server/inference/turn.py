"""One turn in the inference process: from bytes to blocks of 20 ms."""

from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from avamotion.audio.decoder import RequestDecoder
from avamotion.audio.opus import OpusEncoder
from avamotion.errors import AudioError
from avamotion.media import MotionFrame
from avamotion.motion.engine import SAMPLE_RATE_HZ, MotionEngine, MotionStream
from avamotion.playout.packet import PACKET_US, PLAYOUT_RATE_HZ, MediaNeed
from avamotion.protocol.payload import encode_frames
from avamotion.server.inference.message import Poses, TurnResult, TurnSetup, TurnWork
from avamotion.server.sound import SampleQueue

__all__ = ["TurnInference"]

_BLOCK_SAMPLES: Final = PLAYOUT_RATE_HZ // 50
_ENGINE_BLOCK_SAMPLES: Final = SAMPLE_RATE_HZ // 50


class TurnInference:
    """Decodes a turn, hands its sound to the engine, and pairs sound and frames.

    Args:
        setup: How the turn comes and goes.
        engine: The motion engine.
    """

    def __init__(self, setup: TurnSetup, engine: MotionEngine) -> None:
        self._need = setup.need
        self._decoder = RequestDecoder(
            ogg_opus=setup.ogg_opus,
            sample_rate_hz=setup.sample_rate_hz,
            playout_hz=PLAYOUT_RATE_HZ,
            engine_hz=SAMPLE_RATE_HZ,
        )
        self._stream = engine.open(setup.style)
        self._encoder: OpusEncoder | None = None
        if MediaNeed.OPUS in setup.need:
            self._encoder = OpusEncoder(
                PLAYOUT_RATE_HZ,
                bitrate_bps=setup.opus_bitrate_bps,
                complexity=setup.opus_complexity,
            )
        self._playout = SampleQueue()
        self._engine = SampleQueue()
        self._frames: deque[MotionFrame] = deque()
        self._last_frame: MotionFrame | None = None
        self._n_paired = 0
        self._decoder_done = False
        self._finished = False

    def prepare(self, work: TurnWork) -> MotionStream:
        """Decode a piece, push it into the turn's stream, and return that.

        Raises:
            AudioError: If it cannot be decoded. What was decoded before can still be concluded.
        """
        if work.style is not None:
            self._stream.restyle(work.style)
        try:
            if work.data and not self._decoder_done:
                audio = self._decoder.decode(work.data)
                self._playout.append(audio.playout)
                self._engine.append(audio.engine)
            if work.pad:
                n_blocks = self._stream.delay_us // PACKET_US + 1
                self._playout.append(np.zeros(n_blocks * _BLOCK_SAMPLES, np.float32))
                self._engine.append(np.zeros(n_blocks * _ENGINE_BLOCK_SAMPLES, np.float32))
            if work.finish and not self._decoder_done:
                # Whatever the end brings to light, the turn is over.
                self._decoder_done = True
                audio = self._decoder.finish()
                self._playout.append(audio.playout)
                self._engine.append(audio.engine)
        except AudioError:
            self._decoder_done = True
            raise
        self._stream.push(self._engine.take(self._engine.n_samples))
        if work.finish:
            self._finished = True
            self._stream.finish()
        return self._stream

    def conclude(self, frames: Sequence[MotionFrame]) -> TurnResult:
        """Pair the sound with the frames that the engine gave, and encode what is needed."""
        self._frames.extend(frames)
        n_blocks = self._playout.n_samples // _BLOCK_SAMPLES
        if self._finished:  # the last block is filled up with silence
            n_missing = -self._playout.n_samples % _BLOCK_SAMPLES
            self._playout.append(np.zeros(n_missing, np.float32))
            n_blocks = self._playout.n_samples // _BLOCK_SAMPLES
        else:
            n_blocks = min(n_blocks, len(self._frames))
        samples = self._playout.take(n_blocks * _BLOCK_SAMPLES).reshape(-1, _BLOCK_SAMPLES)
        shown = self._take_frames(n_blocks)
        return TurnResult(
            n_blocks,
            self._finished,
            samples if MediaNeed.SAMPLES in self._need else None,
            [self._encoder.encode(block) for block in samples] if self._encoder else (),
            Poses.of(shown) if shown and MediaNeed.FRAMES in self._need else None,
            encode_frames(shown) if MediaNeed.MOTION in self._need else (),
        )

    def _take_frames(self, n_blocks: int) -> list[MotionFrame]:
        """Return a frame for each block. Rounding may leave the last block without one."""
        taken = []
        for index in range(self._n_paired, self._n_paired + n_blocks):
            if self._frames:
                self._last_frame = self._frames.popleft()
            elif self._last_frame is not None:
                self._last_frame = replace(self._last_frame, pts_us=index * PACKET_US)
            if self._last_frame is not None:
                taken.append(self._last_frame)
        self._n_paired += n_blocks
        return taken
