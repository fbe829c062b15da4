"""Inertia, written out for many hops at once."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from avamotion.motion.recurrence import ease, recur

HOPS = st.integers(1, 16)


@given(HOPS, st.floats(0.01, 1), st.integers(0, 100))
def test_easing_goes_a_share_of_the_way_at_every_hop(n_hops: int, rate: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    goals = rng.random((3, n_hops), dtype=np.float32)
    value = start = rng.random(3, dtype=np.float32)
    for hop, now in enumerate(ease(goals, start, rate).T):
        value = value + (goals[:, hop] - value) * np.float32(rate)
        np.testing.assert_allclose(now, value, atol=1e-5)


@given(HOPS, st.integers(0, 100))
def test_a_recurrence_may_be_cut_anywhere(n_hops: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    keep, push = rng.random((2, 3, n_hops, 4), dtype=np.float32)
    start = rng.random((3, 4), dtype=np.float32)
    whole = recur(keep, push, start)
    cut = n_hops // 2 + 1
    head = recur(keep[:, :cut], push[:, :cut], start)
    tail = recur(keep[:, cut:], push[:, cut:], head[:, -1])
    np.testing.assert_array_equal(np.concatenate([head, tail], axis=1), whole)
    np.testing.assert_allclose(whole[:, 0], keep[:, 0] * start + push[:, 0], rtol=1e-6)
