"""Audio frames."""

from __future__ import annotations

from enum import IntEnum
from typing import Self

from ten_runtime._engine.buffer import BufferMsg
from ten_runtime._engine.handle import register
from ten_runtime._engine.message import AudioCore
from ten_runtime._engine.value import checked_int

__all__ = ["AudioFrame", "AudioFrameDataFmt"]


class AudioFrameDataFmt(IntEnum):
    """How the samples of several channels share one buffer."""

    INTERLEAVE = 1
    NON_INTERLEAVE = 2


class AudioFrame(BufferMsg):
    """PCM and numbers that describe it. The numbers are never derived from the buffer."""

    _core_class = AudioCore
    _lock_error = RuntimeError
    _core: AudioCore | None

    def _live(self) -> AudioCore:
        core = self._core
        if core is None:
            raise ValueError("Msg is invalidated.")
        return core

    @classmethod
    def create(cls, name: str) -> Self:
        """Make a frame with a name and no buffer."""
        frame = cls.__new__(cls)
        frame._core = AudioCore(name)
        return frame

    def clone(self) -> Self:
        """Return an independent, unlocked copy."""
        twin = type(self).__new__(type(self))
        twin._core = self._live().clone()
        return twin

    def get_timestamp(self) -> int:
        """Return the timestamp; what it counts is up to the sender."""
        return self._live().timestamp

    def set_timestamp(self, timestamp: int) -> None:
        """Set the timestamp; what it counts is up to the sender."""
        self._live().timestamp = checked_int(timestamp)

    def get_sample_rate(self) -> int:
        """Return samples per second."""
        return self._live().sample_rate

    def set_sample_rate(self, sample_rate: int) -> None:
        """Set samples per second."""
        self._live().sample_rate = checked_int(sample_rate)

    def get_samples_per_channel(self) -> int:
        """Return samples per channel in the buffer."""
        return self._live().samples_per_channel

    def set_samples_per_channel(self, samples_per_channel: int) -> None:
        """Set samples per channel in the buffer."""
        self._live().samples_per_channel = checked_int(samples_per_channel)

    def get_bytes_per_sample(self) -> int:
        """Return bytes per sample."""
        return self._live().bytes_per_sample

    def set_bytes_per_sample(self, bytes_per_sample: int) -> None:
        """Set bytes per sample."""
        self._live().bytes_per_sample = checked_int(bytes_per_sample)

    def get_number_of_channels(self) -> int:
        """Return the number of channels."""
        return self._live().number_of_channels

    def set_number_of_channels(self, number_of_channels: int) -> None:
        """Set the number of channels."""
        self._live().number_of_channels = checked_int(number_of_channels)

    def get_data_fmt(self) -> int:
        """Return how channels share the buffer, as a plain int."""
        return self._live().data_fmt

    def set_data_fmt(self, data_fmt: AudioFrameDataFmt | int) -> None:
        """Set how channels share the buffer."""
        self._live().data_fmt = checked_int(data_fmt)

    def get_line_size(self) -> int:
        """Return bytes per channel line; 0 unless set."""
        return self._live().line_size

    def set_line_size(self, line_size: int) -> None:
        """Set bytes per channel line."""
        self._live().line_size = checked_int(line_size)

    def is_eof(self) -> bool:
        """Return whether the sender marked the end of its stream."""
        return self._live().is_eof

    def set_eof(self, eof: bool) -> None:
        """Mark the end of the stream."""
        self._live().is_eof = bool(eof)


register(AudioCore, AudioFrame)
