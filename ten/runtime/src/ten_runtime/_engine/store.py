"""The properties of an extension or an app."""

from __future__ import annotations

import threading
from typing import Any

from ten_runtime._engine.fault import PathError, bad_argument, generic
from ten_runtime._engine.path import Json, assign, find
from ten_runtime._engine.schema import ObjectSchema
from ten_runtime.error import TenError

__all__ = ["Store"]

APP_SCOPE = "app:"
OWN_SCOPE = "extension:"


class Store:
    """Properties by path, with the app's in reach under ``app:``.

    Attributes:
        values: The root object.
        schema: What ``api.property`` of the manifest asks of the values, or None.
    """

    def __init__(self, app: Store | None = None) -> None:
        self.values: dict[str, Any] = {}
        self.schema: ObjectSchema | None = None
        self._app = app
        self.lock = threading.RLock()

    def find(self, path: str | None) -> Json:
        """Return the value at a path, or ``MISSING``; the root without a path."""
        if not path:
            return self.values
        if path.startswith(APP_SCOPE) and self._app is not None:
            return self._app.find(path.removeprefix(APP_SCOPE))
        return find(self.values, path.removeprefix(OWN_SCOPE))

    def assign(self, path: str, value: Json) -> TenError | None:
        """Set the value at a path, adjusted to the schema."""
        if path.startswith(APP_SCOPE) and self._app is not None:
            return bad_argument("An extension cannot set properties of its app.")
        path = path.removeprefix(OWN_SCOPE)
        if not path:
            return bad_argument("path should not be empty.")
        if self.schema is not None:
            value, problem = self.schema.fit_at(path, value)
            if problem is not None:
                return generic(problem)
        try:
            assign(self.values, path, value)
        except PathError as exc:
            return bad_argument(str(exc))
        return None
