"""The environment of synchronous code: extensions, apps and addons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ten_runtime._engine.node import Node, Stage
from ten_runtime._engine.path import Json
from ten_runtime._engine.properties import Properties
from ten_runtime._engine.sending import SyncSending
from ten_runtime._engine.target import Target
from ten_runtime.ten_env_attach_to_enum import _TenEnvAttachTo
from ten_runtime.ten_env_base import TenEnvBase

if TYPE_CHECKING:
    from ten_runtime.async_extension import AsyncExtension
    from ten_runtime.extension import Extension

__all__ = ["TenEnv"]


class TenEnv(TenEnvBase, Properties, SyncSending):
    """Properties, sending, acknowledgements and the log; every method from any thread."""

    def __init__(self, target: Target, attach_to: _TenEnvAttachTo) -> None:
        TenEnvBase.__init__(self, target)
        Properties.__init__(self, target)
        self._node = target if isinstance(target, Node) else None
        self._attach_to = attach_to

    def on_configure_done(self) -> None:
        """Acknowledge ``on_configure``; properties are loaded next."""
        self._owner.stage_done(Stage.CONFIGURE)

    def on_init_done(self) -> None:
        """Acknowledge ``on_init``; messages that waited are delivered next."""
        self._owner.stage_done(Stage.INIT)

    def on_start_done(self) -> None:
        """Acknowledge ``on_start``."""
        self._owner.stage_done(Stage.START)

    def on_stop_done(self) -> None:
        """Acknowledge ``on_stop``."""
        self._owner.stage_done(Stage.STOP)

    def on_deinit_done(self) -> None:
        """Acknowledge ``on_deinit``; the environment is closed then."""
        self._owner.stage_done(Stage.DEINIT)

    def on_create_instance_done(self, instance: Extension | AsyncExtension, context: Json) -> None:
        """Hand over what ``Addon.on_create_instance`` made.

        Args:
            instance: The extension.
            context: What the addon was given.
        """
        context.take(instance)
