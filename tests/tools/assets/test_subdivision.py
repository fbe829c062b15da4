"""Catmull-Clark is a matrix with laws."""

import numpy as np
import pytest

from tools.assets.array import IntArray
from tools.assets.subdivision import catmull_clark, subdivide_corners


def grid(n: int) -> IntArray:
    """Return the quads of an n by n sheet."""
    a = (np.arange(n)[:, None] * (n + 1) + np.arange(n)).reshape(-1)
    return np.stack([a, a + 1, a + n + 2, a + n + 1], 1)


CUBE = np.array(
    [[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]]
)


@pytest.mark.parametrize(("faces", "n_vertices"), [(grid(3), 16), (CUBE, 8)])
def test_every_new_vertex_is_a_mean_of_old_ones(faces: IntArray, n_vertices: int) -> None:
    matrix, _ = catmull_clark(faces, n_vertices)
    np.testing.assert_allclose(matrix.sum(1), 1.0, atol=1e-12)
    assert matrix.min() >= 0


def test_a_closed_mesh_keeps_its_euler_characteristic() -> None:
    matrix, faces = catmull_clark(CUBE, 8)
    edges = {tuple(sorted((f[i], f[(i + 1) % 4]))) for f in faces.tolist() for i in range(4)}
    assert matrix.shape[0] - len(edges) + len(faces) == 2


def test_a_flat_sheet_stays_flat_and_keeps_its_corners_in_reach() -> None:
    points = np.array([[x, y, 0.0] for x in range(4) for y in range(4)], dtype=float)
    matrix, faces = catmull_clark(grid(3), 16)
    refined = matrix @ points
    assert faces.shape == (36, 4)
    assert np.abs(refined[:, 2]).max() == 0
    assert refined[:, :2].min() >= 0
    assert refined[:, :2].max() <= 3


def test_a_displacement_refines_like_the_mesh_it_moves() -> None:
    rng = np.random.default_rng(1)
    points, moved = rng.normal(size=(8, 3)), rng.normal(size=(8, 3))
    matrix, _ = catmull_clark(CUBE, 8)
    np.testing.assert_allclose(matrix @ (points + moved) - matrix @ points, matrix @ moved)


def test_texture_corners_meet_at_the_middle_of_the_face() -> None:
    corners = np.array([[[0, 0], [1, 0], [1, 1], [0, 1]]], dtype=float)
    refined = subdivide_corners(corners)
    assert refined.shape == (4, 4, 2)
    np.testing.assert_array_equal(refined[:, 2], np.full((4, 2), 0.5))
    np.testing.assert_array_equal(refined[:, 0], corners[0])
