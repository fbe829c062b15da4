"""The surface of a field lies where the field is zero."""

import numpy as np

from tools.assets.isosurface import sample_grid, surface_net
from tools.assets.surface import triangulate, unit_rows, vertex_normals


def test_a_ball_becomes_a_sphere_that_faces_outwards() -> None:
    places = np.mgrid[0:20, 0:20, 0:20].astype(float) - 9.5
    vertices, quads = surface_net(7 - np.sqrt((places**2).sum(0)))
    from_centre = vertices - 9.5
    radius = np.linalg.norm(from_centre, axis=1)
    assert radius.min() > 6.9
    assert radius.max() < 7.1
    normals = vertex_normals(vertices, triangulate(quads))
    assert (normals * unit_rows(from_centre)).sum(1).min() > 0.99


def test_the_surface_is_closed() -> None:
    rng = np.random.default_rng(3)
    field = np.full((9, 9, 9), -1.0)
    field[2:7, 2:7, 2:7] = rng.normal(size=(5, 5, 5))
    _, quads = surface_net(field)
    starts = quads.reshape(-1)
    ends = np.roll(quads, -1, 1).reshape(-1)
    there = sorted(zip(starts.tolist(), ends.tolist(), strict=True))
    back = sorted(zip(ends.tolist(), starts.tolist(), strict=True))
    assert there == back


def test_a_field_is_sampled_linearly() -> None:
    x, y, z = np.mgrid[0:4, 0:4, 0:4].astype(float)
    points = np.random.default_rng(4).random((10, 3)) * 3
    expected = points @ [2.0, -1.0, 0.5]
    np.testing.assert_allclose(sample_grid(2 * x - y + 0.5 * z, points), expected)
