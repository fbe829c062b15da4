"""The buffer interface that data, audio frames and video frames share."""

from __future__ import annotations

from typing import ClassVar

from ten_runtime._engine.message import BufferCore
from ten_runtime._engine.value import checked_int
from ten_runtime.msg import Msg

__all__ = ["BufferMsg"]


class BufferMsg(Msg):
    """A message with one buffer. It cannot be sent while the buffer is locked."""

    _lock_error: ClassVar[type[Exception]] = SystemError
    _core: BufferCore | None

    def _live(self) -> BufferCore:
        core = self._core
        if core is None:
            raise ValueError("Msg is invalidated.")
        return core

    def alloc_buf(self, size: int) -> None:
        """Replace the buffer by a zeroed one.

        Args:
            size: Bytes, above zero.
        """
        core = self._live()
        if checked_int(size) <= 0:
            raise ValueError("the size of a buffer must be above zero")
        core.buf = bytearray(size)
        core.locks = 0

    def lock_buf(self) -> memoryview:
        """Return a writable view of the buffer; every lock needs its own unlock.

        Raises:
            RuntimeError: An audio frame has no buffer. (SystemError for data and video frames.)
        """
        core = self._live()
        if core.buf is None:
            raise self._lock_error("Failed to lock buffer: there is none, call alloc_buf first.")
        core.locks += 1
        return memoryview(core.buf)

    def unlock_buf(self, buf: memoryview | bytearray | bytes) -> None:
        """Give back a view that ``lock_buf`` returned. The view stays readable.

        Raises:
            ValueError: The view is empty, or nothing that has bytes.
            RuntimeError: It is not a view of this buffer, or the buffer is not locked, of an audio
                frame. (SystemError for data and video frames.)
        """
        core = self._live()
        try:
            view = buf if isinstance(buf, memoryview) else memoryview(buf)
        except TypeError:
            raise ValueError(f"expected a locked buffer, got {type(buf).__name__}") from None
        if view.nbytes == 0:
            raise ValueError("an empty buffer cannot be unlocked")
        if view.obj is not core.buf or core.buf is None:
            raise self._lock_error("Failed to unlock buffer: it is not the locked buffer.")
        if core.locks == 0:
            raise self._lock_error("Failed to unlock buffer: it is not locked.")
        core.locks -= 1

    def get_buf(self) -> bytearray:
        """Return a copy of the buffer; empty if there is none."""
        core = self._live()
        return bytearray() if core.buf is None else bytearray(core.buf)
