"""Lines of values in JSON texts."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from ten_runtime._engine.place import JsonSource, Place

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


def paths(value: object) -> list[tuple[str | int, ...]]:
    """Return the paths of a value and of everything in it."""
    found: list[tuple[str | int, ...]] = [()]
    if isinstance(value, (dict, list)):
        for key, member in value.items() if isinstance(value, dict) else enumerate(value):
            found += [(key, *path) for path in paths(member)]
    return found


@given(JSON)
def test_every_value_of_a_pretty_text_is_found_on_its_line(value: object) -> None:
    text = json.dumps(value, indent=1)
    source = JsonSource("x", text)
    for steps in paths(value):
        line = source.line_of(steps)
        assert line is not None
        target: Any = value
        for step in steps:
            target = target[step]
        first_line = json.dumps(target, indent=1).split("\n")[0]
        assert text.split("\n")[line - 1].rstrip(",").endswith(first_line)


def test_a_place_reads_like_one() -> None:
    place = Place(JsonSource("app.json", '{\n"a": [1,\n{"b": 2}]}'))
    assert str(place) == "app.json:1"
    assert str(place / "a" / 1 / "b") == "app.json:3 (a[1].b)"
    assert str(place / "missing") == "app.json (missing)"
    assert str(Place(JsonSource("no text", "")) / "a") == "no text (a)"
