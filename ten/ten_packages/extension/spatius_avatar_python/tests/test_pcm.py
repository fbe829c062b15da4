"""R8: what audio is accepted, and samples that were cut in half."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spatius_avatar_python.pcm import AudioShape, SampleAligner
from spatius_avatar_python.turn import Turn, TurnKey


@pytest.mark.parametrize(
    ("shape", "complaint"),
    [
        (AudioShape(16000, 2, 1), "a sample rate of 16000 Hz but 24000 is configured"),
        (AudioShape(24000, 4, 1), "4 bytes per sample"),
        (AudioShape(24000, 2, 2), "2 channels: send mono"),
        (AudioShape(0, 2, 1), "does not say its sample rate"),
    ],
)
def test_audio_that_would_sound_wrong_is_refused(shape: AudioShape, complaint: str) -> None:
    """R8."""
    assert complaint in shape.problem(sample_rate_hz=24000, resample=False)


@pytest.mark.parametrize("shape", [AudioShape(24000, 2, 1), AudioShape(24000)])
def test_mono_s16_at_the_configured_rate_is_accepted(shape: AudioShape) -> None:
    """R8: what the sender leaves out is taken to be right."""
    assert shape.problem(sample_rate_hz=24000, resample=False) == ""


def test_another_rate_is_accepted_where_it_is_converted() -> None:
    """R8."""
    assert AudioShape(44100, 2, 1).problem(sample_rate_hz=24000, resample=True) == ""
    assert AudioShape(44100, 2, 2).problem(sample_rate_hz=24000, resample=True) != ""


@given(st.lists(st.binary(max_size=9)))
def test_odd_bytes_are_carried_over(frames: list[bytes]) -> None:
    """R8: however a stream is cut, the same whole samples come out."""
    aligner, turn = SampleAligner(), Turn(1, TurnKey())
    pieces = [aligner.align(turn, frame) for frame in frames]
    whole = b"".join(frames)
    assert b"".join(pieces) == whole[: len(whole) - len(whole) % 2]
    assert all(len(piece) % 2 == 0 for piece in pieces)


def test_an_odd_byte_does_not_shift_the_next_turn() -> None:
    """R8."""
    aligner = SampleAligner()
    aligner.align(Turn(1, TurnKey()), b"\x01\x02\x03")
    assert aligner.align(Turn(2, TurnKey()), b"\x04\x05") == b"\x04\x05"
