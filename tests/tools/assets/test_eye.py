"""An eye is a ball."""

import numpy as np

from tools.assets.eye import fit_eye, iris_texture
from tools.assets.surface import unit_rows


def test_a_ball_is_found_from_a_part_of_its_surface() -> None:
    rng = np.random.default_rng(1)
    centre = np.array([0.3, 7.2, 1.1])
    directions = unit_rows(rng.normal(size=(40, 3)) + np.array([0, 0, 1.5]))
    sphere = fit_eye(centre + 0.15 * directions)
    np.testing.assert_allclose(sphere.centre, centre, atol=1e-9)
    assert abs(sphere.radius - 0.15) < 1e-9


def test_the_pupil_is_dark_and_the_white_is_light() -> None:
    picture = np.asarray(iris_texture((0.4, 0.3, 0.2), (0.2, 0.1, 0.1), 128), dtype=float)
    assert picture[62:66, 62:66].max() < 30
    assert picture[64, 20].min() > 120
