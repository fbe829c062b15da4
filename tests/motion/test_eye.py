"""When eyes blink and where they look."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from avamotion.motion.eye import Blinker, urges
from avamotion.motion.idle import CHANCE, GAZE, N_COLUMNS, STEADY, SWAY, IdleTrack

MINUTE_FRAMES = 50 * 60


def blinks_per_minute(*, speaking: bool, minutes: int = 20) -> float:
    n_frames = minutes * MINUTE_FRAMES
    chances = np.random.default_rng(1).random((1, n_frames), dtype=np.float32)
    voices = np.full_like(chances, speaking)
    blinker = Blinker()
    lids = [blinker.advance(urge=urge) for urge in urges(chances, voices, np.ones_like(chances))[0]]
    closed = np.array(lids) > 0.9
    return float((np.diff(closed.astype(int)) == 1).sum() / minutes)


def test_eyes_blink_as_often_as_people_do() -> None:
    assert 7 < blinks_per_minute(speaking=True) < 12
    assert 14 < blinks_per_minute(speaking=False) < 25


def test_no_blink_begins_in_a_saccade() -> None:
    steady = np.array([[1, 0, 1]], dtype=np.float32)
    luck, silence = np.zeros_like(steady), np.zeros_like(steady)
    assert urges(luck, silence, steady).tolist() == [[True, False, True]]


def test_waiting_is_as_good_as_frames_without_an_urge() -> None:
    patient, watched = Blinker(), Blinker()
    patient.wait(100)
    assert not any(watched.advance(urge=False) for _ in range(100))
    lids = [[blinker.advance(urge=True) for _ in range(40)] for blinker in (patient, watched)]
    assert lids[0] == lids[1]
    assert max(lids[0]) == 1.0
    assert not patient.blinking  # it rests after one blink


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(1, 16), min_size=30, max_size=60))
def test_a_track_is_the_same_however_it_is_read(lengths: list[int]) -> None:
    whole = IdleTrack(np.random.default_rng(3))
    reference = np.concatenate([whole.rows(k * 50, 50) for k in range(20)])
    track = IdleTrack(np.random.default_rng(3))
    start = 0
    for n_frames in lengths:
        np.testing.assert_array_equal(
            track.rows(start, n_frames), reference[start : start + n_frames]
        )
        start += n_frames


def test_idle_motion_is_small_smooth_and_never_still() -> None:
    track = IdleTrack(np.random.default_rng(5))
    rows = np.concatenate([track.rows(k * 50, 50) for k in range(120)])
    assert rows.shape == (6000, N_COLUMNS)
    sway = np.degrees(rows[:, SWAY])
    assert np.abs(sway).max() < 8
    assert (sway.std(axis=0) > 0.3).all()
    assert np.abs(np.diff(sway, axis=0)).max() * 50 < 25  # degrees per second
    gaze = np.degrees(rows[:, GAZE])
    assert np.abs(gaze).max() < 6
    moving = np.abs(np.diff(gaze, axis=0)).max(axis=1) > 1e-6
    assert not rows[1:, STEADY][moving].any()
    fixations = int((np.diff(rows[:, STEADY]) == 1).sum())
    assert 50 < fixations < 200  # in two minutes
    assert 0 <= rows[:, CHANCE].min() <= rows[:, CHANCE].max() < 1
