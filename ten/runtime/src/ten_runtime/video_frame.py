"""Video frames."""

from __future__ import annotations

from enum import IntEnum
from typing import Self

from ten_runtime._engine.buffer import BufferMsg
from ten_runtime._engine.handle import register
from ten_runtime._engine.message import VideoCore
from ten_runtime._engine.value import checked_int

__all__ = ["PixelFmt", "VideoFrame"]


class PixelFmt(IntEnum):
    """How pixels lie in the buffer."""

    RGB24 = 1
    RGBA = 2
    BGR24 = 3
    BGRA = 4
    I422 = 5
    I420 = 6
    NV21 = 7
    NV12 = 8


class VideoFrame(BufferMsg):
    """Pixels and numbers that describe them."""

    _core_class = VideoCore
    _core: VideoCore | None

    def _live(self) -> VideoCore:
        core = self._core
        if core is None:
            raise ValueError("Msg is invalidated.")
        return core

    @classmethod
    def create(cls, name: str) -> Self:
        """Make a frame with a name and no buffer."""
        frame = cls.__new__(cls)
        frame._core = VideoCore(name)
        return frame

    def clone(self) -> Self:
        """Return an independent, unlocked copy."""
        twin = type(self).__new__(type(self))
        twin._core = self._live().clone()
        return twin

    def get_width(self) -> int:
        """Return the width in pixels."""
        return self._live().width

    def set_width(self, width: int) -> None:
        """Set the width in pixels."""
        self._live().width = checked_int(width)

    def get_height(self) -> int:
        """Return the height in pixels."""
        return self._live().height

    def set_height(self, height: int) -> None:
        """Set the height in pixels."""
        self._live().height = checked_int(height)

    def get_timestamp(self) -> int:
        """Return the timestamp; what it counts is up to the sender."""
        return self._live().timestamp

    def set_timestamp(self, timestamp: int) -> None:
        """Set the timestamp; what it counts is up to the sender."""
        self._live().timestamp = checked_int(timestamp)

    def get_pixel_fmt(self) -> PixelFmt:
        """Return the pixel format."""
        return PixelFmt(self._live().pixel_fmt)

    def set_pixel_fmt(self, pixel_fmt: PixelFmt) -> None:
        """Set the pixel format."""
        self._live().pixel_fmt = PixelFmt(pixel_fmt)

    def is_eof(self) -> bool:
        """Return whether the sender marked the end of its stream."""
        return self._live().is_eof

    def set_eof(self, eof: bool) -> None:
        """Mark the end of the stream."""
        self._live().is_eof = bool(eof)


register(VideoCore, VideoFrame)
