"""Noise is bounded, smooth and the same every time."""

import numpy as np

from tools.assets.noise import fbm, mix, value_noise

POINTS = np.random.default_rng(6).normal(size=(2000, 3)) * 10


def test_noise_is_bounded_and_uses_its_range() -> None:
    noise = value_noise(POINTS, 3.0, 1)
    assert np.abs(noise).max() <= 1
    assert noise.std() > 0.2
    assert abs(noise.mean()) < 0.05


def test_near_points_have_near_values() -> None:
    moved = POINTS + 1e-4
    assert np.abs(value_noise(moved, 3.0, 1) - value_noise(POINTS, 3.0, 1)).max() < 0.01


def test_seeds_differ_and_repeat() -> None:
    a, b = value_noise(POINTS, 3.0, 1), value_noise(POINTS, 3.0, 2)
    assert np.abs(np.corrcoef(a, b)[0, 1]) < 0.1
    np.testing.assert_array_equal(fbm(POINTS, 2.0, 3, 4), fbm(POINTS, 2.0, 3, 4))


def test_mixing_goes_from_one_colour_to_the_other() -> None:
    base = np.zeros((2, 3))
    np.testing.assert_array_equal(
        mix(base, (1, 0.5, 0), np.array([0.0, 1.0])), [[0, 0, 0], [1, 0.5, 0]]
    )
