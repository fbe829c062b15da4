"""Silence before the first word."""

import numpy as np
import pytest
from hibari_tts_python.silence import trim_lead


def pcm(n_silent: int, n_loud: int) -> bytes:
    return np.concatenate([np.zeros(n_silent), np.full(n_loud, -900)]).astype("<i2").tobytes()


@pytest.mark.parametrize(("n_silent", "left"), [(500, 100), (100, 100), (60, 60), (0, 0)])
def test_no_more_silence_than_wanted_stays_and_no_sound_is_lost(n_silent: int, left: int) -> None:
    assert trim_lead(pcm(n_silent, 50), keep_samples=100) == pcm(left, 50)


def test_silence_alone_stays_as_it_is() -> None:
    assert trim_lead(pcm(500, 0), keep_samples=100) == pcm(500, 0)
    assert trim_lead(b"", keep_samples=100) == b""
