"""Turns a turn's PCM into what the service was promised: another rate, or Ogg Opus."""

from spatius import AudioFormat, OggOpusEncoderConfig
from spatius.audio_encoder import OggOpusStreamEncoder

from .config import AudioConfig
from .resample import Resampler

__all__ = ["Transcoder"]

_OPUS_FRAME_MS = 20


class Transcoder:
    """One turn's audio on its way out. Blocking: call it from a thread of its own.

    The SDK could encode inside ``send_audio``, but would do so on the event loop that all
    extensions of the process share.

    Args:
        audio: The configured format and rate.
    """

    def __init__(self, audio: AudioConfig) -> None:
        self._audio = audio
        self._from_hz = audio.sample_rate_hz
        self._resampler: Resampler | None = None
        self._encoder: OggOpusStreamEncoder | None = None
        if audio.audio_format is AudioFormat.OGG_OPUS:
            self._encoder = OggOpusStreamEncoder(
                sample_rate=audio.sample_rate_hz,
                bitrate=0,
                frame_duration_ms=_OPUS_FRAME_MS,
                application=OggOpusEncoderConfig().application,
                collect_encoded_output=False,
            )

    @staticmethod
    def is_needed(audio: AudioConfig, sample_rate_hz: int) -> bool:
        """Return whether audio of a rate cannot be sent as it is."""
        return (
            audio.audio_format is not AudioFormat.PCM_S16LE
            or sample_rate_hz != audio.sample_rate_hz
        )

    def process(self, pcm: bytes, sample_rate_hz: int) -> bytes:
        """Convert samples. Returns what is ready, which may be nothing yet."""
        out = b""
        if sample_rate_hz != self._from_hz:
            out = self._finish_resampling()
            self._from_hz = sample_rate_hz
        if sample_rate_hz != self._audio.sample_rate_hz:
            if self._resampler is None:
                self._resampler = Resampler(sample_rate_hz, self._audio.sample_rate_hz)
            pcm = self._resampler.process(pcm)
        out += pcm
        return self._encoder.encode(out, end=False).payload if self._encoder else out

    def finish(self) -> bytes:
        """Return the rest: the turn has no more audio."""
        rest = self._finish_resampling()
        return self._encoder.encode(rest, end=True).payload if self._encoder else rest

    def _finish_resampling(self) -> bytes:
        resampler, self._resampler = self._resampler, None
        return resampler.finish() if resampler else b""
