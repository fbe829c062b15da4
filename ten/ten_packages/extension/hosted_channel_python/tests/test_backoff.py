"""How long to wait before trying again."""

import random

from hosted_channel_python.backoff import Backoff
from hypothesis import given
from hypothesis import strategies as st


@given(st.integers(0, 2**32), st.integers(1, 2000))
def test_waits_double_up_to_the_limit_and_a_success_starts_anew(seed: int, n: int) -> None:
    backoff = Backoff(first_s=0.25, limit_s=5.0, rng=random.Random(seed))
    for nominal_s in [0.25, 0.5, 1.0, 2.0, 4.0, *[5.0] * n]:
        assert nominal_s / 2 <= backoff.next_s() <= nominal_s
    backoff.reset()
    assert backoff.next_s() <= 0.25
