"""R8: resampling on request."""

import math
from array import array

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spatius_avatar_python.resample import Resampler

RATES = [(16000, 24000), (44100, 24000), (48000, 24000), (22050, 24000), (8000, 24000)]


def tone(rate_hz: int, frequency_hz: float, seconds: float, level: float = 0.5) -> "array[int]":
    n_samples = round(rate_hz * seconds)
    step = 2 * math.pi * frequency_hz / rate_hz
    return array("h", (round(32767 * level * math.sin(step * n)) for n in range(n_samples)))


def convert(from_hz: int, to_hz: int, samples: "array[int]") -> "array[int]":
    resampler = Resampler(from_hz, to_hz)
    return array("h", resampler.process(samples.tobytes()) + resampler.finish())


def rms(samples: "array[int]") -> float:
    return math.sqrt(sum(sample * sample for sample in samples) / len(samples))


@pytest.mark.parametrize(("from_hz", "to_hz"), RATES)
def test_a_tone_keeps_its_pitch_level_and_place(from_hz: int, to_hz: int) -> None:
    """R8: equal to the same tone made at the other rate, to better than 50 dB."""
    converted = convert(from_hz, to_hz, tone(from_hz, 1000, 0.1))
    wanted = tone(to_hz, 1000, 0.1)
    assert len(converted) == len(wanted)
    middle = slice(len(wanted) // 4, 3 * len(wanted) // 4)
    errors = array("h", (a - b for a, b in zip(converted[middle], wanted[middle], strict=True)))
    assert rms(errors) < rms(wanted[middle]) / 300


def test_what_the_lower_rate_cannot_hold_does_not_fold_back() -> None:
    """R8."""
    converted = convert(48000, 16000, tone(48000, 11000, 0.1))
    middle = converted[len(converted) // 4 : 3 * len(converted) // 4]
    assert rms(middle) < rms(tone(48000, 11000, 0.1)) / 300


def test_full_scale_does_not_wrap_around() -> None:
    square = array("h", ([32767] * 40 + [-32768] * 40) * 10)
    converted = convert(16000, 24000, square)
    for index in range(60, 1100, 120):
        assert converted[index - 30] > 30000
        assert converted[index + 30] < -30000


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 400), max_size=5), st.sampled_from(RATES))
def test_cutting_the_stream_anywhere_changes_nothing(
    cuts: list[int], rates: tuple[int, int]
) -> None:
    """R8."""
    samples = tone(rates[0], 700, 400 / rates[0])
    resampler = Resampler(*rates)
    output = b""
    start = 0
    for cut in [*sorted(cuts), 400]:
        output += resampler.process(samples[start:cut].tobytes())
        start = cut
    assert output + resampler.finish() == convert(*rates, samples).tobytes()
