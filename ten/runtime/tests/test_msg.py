"""Messages: tuples, exceptions, ownership, JSON (A2, A3, A4)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ten_runtime import (
    AudioFrame,
    Cmd,
    CmdResult,
    Data,
    Loc,
    StartGraphCmd,
    StatusCode,
    TenError,
    TenErrorCode,
    VideoFrame,
)
from ten_runtime.msg import Msg

KINDS: list[type[Cmd] | type[Data] | type[AudioFrame] | type[VideoFrame]] = [
    Cmd,
    Data,
    AudioFrame,
    VideoFrame,
]

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text()
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


def code(error: TenError | None) -> int | None:
    return None if error is None else error.error_code()


@pytest.mark.parametrize("kind", KINDS)
def test_messages_are_made_by_create_only(kind: type[Msg]) -> None:
    with pytest.raises(NotImplementedError, match=f"Use {kind.__name__}.create instead."):
        kind("name")


@pytest.mark.parametrize("kind", KINDS)
def test_create_keeps_the_type_of_a_subclass(kind: type[Msg]) -> None:
    own: Any = type("Own", (kind,), {})
    assert type(own.create("x")) is own
    assert type(own.create("x").clone()) is own
    assert own.create("x").get_name() == "x"


def test_an_error_is_a_value_with_a_plain_int_for_a_code() -> None:
    error = TenError.create(TenErrorCode.ErrorCodeTimeout, "late")
    assert type(error.error_code()) is int
    assert error.error_code() == 8
    assert "error_code: 8" in str(error)
    assert "late" in str(error)
    assert TenError.create(TenErrorCode.ErrorCodeGeneric).error_message() == ""
    assert not issubclass(TenError, BaseException)
    with pytest.raises(NotImplementedError):
        TenError(1, "no")


def test_typed_properties_come_back_as_they_were_set() -> None:
    msg = Data.create("d")
    assert msg.set_property_int("i", 2**63 - 1) is None
    assert msg.set_property_string("s", '{"a":1}') is None
    assert msg.set_property_bool("b", True) is None
    assert msg.set_property_float("f", 1) is None
    assert msg.set_property_buf("raw", b"\x00\x01") is None
    assert msg.get_property_int("i") == (2**63 - 1, None)
    assert msg.get_property_string("s") == ('{"a":1}', None)
    assert msg.get_property_bool("b") == (True, None)
    assert msg.get_property_float("f") == (1.0, None)
    assert msg.get_property_buf("raw") == (bytearray(b"\x00\x01"), None)


def test_nothing_is_coerced_when_it_is_read() -> None:
    msg = Data.create("d")
    msg.set_property_from_json(None, '{"i": 1, "f": 1.0, "s": "1", "b": true}')
    assert code(msg.get_property_float("i")[1]) == 1
    assert code(msg.get_property_int("f")[1]) == 1
    assert code(msg.get_property_bool("i")[1]) == 1
    assert code(msg.get_property_int("b")[1]) == 1
    value, error = msg.get_property_int("s")
    assert value == 0
    assert error is not None
    assert error.error_message() == "The conversion from string to uint32 is unfit."
    value_of_string, error = msg.get_property_string("i")
    assert value_of_string == ""
    assert code(error) == 3
    assert error is not None
    assert error.error_message() == "Value is not string."


def test_a_missing_property_is_a_zero_value_and_an_error_that_names_the_path() -> None:
    msg = Data.create("d")
    for value, error in (
        msg.get_property_int("a.b"),
        msg.get_property_string("a.b"),
        msg.get_property_bool("a.b"),
        msg.get_property_float("a.b"),
        msg.get_property_buf("a.b"),
        msg.get_property_to_json("a.b"),
    ):
        assert not value
        assert code(error) == 100000
        assert error is not None
        assert error.error_message() == "Failed to find value: a.b"


def test_wrong_python_types_are_raised() -> None:
    msg: Any = Data.create("d")
    calls: list[Callable[[], object]] = [
        lambda: msg.set_property_int("a", "x"),
        lambda: msg.set_property_int("a", 1.5),
        lambda: msg.set_property_int("a", 2**63),
        lambda: msg.set_property_string("a", 1),
        lambda: msg.set_property_bool("a", "x"),
        lambda: msg.set_property_float("a", "x"),
        lambda: msg.set_property_buf("a", "x"),
        lambda: msg.set_property_buf("a", b""),
    ]
    for call in calls:
        with pytest.raises(ValueError):  # noqa: PT011 - any sentence will do
            call()


class Number:
    """What numpy's scalars look like from here."""

    def __index__(self) -> int:
        return 7

    def __float__(self) -> float:
        return 7.5


def test_numbers_of_other_libraries_are_numbers() -> None:
    msg: Any = Data.create("d")
    assert msg.set_property_int("i", Number()) is None
    assert msg.set_property_float("f", Number()) is None
    assert msg.get_property_int("i") == (7, None)
    assert msg.get_property_float("f") == (7.5, None)


def test_json_is_pretty_in_order_and_not_escaped() -> None:
    msg = Cmd.create("c")
    assert msg.get_property_to_json() == ("{}", None)
    msg.set_property_from_json(None, '{"z":"ü","a":{"n":1,"f":1.0,"e":{},"l":[null]}}')
    text, _ = msg.get_property_to_json()
    assert text == (
        '{\n    "z": "ü",\n    "a": {\n        "n": 1,\n        "f": 1.0,\n'
        '        "e": {},\n        "l": [\n            null\n        ]\n    }\n}'
    )
    assert msg.get_property_to_json("") == (text, None)
    assert msg.get_property_to_json("z") == ('"ü"', None)
    assert msg.get_property_to_json("a.f") == ("1.0", None)
    assert msg.get_property_to_json("a.l[0]") == ("null", None)


def test_a_buffer_is_null_in_json() -> None:
    msg = Data.create("d")
    msg.set_property_buf("raw", b"x")
    assert json.loads(msg.get_property_to_json()[0]) == {"raw": None}


def test_setting_the_root_replaces_everything_and_takes_only_an_object() -> None:
    msg = Data.create("d")
    msg.set_property_int("old", 1)
    assert code(msg.set_property_from_json(None, "[1]")) == 2
    assert code(msg.set_property_from_json("", "{")) == 2
    assert msg.get_property_int("old") == (1, None)
    assert msg.set_property_from_json("", '{"new": 2}') is None
    assert msg.get_property_to_json() == ('{\n    "new": 2\n}', None)


@given(st.dictionaries(st.text(), JSON, max_size=5))
def test_json_goes_in_and_comes_out_unchanged(values: dict[str, Any]) -> None:
    msg = Data.create("d")
    assert msg.set_property_from_json(None, json.dumps(values)) is None
    assert json.loads(msg.get_property_to_json()[0]) == values


def test_built_in_fields_are_properties_under_ten() -> None:
    frame = AudioFrame.create("pcm_frame")
    frame.set_sample_rate(16000)
    assert frame.get_property_string("ten.name") == ("pcm_frame", None)
    assert frame.get_property_int("ten.sample_rate") == (16000, None)
    assert frame.set_property_string("ten.name", "other") is None
    assert frame.get_name() == "other"
    assert code(frame.set_property_string("ten.sample_rate", "x")) == 3
    assert code(frame.get_property_int("ten.nothing")[1]) == 100000
    assert frame.get_property_to_json() == ("{}", None)


def test_destinations_need_an_app_and_a_graph() -> None:
    cmd = Cmd.create("c")
    assert cmd.set_dests([Loc("", "", "avatar"), Loc("")]) is None
    assert code(cmd.set_dests([Loc(None, "", "x")])) == 3
    assert code(cmd.set_dests([Loc("", None, "x")])) == 3
    assert cmd.set_dests([]) is None


def test_an_unsent_message_comes_from_nowhere() -> None:
    source = Data.create("d").get_source()
    assert (source.app_uri, source.graph_id, source.extension_name) == (None, None, None)


def test_a_copy_is_independent() -> None:
    data = Data.create("d")
    data.set_property_from_json("list", "[1]")
    data.alloc_buf(2)
    twin = data.clone()
    twin.set_property_int("list[0]", 2)
    view = twin.lock_buf()
    view[:] = b"ab"
    assert data.get_property_int("list[0]") == (1, None)
    assert data.get_buf() == b"\0\0"
    assert twin.get_name() == "d"


def test_a_result_is_final_not_completed_and_named_like_its_command() -> None:
    cmd = Cmd.create("ask")
    result = CmdResult.create(StatusCode.ERROR, cmd)
    assert result.get_name() == "ask"
    assert result.get_status_code() is StatusCode.ERROR
    assert (result.is_final(), result.is_completed()) == (True, False)
    result.set_final(False)
    assert result.is_final() is False
    assert result.clone().is_final() is False


def test_a_start_graph_command_is_a_command() -> None:
    cmd = StartGraphCmd.create()
    assert isinstance(cmd, Cmd)
    assert cmd.set_predefined_graph_name("g") is True
    assert cmd.set_graph_from_json("{}") is True
    assert cmd.set_sync_stop_before_deinit(True) is True
