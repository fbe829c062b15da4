"""Opus packets (RFC 6716) and their Ogg mapping (RFC 7845), by libopus inside PyAV."""

from fractions import Fraction
from typing import Final

import av
import numpy as np
from av.error import FFmpegError

from avamotion.audio.libopus import DirectOpusEncoder, libopus
from avamotion.audio.ogg import OggReader
from avamotion.errors import AudioError
from avamotion.media import FloatArray

__all__ = ["OPUS_RATE_HZ", "OggOpusDecoder", "OpusDecoder", "OpusEncoder", "PyavOpusEncoder"]

OPUS_RATE_HZ: Final = 48_000
"""What an Opus decoder puts out, whatever went into the encoder."""

# RFC 6716, 3.2.1: at most 1275 bytes a frame and 48 frames of 2.5 ms a packet.
_MAX_PACKET_BYTES: Final = 48 * 1275 + 4


class OpusEncoder:
    """Encodes one mono stream, 20 ms a packet.

    Args:
        sample_rate_hz: 8000, 12000, 16000, 24000 or 48000.
        bitrate_bps: Bits per second, on average.
        complexity: Effort, 0 to 10. From 7 on the encoder analyses what kind of sound it hears and
            models the voice: five times the price, and for speech at 32 kbit/s no nearer to the
            original (log-spectral distance 2.0 dB, against 1.9 dB at 3).
    """

    def __init__(self, sample_rate_hz: int, *, bitrate_bps: int, complexity: int = 3) -> None:
        self.packet_samples = sample_rate_hz // 50
        library = libopus()
        self._encoder: DirectOpusEncoder | PyavOpusEncoder
        if library is not None:
            self._encoder = DirectOpusEncoder(
                library, sample_rate_hz, bitrate_bps=bitrate_bps, complexity=complexity
            )
        else:
            self._encoder = PyavOpusEncoder(
                sample_rate_hz, bitrate_bps=bitrate_bps, complexity=complexity
            )

    def encode(self, samples: FloatArray) -> bytes:
        """Encode exactly 20 ms, (sample_rate_hz / 50,), into one packet."""
        return self._encoder.encode(samples)


class PyavOpusEncoder:
    """The same where libopus cannot be called directly. See :class:`OpusEncoder`."""

    def __init__(self, sample_rate_hz: int, *, bitrate_bps: int, complexity: int) -> None:
        codec = av.CodecContext.create("libopus", "w")
        codec.sample_rate = sample_rate_hz
        codec.layout = "mono"
        codec.format = "flt"
        codec.bit_rate = bitrate_bps
        codec.options = {
            "application": "audio",
            "frame_duration": "20",
            "compression_level": str(complexity),
        }
        codec.time_base = Fraction(1, sample_rate_hz)
        self._codec = codec
        self._sample_rate_hz = sample_rate_hz
        self._pts_samples = 0

    def encode(self, samples: FloatArray) -> bytes:
        """Encode exactly 20 ms into one packet."""
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(samples, np.float32).reshape(1, -1), format="flt", layout="mono"
        )
        frame.sample_rate = self._sample_rate_hz
        frame.pts = self._pts_samples
        frame.time_base = Fraction(1, self._sample_rate_hz)
        self._pts_samples += len(samples)
        (packet,) = self._codec.encode(frame)
        return bytes(packet)


class OpusDecoder:
    """Decodes packets of one mono stream to 48 kHz."""

    def __init__(self) -> None:
        codec = av.CodecContext.create("libopus", "r")
        codec.sample_rate = OPUS_RATE_HZ
        codec.layout = "mono"
        codec.thread_count = 1
        self._codec = codec

    def decode(self, packet: bytes) -> FloatArray:
        """Decode one packet, (N,) at 48 kHz.

        Raises:
            AudioError: If it is no Opus packet.
        """
        try:
            frames = self._codec.decode(av.Packet(packet))
        except FFmpegError as exc:
            raise AudioError("not an Opus packet") from exc
        parts = []
        for frame in frames:
            samples = frame.to_ndarray().reshape(-1)
            if frame.format.name.startswith("s16"):
                samples = samples.astype(np.float32) / np.float32(32768)
            parts.append(samples)
        return np.concatenate(parts) if parts else np.zeros(0, np.float32)


class OggOpusDecoder:
    """Decodes one mono Ogg Opus stream, sliced anywhere, to 48 kHz."""

    def __init__(self) -> None:
        self._ogg = OggReader(max_packet_bytes=_MAX_PACKET_BYTES)
        self._opus: OpusDecoder | None = None
        self._n_headers = 0
        self._skip_samples = 0

    def decode(self, data: bytes) -> FloatArray:
        """Take bytes, return the sound that they complete, (N,) at 48 kHz.

        Raises:
            AudioError: If the bytes are no mono Ogg Opus stream.
        """
        parts = [self._packet(packet) for packet in self._ogg.receive_data(data)]
        return np.concatenate(parts) if parts else np.zeros(0, np.float32)

    def finish(self) -> None:
        """Note that the stream is over.

        Raises:
            AudioError: If it ends in the middle of a page.
        """
        self._ogg.receive_eof()

    def _packet(self, packet: bytes) -> FloatArray:
        silence = np.zeros(0, np.float32)
        if self._n_headers == 0:
            self._skip_samples = _read_head(packet)
            self._opus = OpusDecoder()
            self._n_headers = 1
            return silence
        if self._n_headers == 1:
            if not packet.startswith(b"OpusTags"):
                raise AudioError("the second packet of an Ogg Opus stream must be OpusTags")
            self._n_headers = 2
            return silence
        if not packet:  # an encoder that had nothing left to say closes with an empty packet
            return silence
        assert self._opus is not None
        samples = self._opus.decode(packet)
        skipped = min(self._skip_samples, len(samples))
        self._skip_samples -= skipped
        return samples[skipped:]


def _read_head(packet: bytes) -> int:
    """Check an OpusHead (RFC 7845, 5.1) and return its pre-skip in samples at 48 kHz."""
    if not packet.startswith(b"OpusHead") or len(packet) < 19:
        raise AudioError("the first packet of an Ogg Opus stream must be OpusHead")
    if packet[8] >> 4:
        raise AudioError(f"OpusHead of version {packet[8]}")
    if packet[9] != 1:
        raise AudioError(f"Ogg Opus with {packet[9]} channels: send mono")
    return int.from_bytes(packet[10:12], "little")
