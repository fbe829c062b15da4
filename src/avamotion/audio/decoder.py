"""Whatever came in becomes mono float32: once at the playout's rate, once at the engine's."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from avamotion.audio.opus import OPUS_RATE_HZ, OggOpusDecoder
from avamotion.audio.resample import Resampler
from avamotion.errors import AudioError
from avamotion.media import FloatArray

__all__ = ["DecodedAudio", "RequestDecoder", "check_pcm", "pcm_s16le_to_float"]


@dataclass(frozen=True, slots=True, eq=False)
class DecodedAudio:
    """The same piece of sound at two rates, each as far as its resampler has got.

    Attributes:
        playout: For the listener, (N,).
        engine: For the motion engine, (M,).
    """

    playout: FloatArray
    engine: FloatArray


class _Source(Protocol):
    def decode(self, data: bytes) -> FloatArray: ...

    def finish(self) -> None: ...


class _PcmSource:
    def decode(self, data: bytes) -> FloatArray:
        return pcm_s16le_to_float(data)

    def finish(self) -> None:
        """PCM cannot end in the wrong place."""


class RequestDecoder:
    """Decodes the audio of one request.

    Args:
        ogg_opus: Whether the client sends Ogg Opus; else it sends PCM s16le.
        sample_rate_hz: Rate of the PCM. Opus always decodes to 48 kHz.
        playout_hz: Rate of the playout.
        engine_hz: Rate of the motion engine.
    """

    def __init__(
        self, *, ogg_opus: bool, sample_rate_hz: int, playout_hz: int, engine_hz: int
    ) -> None:
        self._source: _Source = OggOpusDecoder() if ogg_opus else _PcmSource()
        rate_hz = OPUS_RATE_HZ if ogg_opus else sample_rate_hz
        # Both from the source: nothing is resampled twice.
        self._to_playout = Resampler(rate_hz, playout_hz)
        self._to_engine = Resampler(rate_hz, engine_hz)

    def decode(self, data: bytes) -> DecodedAudio:
        """Decode a piece.

        Raises:
            AudioError: If it cannot be decoded. PCM goes on with the next piece; a broken
                Ogg stream stays broken.
        """
        samples = self._source.decode(data)
        return DecodedAudio(self._to_playout.convert(samples), self._to_engine.convert(samples))

    def finish(self) -> DecodedAudio:
        """Return what was still inside; the request has no more audio.

        Raises:
            AudioError: If the stream ends where it must not.
        """
        self._source.finish()
        return DecodedAudio(self._to_playout.finish(), self._to_engine.finish())


def check_pcm(data: bytes) -> None:
    """Look whether bytes can be PCM s16le.

    Raises:
        AudioError: If the bytes are no whole samples.
    """
    if len(data) % 2:
        raise AudioError(f"audio of {len(data)} bytes: 16-bit samples have an even number of bytes")


def pcm_s16le_to_float(data: bytes) -> FloatArray:
    """Convert PCM s16le to float32 in [-1, 1).

    Raises:
        AudioError: If the bytes are no whole samples.
    """
    check_pcm(data)
    return np.frombuffer(data, "<i2").astype(np.float32) / np.float32(32768)
