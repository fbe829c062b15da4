"""The environment of asynchronous extensions."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ten_runtime._engine import value as values
from ten_runtime._engine.properties import Properties
from ten_runtime._engine.sending import AsyncSending
from ten_runtime.error import TenError
from ten_runtime.ten_env_base import TenEnvBase

if TYPE_CHECKING:
    from ten_runtime._engine.home import LoopHome
    from ten_runtime._engine.node import Node

__all__ = ["AsyncTenEnv"]


class AsyncTenEnv(TenEnvBase, AsyncSending):
    """Properties, sending and the log.

    Coroutines belong to the tasks of the extension's loop; the log methods are plain functions
    and may be called from any thread. Property calls suspend, sends do not.
    """

    def __init__(self, node: Node, home: LoopHome) -> None:
        super().__init__(node)
        self._node = node
        self._loop = home.loop
        self._properties = Properties(node)

    async def get_property_to_json(self, path: str | None = None) -> tuple[str, TenError | None]:
        """Return a property, or all of them, as JSON text."""
        await asyncio.sleep(0)
        return self._properties.get_property_to_json(path)

    async def set_property_from_json(self, path: str, json_str: str) -> TenError | None:
        """Set a property from JSON text.

        Raises:
            ValueError: If the text is not JSON.
        """
        values.loaded(json_str)
        await asyncio.sleep(0)
        return self._properties.set_property_from_json(path, json_str)

    async def get_property_int(self, path: str) -> tuple[int, TenError | None]:
        """Return an integer, or 0 and an error."""
        await asyncio.sleep(0)
        return self._properties.get_property_int(path)

    async def set_property_int(self, path: str, value: int) -> TenError | None:
        """Set an int64."""
        await asyncio.sleep(0)
        return self._properties.set_property_int(path, value)

    async def get_property_string(self, path: str) -> tuple[str, TenError | None]:
        """Return a string, or the empty string and an error."""
        await asyncio.sleep(0)
        return self._properties.get_property_string(path)

    async def set_property_string(self, path: str, value: str) -> TenError | None:
        """Set a string; JSON in it stays a string."""
        await asyncio.sleep(0)
        return self._properties.set_property_string(path, value)

    async def get_property_bool(self, path: str) -> tuple[bool, TenError | None]:
        """Return a bool, or False and an error."""
        await asyncio.sleep(0)
        return self._properties.get_property_bool(path)

    async def set_property_bool(self, path: str, value: bool) -> TenError | None:
        """Set a bool."""
        await asyncio.sleep(0)
        return self._properties.set_property_bool(path, value)

    async def get_property_float(self, path: str) -> tuple[float, TenError | None]:
        """Return a float, or 0.0 and an error; an integer is not a float."""
        await asyncio.sleep(0)
        return self._properties.get_property_float(path)

    async def set_property_float(self, path: str, value: float) -> TenError | None:
        """Set a float64."""
        await asyncio.sleep(0)
        return self._properties.set_property_float(path, value)

    async def is_property_exist(self, path: str) -> tuple[bool, TenError | None]:
        """Return whether there is a property; a missing one is no error."""
        await asyncio.sleep(0)
        return self._properties.is_property_exist(path)

    async def init_property_from_json(self, json_str: str) -> TenError | None:
        """Replace the document of ``property.json``; to be called in ``on_configure``."""
        await asyncio.sleep(0)
        return self._properties.init_property_from_json(json_str)
