"""Property paths: ``a.b`` descends objects, ``list[1]`` indexes arrays, ``""`` is the whole.

A missing intermediate key is simply not found. (The C core goes on looking for the next key in
the same object; that is an accident of its loop, and is not reproduced.)
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final

from ten_runtime._engine.fault import PathError

__all__ = ["MISSING", "Json", "Step", "assign", "find", "parse"]

Step = str | int

Json = Any
"""Whatever JSON or a property holds; narrowed where it is used."""

MISSING: Final = object()

_PART = re.compile(r"([^.\[\]]*)((?:\[\d{1,9}\])*)")
_INDEX = re.compile(r"\[(\d+)\]")
_LARGEST_INDEX: Final = 1_000_000  # a typo must not allocate the machine away


@lru_cache(maxsize=1024)
def parse(path: str) -> tuple[Step, ...]:
    """Split a path into keys and indices.

    Raises:
        PathError: If the path is not one.
    """
    steps: list[Step] = []
    for number, part in enumerate(path.split(".") if path else ()):
        match = _PART.fullmatch(part)
        if match is None or not part or (not match[1] and number):
            raise PathError(f"'{path}' is not a property path; write a.b or list[1].")
        if match[1]:
            steps.append(match[1])
        for index in _INDEX.findall(match[2]):
            if int(index) > _LARGEST_INDEX:
                raise PathError(f"'{path}' has an index above {_LARGEST_INDEX}.")
            steps.append(int(index))
    return tuple(steps)


def find(root: Json, path: str) -> Json:
    """Return the value at a path, or ``MISSING``. A bad path finds nothing."""
    try:
        steps = parse(path)
    except PathError:
        return MISSING
    value = root
    for step in steps:
        if isinstance(step, int):
            if not isinstance(value, list) or step >= len(value):
                return MISSING
            value = value[step]
        elif isinstance(value, dict):
            value = value.get(step, MISSING)
            if value is MISSING:
                return MISSING
        else:
            return MISSING
    return value


def assign(root: dict[str, Any], path: str, value: Json) -> None:
    """Set the value at a path, making objects and arrays on the way and padding short arrays.

    Raises:
        PathError: If the path is empty, is not one, or starts with an index.
    """
    steps = parse(path)
    if not steps or isinstance(steps[0], int):
        raise PathError("path should not be empty.")
    holder: Any = root
    for step, following in pairwise(steps):
        child = _get(holder, step)
        wanted: type = list if isinstance(following, int) else dict
        if not isinstance(child, wanted):
            child = wanted()
            _put(holder, step, child)
        holder = child
    _put(holder, steps[-1], value)


def _get(holder: Json, step: Step) -> Json:
    if isinstance(step, int):
        return holder[step] if step < len(holder) else None
    return holder.get(step)


def _put(holder: Json, step: Step, value: Json) -> None:
    if isinstance(step, int):
        holder.extend([None] * (step + 1 - len(holder)))
    holder[step] = value
