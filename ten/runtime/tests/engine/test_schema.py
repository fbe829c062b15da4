"""Schemas of a manifest."""

from __future__ import annotations

import pytest
from ten_runtime._engine.schema import object_schema, schema_of


@pytest.mark.parametrize(
    ("declared", "value", "fitted"),
    [
        ("int8", 127, 127),
        ("uint64", 2**64 - 1, 2**64 - 1),
        ("float32", 1, 1.0),
        ("float64", 1.5, 1.5),
        ("bool", True, True),
        ("string", "s", "s"),
        ("null", None, None),
        ("object", {"x": 1}, {"x": 1}),
        ("array", [1], [1]),
        ("ptr", "anything", "anything"),
    ],
)
def test_a_value_of_the_declared_type_fits(declared: str, value: object, fitted: object) -> None:
    schema = schema_of({"type": declared})
    assert schema is not None
    result, problem = schema.fit(value, "x")
    assert problem is None
    assert (result, type(result)) == (fitted, type(fitted))


@pytest.mark.parametrize(
    ("declared", "value"),
    [
        ("int8", 128),
        ("uint8", -1),
        ("int32", 1.0),
        ("int32", "1"),
        ("int32", True),
        ("float64", "1"),
        ("float64", True),
        ("bool", 1),
        ("string", 1),
        ("object", []),
        ("array", {}),
        ("null", 0),
        ("buf", "text"),
    ],
)
def test_a_value_of_another_type_is_named(declared: str, value: object) -> None:
    schema = schema_of({"type": declared})
    assert schema is not None
    _, problem = schema.fit(value, "the path")
    assert problem is not None
    assert "the path" in problem
    assert declared in problem


def test_objects_and_arrays_are_fitted_inside() -> None:
    schema = object_schema(
        {
            "properties": {
                "list": {"type": "array", "items": {"type": "float64"}},
                "inner": {"type": "object", "properties": {"f": {"type": "float32"}}},
            },
            "required": ["list"],
        }
    )
    assert schema is not None
    fitted, problem = schema.fit({"list": [1], "inner": {"f": 2}, "other": 3}, "x")
    assert problem is None
    assert fitted == {"list": [1.0], "inner": {"f": 2.0}, "other": 3}
    assert isinstance(fitted["list"][0], float)
    assert schema.fit({}, "x")[1] == "x: the required property 'list' is missing."
    assert schema.fit({"list": ["s"]}, "x")[1] == "x.list[0]: expected float64, found string."
    assert schema.fit_at("inner.f", 1) == (1.0, None)
    assert schema.fit_at("list[3]", "s")[1] is not None
    assert schema.fit_at("unknown.path", "s") == ("s", None)


def test_fitting_leaves_the_original_alone() -> None:
    schema = object_schema({"properties": {"f": {"type": "float64"}}})
    assert schema is not None
    original = {"f": 1}
    schema.fit(original, "x")
    assert isinstance(original["f"], int)


@pytest.mark.parametrize("document", [None, {}, {"properties": {}}, {"properties": {"a": {}}}])
def test_what_declares_nothing_checks_nothing(document: object) -> None:
    assert object_schema(document) is None
