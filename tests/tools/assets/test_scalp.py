"""A hairline has hair above and skin below it."""

import numpy as np
import pytest

from tools.assets.scalp import Hairline, scalp_height

CROWN = [0.0, 8.4, 0.1]
CHIN = [0.0, 6.2, 1.3]
NAPE = [0.0, 7.2, -0.5]
NECK = [0.0, 6.0, -0.3]


@pytest.mark.parametrize(
    ("place", "hairy"), [(CROWN, True), (NAPE, True), (CHIN, False), (NECK, False)]
)
def test_hair_grows_where_it_should(place: list[float], hairy: bool) -> None:
    assert (scalp_height(np.array(place), Hairline()) > 0) == hairy


def test_left_and_right_are_alike() -> None:
    points = np.random.default_rng(7).normal(size=(50, 3)) + np.array([0, 7.4, 0.2])
    mirrored = points * [-1, 1, 1]
    np.testing.assert_allclose(scalp_height(points, Hairline()), scalp_height(mirrored, Hairline()))


def test_a_raised_hairline_bares_the_forehead_and_leaves_the_nape() -> None:
    forehead, nape = np.array([0.0, 7.98, 1.2]), np.array(NAPE)
    line = Hairline()
    assert scalp_height(forehead, line.raised(10)) < scalp_height(forehead, line)
    assert scalp_height(nape, line.raised(10)) == scalp_height(nape, line)
