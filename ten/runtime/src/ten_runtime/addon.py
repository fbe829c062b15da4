"""Addons make extensions; the decorator puts them on record."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from ten_runtime._engine.path import Json
from ten_runtime.addon_manager import _AddonManager

if TYPE_CHECKING:
    from ten_runtime.ten_env import TenEnv

__all__ = ["Addon", "register_addon_as_extension"]

AddonClass = TypeVar("AddonClass", bound=type["Addon"])


class Addon:
    """Makes instances of one extension."""

    def on_create_instance(self, ten_env: TenEnv, name: str, context: Json) -> None:
        """Make an instance and hand it to ``ten_env.on_create_instance_done``, now or later.

        Args:
            ten_env: The addon's environment.
            name: Name of the node that the instance is for.
            context: To be handed back unchanged.
        """
        raise NotImplementedError(f"{type(self).__name__} does not override on_create_instance.")


def register_addon_as_extension(
    name: str, base_dir: str | None = None
) -> Callable[[AddonClass], AddonClass]:
    """Put an addon class on record under a name. It is instantiated when it is first needed.

    Args:
        name: Name of the addon, which graphs use.
        base_dir: ``__file__`` of a module in the extension's folder; without it, the file that
            applies the decorator.
    """
    if base_dir is None:
        frame = inspect.currentframe()
        caller = None if frame is None else frame.f_back
        base_dir = "" if caller is None else caller.f_code.co_filename
    folder = Path(base_dir).resolve().parent

    def register(addon: AddonClass) -> AddonClass:
        _AddonManager.record(name, addon, folder)
        return addon

    return register
