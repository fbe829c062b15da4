"""Three joints: the bust stands still, the neck bends, the head turns.

Shapes: V vertices of the base mesh, P points, J joints.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.sparse.linalg import spsolve  # type: ignore[import-untyped] # it ships no types
from scipy.spatial import cKDTree  # type: ignore[import-untyped] # as above

from tools.assets.array import FloatArray
from tools.assets.source import Template
from tools.assets.surface import neighbour_mean, smoothstep, triangulate

__all__ = ["JOINTS", "Skeleton", "make_skeleton"]

JOINTS: Final = ("Bust", "Neck", "Head")
"""From the root outwards: each is the child of the one before."""


@dataclass(frozen=True, slots=True)
class Skeleton:
    """Where the joints are, and how much each moves every vertex of the base mesh.

    Attributes:
        places: Positions of the joints, decimetres, (J, 3).
        weights: (V, J), rows sum to 1.
    """

    places: FloatArray
    weights: FloatArray

    def weights_at(self, points: FloatArray, surface: FloatArray) -> FloatArray:
        """Return weights for free points, (P, J), from the nearest of the base mesh.

        Args:
            points: (P, 3).
            surface: The base mesh in the same shape as the points, (V, 3).
        """
        distance, nearest = cKDTree(surface).query(points, k=6)
        weight = 1 / (distance + 0.02) ** 2
        weight /= weight.sum(1, keepdims=True)
        return np.asarray((self.weights[nearest] * weight[..., None]).sum(1))


def make_skeleton(template: Template, positions: FloatArray) -> Skeleton:
    """Place the joints in a person's shape and blend their influence along the neck."""
    places = np.array(
        [positions[template.group_vertices(f"joint-{name}")].mean(0)
         for name in ("spine-1", "neck", "head")]
    )  # fmt: skip
    return Skeleton(places, _weights(template))


def _weights(template: Template) -> FloatArray:
    """Return how far along the neck each vertex lies, as a harmonic function of the skin."""
    x, y, z = template.vertices.T
    # The head ends at the line from the chin along the jaw to the nape.
    above_jaw = y - np.interp(z, [-0.9, 0.2, 0.75, 1.4], [6.70, 6.55, 6.20, 6.05])
    is_head = above_jaw > 0
    is_bust = y < 5.62 + 0.25 * np.clip(-z, 0, 1) + 0.15 * np.clip(np.abs(x) - 0.5, 0, 1)
    body = np.zeros(len(y), dtype=bool)
    body[template.group_vertices("body")] = True
    along = np.where(is_bust, 0.0, 1.0)
    free = np.flatnonzero(body & ~is_head & ~is_bust)
    fixed = np.flatnonzero(~(body & ~is_head & ~is_bust))
    faces = template.faces[template.group("body")]
    mean = neighbour_mean(triangulate(faces), len(y))
    laplace = -mean.copy()
    laplace.setdiag(1.0)
    laplace = laplace.tocsr()
    along[free] = spsolve(laplace[free][:, free].tocsc(), -(laplace[free][:, fixed] @ along[fixed]))
    head = smoothstep(0.35, 1.0, along)
    bust = smoothstep(0.65, 0.0, along)
    return np.column_stack([bust, 1 - bust - head, head])
