"""Resampling: cutting anywhere changes nothing, and nothing moves in time."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avamotion.audio.resample import Resampler
from avamotion.media import FloatArray

RATES_HZ = [8000, 12000, 16000, 22050, 24000, 32000, 44100, 48000]


def tone(rate_hz: int, seconds: float = 0.3) -> FloatArray:
    time = np.arange(int(rate_hz * seconds)) / rate_hz
    return np.sin(2 * np.pi * 440 * time).astype(np.float32)


@pytest.mark.parametrize("from_hz", RATES_HZ)
@pytest.mark.parametrize("to_hz", [16000, 24000])
def test_a_tone_stays_where_it_was(from_hz: int, to_hz: int) -> None:
    resampler = Resampler(from_hz, to_hz)
    got = np.concatenate([resampler.convert(tone(from_hz)), resampler.finish()])
    want = tone(to_hz)
    assert abs(len(got) - len(want)) <= 1
    inner = slice(to_hz // 50, len(want) - to_hz // 50)  # the ends ring
    np.testing.assert_allclose(got[inner], want[inner], atol=1e-3)


@settings(deadline=None)
@given(st.sampled_from(RATES_HZ), st.lists(st.integers(0, 2400), max_size=5))
def test_cutting_the_stream_changes_nothing(rate_hz: int, cuts: list[int]) -> None:
    samples = tone(rate_hz)
    whole = Resampler(rate_hz, 16000)
    expected = np.concatenate([whole.convert(samples), whole.finish()])
    pieces = np.split(samples, sorted(cuts))
    cut = Resampler(rate_hz, 16000)
    got = np.concatenate([*(cut.convert(piece) for piece in pieces), cut.finish()])
    np.testing.assert_array_equal(got, expected)


def test_little_stays_inside() -> None:
    assert len(Resampler(24000, 16000).convert(tone(24000, 0.02))) >= 320 - 32
