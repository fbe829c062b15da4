"""The asyncio thread that all async extensions of the process share."""

from __future__ import annotations

import os
import threading
from typing import ClassVar, Final

from ten_runtime._engine.home import LoopHome

__all__ = ["GlobalThreadManager"]

THREAD_NAME: Final = "PythonGlobalMainThread"
MODE_VARIABLE: Final = "TEN_PYTHON_THREAD_MODE"


class GlobalThreadManager:
    """Lends loops to extensions and ends a loop when its last extension is gone.

    ``TEN_PYTHON_THREAD_MODE=multi_thread`` gives every extension a loop of its own; the default,
    ``single_thread``, is one loop for all.
    """

    _lock = threading.Lock()
    _shared: LoopHome | None = None
    _users: ClassVar[dict[LoopHome, int]] = {}

    @classmethod
    def acquire(cls, name: str) -> LoopHome:
        """Return the loop for an extension; every acquire needs its release."""
        with cls._lock:
            if os.environ.get(MODE_VARIABLE) == "multi_thread":
                home = LoopHome(f"ten-{name}")
            elif cls._shared is None:
                home = cls._shared = LoopHome(THREAD_NAME)
            else:
                home = cls._shared
            cls._users[home] = cls._users.get(home, 0) + 1
            return home

    @classmethod
    def release(cls, home: LoopHome) -> bool:
        """Give a loop back; return whether that ended it."""
        with cls._lock:
            cls._users[home] -= 1
            if cls._users[home]:
                return False
            del cls._users[home]
            if cls._shared is home:
                cls._shared = None
        home.stop()
        return True
