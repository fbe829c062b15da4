"""Places in a JSON text, so that an error can name the line at fault."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ten_runtime._engine.fault import EngineError
from ten_runtime._engine.path import Json, Step
from ten_runtime._engine.value import loaded

__all__ = ["JsonSource", "Place"]

_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)


@dataclass(frozen=True, slots=True)
class JsonSource:
    """A JSON text.

    Attributes:
        name: What to call it in errors: a file name, or what the text is.
        text: The text; empty if the value never was text.
        folder: Where relative paths in it start, or None.
    """

    name: str
    text: str
    folder: Path | None = None

    @classmethod
    def of_file(cls, path: Path, error: type[EngineError]) -> JsonSource:
        """Read a file; what goes wrong is raised as the caller's kind of error."""
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as exc:
            raise error(f"{path}: cannot be read: {exc}") from None
        return cls(str(path), text, path.parent)

    def load(self, error: type[EngineError]) -> Json:
        """Parse the text; what goes wrong is raised as the caller's kind of error."""
        try:
            return loaded(self.text)
        except json.JSONDecodeError as exc:
            raise error(f"{self.name}:{exc.lineno}: not JSON: {exc.msg}.") from None
        except (ValueError, RecursionError) as exc:
            raise error(f"{self.name}: not JSON: {exc}.") from None

    def line_of(self, steps: tuple[Step, ...]) -> int | None:
        """Return the line, from 1, on which a value starts; None if it is not in the text."""
        if not self.text:
            return None
        scanner = _Scanner(self.text)
        try:
            position = scanner.seek(steps)
        except (IndexError, ValueError):
            return None
        return None if position is None else self.text.count("\n", 0, position) + 1


@dataclass(frozen=True, slots=True)
class Place:
    """A value inside a JSON text."""

    source: JsonSource
    steps: tuple[Step, ...] = ()

    def __truediv__(self, step: Step) -> Place:
        return Place(self.source, (*self.steps, step))

    def __str__(self) -> str:
        line = self.source.line_of(self.steps)
        where = self.source.name if line is None else f"{self.source.name}:{line}"
        path = "".join(
            f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.steps
        ).lstrip(".")
        return f"{where} ({path})" if path else where


class _Scanner:
    """Walks over tokens of a text that is known to be JSON."""

    def __init__(self, text: str) -> None:
        self._tokens = [(match[0], match.start()) for match in _TOKEN.finditer(text)]
        self._next = 0

    def seek(self, steps: tuple[Step, ...]) -> int | None:
        """Return where the value at a path starts."""
        for step in steps:
            if not self._enter(step):
                return None
        return self._tokens[self._next][1]

    def _enter(self, step: Step) -> bool:
        opening, _ = self._tokens[self._next]
        self._next += 1
        index = 0
        while self._tokens[self._next][0] not in "}]":
            if opening == "{":
                key = json.loads(self._tokens[self._next][0])
                self._next += 2  # the key and its colon
            else:
                key = index
            if key == step:
                return True
            self._skip()
            index += 1
            if self._tokens[self._next][0] == ",":
                self._next += 1
        return False

    def _skip(self) -> None:
        depth = 0
        while True:
            token, _ = self._tokens[self._next]
            self._next += 1
            if token in "{[":
                depth += 1
            elif token in "}]":
                depth -= 1
            if depth == 0:
                return
