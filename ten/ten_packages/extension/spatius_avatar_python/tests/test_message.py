"""R1, R8: messages of any shape are read without a crash."""

import pytest
from spatius_avatar_python.message import frame_data, read_signal
from spatius_avatar_python.turn import EndReason, TurnKey
from ten_runtime import AudioFrame, Data


def new_data(body: str) -> Data:
    data = Data.create("tts_audio_end")
    assert data.set_property_from_json(None, body) is None
    return data


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("1", EndReason.REQUEST_END),
        ("2", EndReason.INTERRUPTED),
        ('"2"', EndReason.INTERRUPTED),
        ("3", EndReason.ERROR),
        ("9", EndReason.REQUEST_END),
        ("null", EndReason.REQUEST_END),
        ('"soon"', EndReason.REQUEST_END),
        ("{}", EndReason.REQUEST_END),
    ],
)
def test_the_reason_is_read_in_any_form(value: str, reason: EndReason) -> None:
    """R1."""
    assert read_signal(new_data(f'{{"reason": {value}}}')).reason is reason


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ("{}", TurnKey()),
        ('{"request_id": "r"}', TurnKey(None, "r")),
        ('{"request_id": "r", "metadata": {"turn_id": 7}}', TurnKey("7", "r")),
        ('{"metadata": {"turn_id": 0}}', TurnKey("0", None)),
        ('{"metadata": {"request_id": "in"}, "request_id": "out"}', TurnKey(None, "in")),
        ('{"metadata": "{\\"turn_id\\": 7}"}', TurnKey("7", None)),
        ('{"metadata": "no JSON"}', TurnKey()),
        ('{"metadata": [1]}', TurnKey()),
        ('{"metadata": null, "request_id": ""}', TurnKey()),
    ],
)
def test_the_turn_is_named_by_what_is_there(body: str, key: TurnKey) -> None:
    """R2."""
    assert read_signal(new_data(body)).key == key


def test_a_frame_without_a_buffer_has_no_data() -> None:
    """R8: the runtimes differ in how they say so."""

    class Bufferless(AudioFrame):
        def get_buf(self) -> bytearray:
            raise SystemError("Failed to get buffer.")

    assert frame_data(Bufferless.create("pcm_frame")) == b""
    assert frame_data(AudioFrame.create("pcm_frame")) == b""
