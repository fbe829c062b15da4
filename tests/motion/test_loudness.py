"""What counts as loud, and as a pause."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from avamotion.media import FloatArray
from avamotion.motion.feature import N_FEATURES
from avamotion.motion.loudness import listen, loudness_at_start


def hops(*levels: float) -> FloatArray:
    """Make features of given mean log-mel, (1, T, 80)."""
    return np.repeat(np.array(levels, dtype=np.float32)[None, :, None], N_FEATURES, axis=2)


# No two are exactly as far apart as quiet is from speech: rounding may decide such a tie.
LEVELS = st.lists(st.sampled_from([-13.3, -9.9, -7.2, -3.1, -0.4]), min_size=1, max_size=60)


@given(LEVELS, st.integers(0, 60))
def test_cutting_the_stream_changes_nothing(levels: list[float], cut: int) -> None:
    features = hops(*levels)
    loudness, pauses, _ = listen(features, loudness_at_start(1))
    head = listen(features[:, :cut], loudness_at_start(1))
    tail = listen(features[:, cut:], head[2])
    np.testing.assert_allclose(np.concatenate([head[0], tail[0]], axis=1), loudness, atol=1e-6)
    np.testing.assert_array_equal(np.concatenate([head[1], tail[1]], axis=1), pauses)


def test_normal_peaks_are_one_and_silence_is_zero() -> None:
    loudness, _, _ = listen(hops(-14, -9, -2, 10), loudness_at_start(1))
    np.testing.assert_allclose(loudness, [[0, 0, 1, 1.3]], atol=1e-6)


def test_a_long_quiet_is_a_pause_and_a_short_one_is_not() -> None:
    speech, quiet = [-3.0] * 20, [-13.0]
    _, pauses, _ = listen(hops(*speech, *quiet * 8, *speech), loudness_at_start(1))
    assert not pauses.any()
    _, pauses, _ = listen(hops(*speech, *quiet * 30, *speech), loudness_at_start(1))
    first = int(pauses[0].argmax())
    assert 20 + 10 < first <= 20 + 14
    assert pauses[0, first:50].all()
    assert not pauses[0, 50:].any()


def test_speech_in_noise_does_not_pause() -> None:
    _, pauses, _ = listen(hops(*[-3.0] * 20, *[-8.0] * 60), loudness_at_start(1))
    assert not pauses.any()
