"""Catmull-Clark subdivision as a matrix, so that morph targets subdivide exactly like the mesh.

Shapes: V vertices, Q quads, W vertices of the refined mesh.
"""

from collections import defaultdict

import numpy as np
import scipy.sparse as sp  # type: ignore[import-untyped] # it ships no types

from tools.assets.array import FloatArray, IntArray

__all__ = ["catmull_clark", "subdivide_corners"]


class _Rows:
    """Entries of a sparse matrix; what is added twice sums up."""

    def __init__(self) -> None:
        self.entries: list[tuple[int, int, float]] = []

    def add(self, row: int, columns: IntArray | list[int], weight: float) -> None:
        self.entries.extend((row, int(column), weight) for column in columns)


def catmull_clark(faces: IntArray, n_vertices: int) -> tuple[sp.csr_matrix, IntArray]:
    """Refine a quad mesh once.

    Args:
        faces: Vertex indices, (Q, 4). The mesh may have borders; they become cubic curves.
        n_vertices: V.

    Returns:
        The matrix that takes positions (V, 3), or displacements, to the refined mesh's (W, 3):
        old vertices first, then one per edge, then one per face. And its faces, (4 Q, 4).
    """
    edges: dict[tuple[int, int], int] = {}
    edge_faces: list[list[int]] = []
    vertex_faces: dict[int, list[int]] = defaultdict(list)
    sides = np.empty_like(faces)
    for index, face in enumerate(faces):
        for corner in range(4):
            a, b = int(face[corner]), int(face[(corner + 1) % 4])
            vertex_faces[a].append(index)
            key = (min(a, b), max(a, b))
            if key not in edges:
                edges[key] = len(edges)
                edge_faces.append([])
            edge_faces[edges[key]].append(index)
            sides[index, corner] = edges[key]
    n_edges, n_faces = len(edges), len(faces)
    rows = _Rows()
    for index, face in enumerate(faces):
        rows.add(n_vertices + n_edges + index, face, 1 / 4)
    neighbours, border = _edge_rows(rows, edges, edge_faces, faces, n_vertices)
    _vertex_rows(rows, faces, vertex_faces, neighbours, border)
    row, column, weight = zip(*rows.entries, strict=True)
    matrix = sp.csr_matrix(
        (weight, (row, column)), shape=(n_vertices + n_edges + n_faces, n_vertices)
    )
    centre = np.arange(n_faces) + n_vertices + n_edges
    sides = sides + n_vertices
    refined = [np.stack([faces[:, i], sides[:, i], centre, sides[:, i - 1]], -1) for i in range(4)]
    return matrix, np.stack(refined, 1).reshape(-1, 4)


def _edge_rows(
    rows: _Rows,
    edges: dict[tuple[int, int], int],
    edge_faces: list[list[int]],
    faces: IntArray,
    n_vertices: int,
) -> tuple[dict[int, list[int]], dict[int, list[int]]]:
    neighbours: dict[int, list[int]] = defaultdict(list)
    border: dict[int, list[int]] = defaultdict(list)
    for (a, b), index in edges.items():
        neighbours[a].append(b)
        neighbours[b].append(a)
        row = n_vertices + index
        if len(edge_faces[index]) == 2:
            rows.add(row, [a, b], 1 / 4)
            for face in edge_faces[index]:
                rows.add(row, faces[face], 1 / 16)
        else:
            rows.add(row, [a, b], 1 / 2)
            border[a].append(b)
            border[b].append(a)
    return neighbours, border


def _vertex_rows(
    rows: _Rows,
    faces: IntArray,
    vertex_faces: dict[int, list[int]],
    neighbours: dict[int, list[int]],
    border: dict[int, list[int]],
) -> None:
    for vertex, around in vertex_faces.items():
        if vertex in border:
            rows.add(vertex, [vertex], 3 / 4)
            rows.add(vertex, border[vertex], 1 / 4 / len(border[vertex]))
            continue
        n = len(around)
        rows.add(vertex, [vertex], (n - 3) / n + 1 / n)
        for face in around:
            rows.add(vertex, faces[face], 1 / 4 / n / n)
        rows.add(vertex, neighbours[vertex], 1 / n / n)


def subdivide_corners(corners: FloatArray) -> FloatArray:
    """Refine per-corner values, such as texture coordinates, linearly: (Q, 4, D) to (4 Q, 4, D)."""
    middle = (corners + np.roll(corners, -1, 1)) / 2
    centre = corners.mean(1)
    refined = [
        np.stack([corners[:, i], middle[:, i], centre, middle[:, i - 1]], 1) for i in range(4)
    ]
    return np.stack(refined, 1).reshape(-1, 4, corners.shape[2])
