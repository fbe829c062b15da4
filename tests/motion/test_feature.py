"""Laws of the features."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avamotion.media import FloatArray
from avamotion.motion.feature import CONTEXT_SAMPLES, HOP_SAMPLES, log_mel


def noise(n_hops: int, seed: int = 0) -> FloatArray:
    rng = np.random.default_rng(seed)
    return rng.normal(0, 0.1, (1, CONTEXT_SAMPLES + n_hops * HOP_SAMPLES)).astype(np.float32)


@given(st.integers(0, 12), st.integers(0, 12))
def test_cutting_at_a_hop_changes_nothing(before: int, after: int) -> None:
    sound = noise(before + after)
    cut = before * HOP_SAMPLES
    halves = [log_mel(sound[:, : CONTEXT_SAMPLES + cut]), log_mel(sound[:, cut:])]
    np.testing.assert_allclose(np.concatenate(halves, axis=1), log_mel(sound), atol=1e-5)


def test_a_tone_is_loudest_in_its_own_band() -> None:
    time_s = np.arange(CONTEXT_SAMPLES + 5 * HOP_SAMPLES) / 16_000
    loudest = []
    for frequency_hz in (200, 500, 1000, 2000, 4000, 7000):
        tone = np.sin(2 * np.pi * frequency_hz * time_s).astype(np.float32)
        loudest.append(int(log_mel(tone[None])[0, 2, :40].argmax()))
    assert loudest == sorted(set(loudest))
    assert loudest[0] < 8
    assert loudest[-1] > 35


@pytest.mark.parametrize("offset", [-0.5, 0.01, 0.9])
def test_an_offset_is_not_heard(offset: float) -> None:
    sound = noise(6)
    np.testing.assert_allclose(log_mel(sound + np.float32(offset)), log_mel(sound), atol=0.05)


def test_ten_times_the_amplitude_is_a_constant_more() -> None:
    sound = noise(4)
    difference = log_mel(10 * sound) - log_mel(sound)
    np.testing.assert_allclose(difference, np.log(100), atol=0.01)


def test_a_part_of_a_hop_is_refused() -> None:
    with pytest.raises(ValueError, match="whole hops"):
        log_mel(np.zeros((1, CONTEXT_SAMPLES + HOP_SAMPLES - 1), dtype=np.float32))
    with pytest.raises(ValueError, match="whole hops"):
        log_mel(np.zeros((1, CONTEXT_SAMPLES - 1), dtype=np.float32))
