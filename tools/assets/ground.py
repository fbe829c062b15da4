"""The ground that hair grows on and lies on.

Shapes: P points, n strands, T triangles.
"""

from typing import Final

import numpy as np
from scipy.spatial import cKDTree  # type: ignore[import-untyped] # it ships no types

from tools.assets.array import FloatArray
from tools.assets.face import Face
from tools.assets.part import Part
from tools.assets.scalp import Hairline, scalp_height
from tools.assets.surface import unit_rows

__all__ = ["Ground", "Roots"]

N_NEAREST: Final = 6
ABOVE_NECK_DM: Final = 6.2


class Roots:
    """Where strands begin.

    Attributes:
        points: On the person, (n, 3).
        normals: (n, 3).
        template: The same places on the template, (n, 3).
        height: Above the hairline, (n,).
    """

    def __init__(
        self, points: FloatArray, normals: FloatArray, template: FloatArray, height: FloatArray
    ) -> None:
        self.points, self.normals = points, unit_rows(normals)
        self.template, self.height = template, height


class Ground:
    """Head, neck and shoulders of a person.

    Args:
        face: The skin.
        cloth: The shirt, which hair does not enter either.
        hairline: Where hair begins.
        ears: 1 on the ears, per vertex of the skin.
    """

    def __init__(self, face: Face, cloth: Part, hairline: Hairline, ears: FloatArray) -> None:
        self._face = face
        height = scalp_height(face.template_points, hairline)
        self._height = np.where(ears > 0.5, -1.0, height)
        self._points = np.concatenate([face.points, cloth.positions])
        self._normals = np.concatenate([face.normals, cloth.normals])
        self._tree = cKDTree(self._points)
        head = face.template_points[:, 1] > ABOVE_NECK_DM
        system = np.column_stack([face.points[head], np.ones(int(head.sum()))])
        self._to_template = np.linalg.lstsq(system, face.template_points[head], rcond=None)[0]

    def to_template(self, points: FloatArray) -> FloatArray:
        """Return where points near the person's head, (…, 3), would be on the template."""
        return np.asarray(points @ self._to_template[:3] + self._to_template[3])

    def above(self, points: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the height of points over the surface, (P,), and its normal there, (P, 3)."""
        distance, index = self._tree.query(points, k=N_NEAREST)
        weight = 1 / (distance + 0.01) ** 2
        weight /= weight.sum(1, keepdims=True)
        normal = unit_rows((self._normals[index] * weight[..., None]).sum(1))
        foot = (self._points[index] * weight[..., None]).sum(1)
        return ((points - foot) * normal).sum(1), normal

    def roots(self, n: int, rng: np.random.Generator, *, least_dm: float = -0.02) -> Roots:
        """Scatter roots evenly over the scalp, at least ``least_dm`` above the hairline."""
        face = self._face
        triangles = face.patch.triangles
        triangles = triangles[(self._height[triangles] > least_dm).all(1)]
        a, b, c = (face.points[triangles[:, k]] for k in range(3))
        area = np.linalg.norm(np.cross(b - a, c - a), axis=1)
        pick = triangles[rng.choice(len(triangles), n, p=area / area.sum())]
        r, q = np.sqrt(rng.random((n, 1))), rng.random((n, 1))

        def blend(values: FloatArray) -> FloatArray:
            corners = values[pick]
            out = (1 - r) * corners[:, 0] + r * (1 - q) * corners[:, 1] + r * q * corners[:, 2]
            return np.asarray(out)

        height = blend(self._height[:, None])[:, 0]
        return Roots(blend(face.points), blend(face.normals), blend(face.template_points), height)
