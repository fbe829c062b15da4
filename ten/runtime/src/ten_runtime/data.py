"""Data messages."""

from __future__ import annotations

from typing import Self

from ten_runtime._engine.buffer import BufferMsg
from ten_runtime._engine.handle import register
from ten_runtime._engine.message import DataCore

__all__ = ["Data"]


class Data(BufferMsg):
    """Properties and a buffer under a name."""

    _core_class = DataCore

    @classmethod
    def create(cls, name: str) -> Self:
        """Make data with a name."""
        data = cls.__new__(cls)
        data._core = DataCore(name)
        return data

    def clone(self) -> Self:
        """Return an independent copy of properties and buffer."""
        twin = type(self).__new__(type(self))
        twin._core = self._live().clone()
        return twin


register(DataCore, Data)
