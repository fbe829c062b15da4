"""Surfaces: patches of the base mesh, normals, smoothing.

Shapes: V vertices of the base mesh, P vertices of a patch, Q quads, T triangles.
"""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp  # type: ignore[import-untyped] # it ships no types

from tools.assets.array import FloatArray, IntArray
from tools.assets.source import Template
from tools.assets.subdivision import catmull_clark, subdivide_corners

__all__ = ["Patch", "cut_patch", "neighbour_mean", "smoothstep", "triangulate", "unit_rows",
           "vertex_normals"]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Patch:
    """Some faces of the base mesh, refined and renumbered.

    Attributes:
        matrix: Takes base-mesh positions (V, 3) to the patch's (P, 3); displacements alike.
        faces: Quads of the patch, (Q, 4).
        corner_uv: Texture coordinates of each face's corners, (Q, 4, 2).
    """

    matrix: sp.csr_matrix
    faces: IntArray
    corner_uv: FloatArray

    def of(self, base: FloatArray) -> FloatArray:
        """Return the patch's values for per-vertex values of the base mesh, (P, D)."""
        return np.asarray(self.matrix @ base)

    @property
    def triangles(self) -> IntArray:
        """Triangles, (2 Q, 3)."""
        return triangulate(self.faces)


def cut_patch(template: Template, selection: IntArray, levels: int) -> Patch:
    """Take faces out of the base mesh and refine them ``levels`` times."""
    faces = template.faces[selection]
    corner_uv = template.uv[template.face_uv[selection]]
    used, inverse = np.unique(faces, return_inverse=True)
    faces = inverse.reshape(faces.shape)
    matrix = sp.csr_matrix(
        (np.ones(len(used)), (np.arange(len(used)), used)),
        shape=(len(used), len(template.vertices)),
    )
    for _ in range(levels):
        step, faces = catmull_clark(faces, matrix.shape[0])
        matrix = (step @ matrix).tocsr()
        corner_uv = subdivide_corners(corner_uv)
    return Patch(matrix, faces, corner_uv)


def triangulate(faces: IntArray) -> IntArray:
    """Split quads (Q, 4) into triangles (2 Q, 3)."""
    return np.concatenate([faces[:, [0, 1, 2]], faces[:, [0, 2, 3]]])


def unit_rows(vectors: FloatArray) -> FloatArray:
    """Return vectors scaled to length 1 along the last axis; zero stays zero."""
    return np.asarray(vectors / (np.linalg.norm(vectors, axis=-1, keepdims=True) + 1e-12))


def vertex_normals(positions: FloatArray, triangles: IntArray) -> FloatArray:
    """Return angle-weighted unit normals, (P, 3)."""
    corners = positions[triangles]
    face = unit_rows(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]))
    out = np.zeros_like(positions)
    for i in range(3):
        a = unit_rows(corners[:, (i + 1) % 3] - corners[:, i])
        b = unit_rows(corners[:, (i + 2) % 3] - corners[:, i])
        angle = np.arccos(np.clip((a * b).sum(1), -1, 1))
        for axis in range(3):
            out[:, axis] += np.bincount(triangles[:, i], face[:, axis] * angle, len(out))
    return unit_rows(out)


def neighbour_mean(triangles: IntArray, n_vertices: int) -> sp.csr_matrix:
    """Return the matrix that replaces each vertex by the mean of its neighbours, (P, P)."""
    start = triangles.reshape(-1)
    end = triangles[:, [1, 2, 0]].reshape(-1)
    links = sp.csr_matrix((np.ones(len(start)), (start, end)), shape=(n_vertices, n_vertices))
    links = ((links + links.T) > 0).astype(float)
    degree = np.maximum(1, np.asarray(links.sum(1)).ravel())
    return (sp.diags(1 / degree) @ links).tocsr()


def smoothstep(low: float, high: float, x: FloatArray) -> FloatArray:
    """Return 0 below ``low``, 1 above ``high`` and a smooth ramp between; either may be larger."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t))
