"""Access to the properties of an extension, an app or an addon, from any thread."""

from __future__ import annotations

from typing import Any

from ten_runtime._engine import value as values
from ten_runtime._engine.fault import bad_argument, bad_json, closed, not_found
from ten_runtime._engine.path import MISSING, Json
from ten_runtime._engine.target import Target
from ten_runtime.error import TenError

__all__ = ["Properties"]


class Properties:
    """Getters return ``(value, error)``, setters ``error``; None is success.

    Before ``on_configure`` is done there are no properties, and after ``on_deinit`` every call
    answers "closed".
    """

    def __init__(self, target: Target) -> None:
        self._owner = target

    def get_property_to_json(self, path: str | None = None) -> tuple[str, TenError | None]:
        """Return a property, or all of them, as JSON text."""
        value, error = self._find(path)
        if error is not None:
            return "", error
        with self._owner.store.lock:
            return values.dumped(value), None

    def set_property_from_json(self, path: str, json_str: str) -> TenError | None:
        """Set a property from JSON text."""
        try:
            value = values.loaded(json_str)
        except (ValueError, RecursionError) as exc:
            return bad_json(f"Failed to parse JSON: {exc}")
        return self._assign(path, value)

    def get_property_int(self, path: str) -> tuple[int, TenError | None]:
        """Return an integer, or 0 and an error."""
        value, error = self._find(path)
        return values.as_int(value) if error is None else (0, error)

    def set_property_int(self, path: str, value: int) -> TenError | None:
        """Set an int64."""
        return self._assign(path, values.checked_int(value))

    def get_property_string(self, path: str) -> tuple[str, TenError | None]:
        """Return a string, or the empty string and an error."""
        value, error = self._find(path)
        return values.as_string(value) if error is None else ("", error)

    def set_property_string(self, path: str, value: str) -> TenError | None:
        """Set a string; JSON in it stays a string."""
        return self._assign(path, values.checked_string(value))

    def get_property_bool(self, path: str) -> tuple[bool, TenError | None]:
        """Return a bool, or False and an error."""
        value, error = self._find(path)
        return values.as_bool(value) if error is None else (False, error)

    def set_property_bool(self, path: str, value: bool) -> TenError | None:
        """Set a bool."""
        return self._assign(path, values.checked_bool(value))

    def get_property_float(self, path: str) -> tuple[float, TenError | None]:
        """Return a float, or 0.0 and an error; an integer is not a float."""
        value, error = self._find(path)
        return values.as_float(value) if error is None else (0.0, error)

    def set_property_float(self, path: str, value: float) -> TenError | None:
        """Set a float64."""
        return self._assign(path, values.checked_float(value))

    def is_property_exist(self, path: str) -> tuple[bool, TenError | None]:
        """Return whether there is a property; a missing one is no error."""
        if self._owner.is_closed:
            return False, closed()
        with self._owner.store.lock:
            return self._owner.store.find(path) is not MISSING, None

    def init_property_from_json(self, json_str: str) -> TenError | None:
        """Replace the document of ``property.json``; to be called in ``on_configure``."""
        return closed() if self._owner.is_closed else self._owner.set_initial(json_str)

    def _find(self, path: str | None) -> tuple[Any, TenError | None]:
        if self._owner.is_closed:
            return None, closed()
        with self._owner.store.lock:
            value = self._owner.store.find(path)
        return (None, not_found(path or "")) if value is MISSING else (value, None)

    def _assign(self, path: str, value: Json) -> TenError | None:
        if self._owner.is_closed:
            return closed()
        if not path:
            return bad_argument("path should not be empty.")
        with self._owner.store.lock:
            return self._owner.store.assign(path, value)
