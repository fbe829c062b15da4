"""The command that releases a life-cycle stage."""

from __future__ import annotations

from typing import Self

from ten_runtime._engine.handle import register
from ten_runtime._engine.message import TriggerCore
from ten_runtime.cmd import Cmd

__all__ = ["TriggerLifeCycleCmd"]


class TriggerLifeCycleCmd(Cmd):
    """Lets an extension go on that declared ``start`` or ``stop`` manual.

    The declaration is the extension's property ``ten.manual_trigger_life_cycle``.
    """

    _core_class = TriggerCore
    _core: TriggerCore | None

    def _live(self) -> TriggerCore:
        core = self._core
        if core is None:
            raise ValueError("Msg is invalidated.")
        return core

    @classmethod
    def create(cls, name: str = "ten:trigger_life_cycle") -> Self:
        """Make the command."""
        cmd = cls.__new__(cls)
        cmd._core = TriggerCore(name)
        return cmd

    def set_stage(self, stage: str) -> bool:
        """Name the stage: ``"start"`` or ``"stop"``."""
        self._live().stage = stage
        return True


register(TriggerCore, TriggerLifeCycleCmd)
