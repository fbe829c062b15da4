"""Property paths."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ten_runtime._engine.fault import PathError
from ten_runtime._engine.path import MISSING, assign, find, parse

KEYS = st.text(alphabet="abz_é -", min_size=1, max_size=3)
STEPS = st.lists(KEYS | st.integers(0, 3), min_size=0, max_size=4)


def written(first: str, steps: list[str | int]) -> str:
    return first + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)


@given(KEYS, STEPS)
def test_what_is_assigned_is_found(first: str, steps: list[str | int]) -> None:
    root: dict[str, Any] = {}
    path = written(first, steps)
    assign(root, path, "value")
    assert parse(path) == (first, *steps)
    assert find(root, path) == "value"


@given(KEYS, STEPS, KEYS, STEPS)
def test_an_assignment_leaves_other_members_alone(
    first: str, steps: list[str | int], other: str, other_steps: list[str | int]
) -> None:
    if first == other:
        return
    root: dict[str, Any] = {}
    assign(root, written(first, steps), 1)
    assign(root, written(other, other_steps), 2)
    assert find(root, written(first, steps)) == 1


@given(st.text(max_size=12))
def test_no_text_can_break_it(path: str) -> None:
    root = {"a": {"b": [1, 2]}, "": 3}
    find(root, path)
    try:
        assign(root, path, 1)
    except PathError:
        return
    assert find(root, path) == 1


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("", {"a": {"b": [10, [20]]}, "x.y": 1}),
        ("a.b[0]", 10),
        ("a.b[1][0]", 20),
        ("a.b[2]", MISSING),
        ("a.c", MISSING),
        ("a[0]", MISSING),
        ("a.b.c", MISSING),
        ("nowhere.a", MISSING),  # the C core would find "a" here
        ("x.y", MISSING),  # a key with a dot is in reach through whole-object JSON only
        ("a..b", MISSING),
        ("a.b[", MISSING),
        ("a.b[-1]", MISSING),
    ],
)
def test_paths_descend_objects_and_index_arrays(path: str, value: object) -> None:
    assert find({"a": {"b": [10, [20]]}, "x.y": 1}, path) == value


def test_arrays_are_padded_and_scalars_in_the_way_replaced() -> None:
    root: dict[str, Any] = {"a": 1}
    assign(root, "a.list[2].n", 5)
    assert root == {"a": {"list": [None, None, {"n": 5}]}}


@pytest.mark.parametrize("path", ["", "[0]", "a..b", "a[x]", "a[9999999]", ".a"])
def test_what_is_no_path_cannot_be_set(path: str) -> None:
    with pytest.raises(PathError):
        assign({}, path, 1)
