"""Sound that waits is neither lost nor reordered."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avamotion.errors import AudioError
from avamotion.server.sound import SampleQueue, SoundQueue


@given(
    st.lists(st.binary(max_size=60).map(lambda b: b[: len(b) // 2 * 2]), max_size=10),
    st.lists(st.floats(0, 0.02), min_size=1, max_size=10),
)
def test_pcm_comes_out_as_it_went_in_however_it_is_cut(
    pieces: list[bytes], seconds: list[float]
) -> None:
    queue = SoundQueue(pcm_bytes_per_s=2000)
    for piece in pieces:
        queue.append(piece, now=1.0)
    assert queue.seconds == pytest.approx(sum(map(len, pieces)) / 2000)
    taken = b""
    for wanted_s in (*seconds, 10.0):
        data, taken_s, _ = queue.take(wanted_s)
        assert taken_s == sum(map(len, data)) / 2000 <= wanted_s + 0.001
        assert not sum(map(len, data)) % 2
        taken += b"".join(data)
    assert taken == b"".join(pieces)
    assert queue.seconds == 0


def test_what_was_taken_knows_when_its_newest_piece_came() -> None:
    queue = SoundQueue(pcm_bytes_per_s=100)
    queue.append(bytes(10), now=1.0)
    queue.append(bytes(10), now=2.0)
    assert queue.take(0.06)[2] == 1.0
    assert queue.take(0.06)[2] == 2.0
    assert queue.take(0.10)[2] == 2.0
    assert queue.take(0.06) == ([], 0.0, 0.0)


def test_half_a_sample_is_refused_at_once() -> None:
    with pytest.raises(AudioError, match="even number"):
        SoundQueue(pcm_bytes_per_s=48000).append(b"abc", now=0)
    SoundQueue(pcm_bytes_per_s=None).append(b"abc", now=0)


@given(st.lists(st.integers(0, 9), max_size=8), st.integers(0, 40), st.integers(1, 5))
def test_samples_come_out_in_order_and_in_multiples(
    sizes: list[int], at_most: int, multiple: int
) -> None:
    queue = SampleQueue()
    whole = np.arange(sum(sizes), dtype=np.float32)
    for piece in np.split(whole, np.cumsum(sizes)[:-1]) if sizes else []:
        queue.append(piece)
    first = queue.take(at_most, multiple=multiple)
    assert len(first) == min(at_most, len(whole)) // multiple * multiple
    rest = queue.take(queue.n_samples)
    np.testing.assert_array_equal(np.concatenate([first, rest]), whole)
