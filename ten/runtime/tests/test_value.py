"""Tagged values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ten_runtime import Value, ValueType
from ten_runtime.value_buffer import deserialize_from_buffer, serialize_to_buffer

PYTHON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.binary()
    | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)  # fmt: skip


@given(PYTHON)
def test_python_objects_survive_a_value_and_its_bytes(value: object) -> None:
    wrapped = Value.from_python(value)
    assert wrapped.to_python() == value
    assert deserialize_from_buffer(serialize_to_buffer(wrapped)).to_python() == value


def test_getters_return_a_value_and_an_error() -> None:
    assert Value.from_bool(True).get_bool() == (True, None)
    assert Value.from_int(5).get_int() == (5, None)
    assert Value.from_float(0.5).get_float() == (0.5, None)
    assert Value.from_string("s").get_string() == ("s", None)
    assert Value.from_buf(bytearray(b"b")).get_buf() == (b"b", None)
    assert Value.from_json_string("{}").get_json_string() == ("{}", None)
    one = Value.from_int(1)
    assert Value.from_array([one]).get_array() == ([one], None)
    assert Value.from_object({"a": one}).get_object() == ({"a": one}, None)
    nothing = Value()
    for value, error in (
        nothing.get_bool(),
        nothing.get_int(),
        nothing.get_float(),
        nothing.get_string(),
        nothing.get_buf(),
        nothing.get_array(),
        nothing.get_object(),
        nothing.get_json_string(),
    ):
        assert not value
        assert error is not None


def test_a_bool_is_no_int_and_the_unknown_is_a_string() -> None:
    assert Value.from_python(True).get_type() is ValueType.BOOL
    assert Value.from_python((1,)).get_type() is ValueType.ARRAY
    assert Value.from_python({1: 2}).to_python() == {"1": 2}
    assert Value.from_python(ValueError("odd")).get_string() == ("odd", None)
    assert repr(Value.from_int(3)) == "Value(INT, 3)"


@pytest.mark.parametrize("buffer", [b"", b"{}", b"[99, 1]", b'[7, "x"]', b"[8, [1]]", b"\xff"])
def test_foreign_bytes_are_refused(buffer: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any sentence will do
        deserialize_from_buffer(buffer)
