"""Answers to commands."""

from __future__ import annotations

from enum import IntEnum
from typing import Self

from ten_runtime._engine.handle import register
from ten_runtime._engine.message import ResultCore
from ten_runtime.cmd import Cmd
from ten_runtime.error import TenError
from ten_runtime.msg import Msg

__all__ = ["CmdResult", "StatusCode"]


class StatusCode(IntEnum):
    """Whether a command went well."""

    OK = 0
    ERROR = 1


class CmdResult(Msg):
    """One answer to one command; a command may have several, the last of them final."""

    _core_class = ResultCore
    _core: ResultCore | None

    def _live(self) -> ResultCore:
        core = self._core
        if core is None:
            raise ValueError("Msg is invalidated.")
        return core

    @classmethod
    def create(cls, status_code: StatusCode, target_cmd: Cmd) -> Self:
        """Make an answer.

        Args:
            status_code: Whether the command went well.
            target_cmd: The command to answer; it may be answered again.
        """
        target = target_cmd._live()
        core = ResultCore(target.name)
        core.status = int(StatusCode(status_code))
        core.hop = target.hop
        result = cls.__new__(cls)
        result._core = core
        return result

    def clone(self) -> Self:
        """Return an independent copy."""
        twin = type(self).__new__(type(self))
        twin._core = self._live().clone()
        return twin

    def get_status_code(self) -> StatusCode:
        """Return whether the command went well."""
        return StatusCode(self._live().status)

    def set_final(self, is_final: bool) -> TenError | None:
        """Say whether this is the callee's last answer; it is unless said otherwise."""
        self._live().final = bool(is_final)
        return None

    def is_final(self) -> bool:
        """Return whether this is the callee's last answer."""
        return self._live().final

    def is_completed(self) -> bool:
        """Return whether the caller gets no further answer; set by the runtime on delivery."""
        return self._live().completed


register(ResultCore, CmdResult)
