"""Base of every message: name, origin, destinations and properties."""

from __future__ import annotations

from typing import ClassVar

from ten_runtime._engine import value as values
from ten_runtime._engine.fault import PathError, bad_argument, bad_json, not_found
from ten_runtime._engine.message import Core
from ten_runtime._engine.path import MISSING, Json, assign, find
from ten_runtime.error import TenError
from ten_runtime.loc import Loc

__all__ = ["Msg"]

_BUILT_IN = "ten."


class Msg:
    """A message, until it is sent.

    Getters return ``(value, error)`` and setters ``error``, where error is None on success; a
    value of the wrong Python type raises ``ValueError``, and so does any call on a message that
    was sent.
    """

    _core_class: ClassVar[type[Core]] = Core
    _core: Core | None = None

    def __init__(self, *_args: object) -> None:
        raise NotImplementedError(f"Use {type(self).__name__}.create instead.")

    def _live(self) -> Core:
        core = self._core
        if core is None:
            raise ValueError("Msg is invalidated.")
        return core

    def get_name(self) -> str:
        """Return the name, which is what graphs route by."""
        return self._live().name

    def set_name(self, name: str) -> TenError | None:
        """Change the name."""
        core = self._live()
        core.name = values.checked_string(name)
        return None

    def get_source(self) -> Loc:
        """Return who sent it; unset parts are None."""
        return Loc(*self._live().source)

    def set_dests(self, locs: list[Loc]) -> TenError | None:
        """Name the destinations, which then win over the graph; an empty list clears them.

        Args:
            locs: ``Loc("", "", name)`` is an extension of this graph and ``Loc("")`` the app.
        """
        core = self._live()
        if not isinstance(locs, (list, tuple)):
            raise ValueError(f"expected a list of Loc, got {type(locs).__name__}")
        for loc in locs:
            if loc.app_uri is None:
                return bad_argument("app_uri should not be None; use an empty string for this app.")
            if loc.extension_name is not None and loc.graph_id is None:
                return bad_argument(
                    "graph_id should not be None when extension_name is given; "
                    "use an empty string for this graph."
                )
        core.dests = tuple((loc.app_uri, loc.graph_id, loc.extension_name) for loc in locs)
        return None

    def get_property_to_json(self, path: str | None = None) -> tuple[str, TenError | None]:
        """Return a property, or all of them, as JSON text."""
        value = self._find(path)
        return ("", not_found(path or "")) if value is MISSING else (values.dumped(value), None)

    def set_property_from_json(self, path: str | None, json_str: str) -> TenError | None:
        """Set a property from JSON text; without a path, replace all of them by an object."""
        core = self._live()
        try:
            value = values.loaded(json_str)
        except (ValueError, RecursionError) as exc:
            return bad_json(f"Failed to parse JSON: {exc}")
        if path:
            return self._assign(path, value)
        if not isinstance(value, dict):
            return bad_json("The root of a message's properties must be a JSON object.")
        core.props = value
        return None

    def get_property_int(self, path: str) -> tuple[int, TenError | None]:
        """Return an integer, or 0 and an error."""
        value = self._find(path)
        return (0, not_found(path)) if value is MISSING else values.as_int(value)

    def set_property_int(self, path: str, value: int) -> TenError | None:
        """Set an int64."""
        return self._assign(path, values.checked_int(value))

    def get_property_string(self, path: str) -> tuple[str, TenError | None]:
        """Return a string, or the empty string and an error."""
        value = self._find(path)
        return ("", not_found(path)) if value is MISSING else values.as_string(value)

    def set_property_string(self, path: str, value: str) -> TenError | None:
        """Set a string; JSON in it stays a string."""
        return self._assign(path, values.checked_string(value))

    def get_property_bool(self, path: str) -> tuple[bool, TenError | None]:
        """Return a bool, or False and an error."""
        value = self._find(path)
        return (False, not_found(path)) if value is MISSING else values.as_bool(value)

    def set_property_bool(self, path: str, value: bool) -> TenError | None:
        """Set a bool."""
        return self._assign(path, values.checked_bool(value))

    def get_property_float(self, path: str) -> tuple[float, TenError | None]:
        """Return a float, or 0.0 and an error; an integer is not a float."""
        value = self._find(path)
        return (0.0, not_found(path)) if value is MISSING else values.as_float(value)

    def set_property_float(self, path: str, value: float) -> TenError | None:
        """Set a float64."""
        return self._assign(path, values.checked_float(value))

    def get_property_buf(self, path: str) -> tuple[bytearray, TenError | None]:
        """Return a copy of a buffer, or an empty one and an error."""
        value = self._find(path)
        return (bytearray(), not_found(path)) if value is MISSING else values.as_buf(value)

    def set_property_buf(self, path: str, value: bytes | bytearray | memoryview) -> TenError | None:
        """Set a buffer, which may not be empty."""
        if not isinstance(value, (bytes, bytearray, memoryview)):
            raise ValueError(f"expected bytes, got {type(value).__name__}")
        if len(value) == 0:
            raise ValueError("an empty buffer is not allowed")
        return self._assign(path, bytes(value))

    def _find(self, path: str | None) -> Json:
        core = self._live()
        if not path:
            return core.props
        value = core.props.get(path, MISSING)  # most paths are one plain key
        if value is not MISSING and "." not in path and "[" not in path:
            return value
        if path.startswith(_BUILT_IN):
            field = path.removeprefix(_BUILT_IN)
            return getattr(core, field) if field in core.fields else MISSING
        return find(core.props, values.checked_string(path))

    def _assign(self, path: str, value: Json) -> TenError | None:
        core = self._live()
        if values.checked_string(path).startswith(_BUILT_IN):
            return _set_field(core, path.removeprefix(_BUILT_IN), value)
        try:
            assign(core.props, path, value)
        except PathError as exc:
            return bad_argument(str(exc))
        return None


def _set_field(core: Core, field: str, value: Json) -> TenError | None:
    wanted = core.fields.get(field)
    if wanted is None:
        return bad_argument(f"A {core.kind} has no built-in field 'ten.{field}'.")
    if type(value) is not wanted:
        return bad_argument(f"ten.{field} takes a value of type {wanted.__name__}.")
    setattr(core, field, value)
    return None
