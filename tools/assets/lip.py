"""Keep two lips together that a displacement would part or push into one another.

The lips of the base mesh touch. A person's proportions, or a face unit that is meant to leave the
mouth shut, moves them by slightly different amounts. Where they touch, both are given the mean of
the two, and the difference fades out over the lip.

Shapes: V vertices of the base mesh, U contact vertices.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import scipy.sparse as sp  # type: ignore[import-untyped] # it ships no types
from scipy.sparse.linalg import factorized  # type: ignore[import-untyped] # as above
from scipy.spatial import cKDTree  # type: ignore[import-untyped] # as above

from tools.assets.array import FloatArray
from tools.assets.cloth import bust_faces
from tools.assets.glbfile import MorphMesh
from tools.assets.mouth import Mouth, find_lips
from tools.assets.source import Template
from tools.assets.surface import cut_patch, neighbour_mean, triangulate

__all__ = ["LipSeal", "ShutMouth", "shut_mouth"]

TORN: Final = 0.35
"""Share of the jaw's drop by which ``jawOpen`` must part two points for them to be lips."""
CONTACT_DM: Final = 0.045
OVERLAP_MM: Final = 0.35
"""How far shut lips are pressed into one another, so that rounding cannot part them."""
ROUNDS: Final = 4
REACH_DM: Final = 0.30
"""How far from the line between the lips a correction may still be felt."""


class LipSeal:
    """The correction, as a linear map of displacement fields.

    Args:
        template: The base mesh.
        jaw_open: The face unit ``jawOpen``, (V, 3): what it tears apart are the lips.

    Attributes:
        contact: Vertices where the lips touch, (U,).
        is_low: Which of them are on the lower lip, (U,).
    """

    def __init__(self, template: Template, jaw_open: FloatArray) -> None:
        vertices = template.vertices
        skin = template.group_vertices("body")
        drop = -jaw_open[:, 1]
        is_low = drop > drop[skin].max() / 2
        low, high = skin[is_low[skin]], skin[~is_low[skin]]
        # Only near the mouth: the jaw also parts the chin from the chest.
        mouth = vertices[:, 2] > 1.3
        low, high = low[mouth[low]], high[mouth[high]]
        contact: list[int] = []
        partner: list[tuple[list[int], list[float]]] = []
        for mine, other in ((high, low), (low, high)):
            distance, nearest = cKDTree(vertices[other]).query(vertices[mine], k=3)
            torn = np.abs(drop[other][nearest] - drop[mine][:, None]).max(1) > TORN * drop.max()
            weight = 1 / (distance + 1e-3) ** 2
            weight /= weight.sum(1, keepdims=True)
            for i in np.flatnonzero(torn & (distance[:, 0] < CONTACT_DM)):
                contact.append(int(mine[i]))
                partner.append(([int(j) for j in other[nearest[i]]], list(weight[i])))
        self.contact = np.array(contact)
        self.is_low = is_low[self.contact]
        self._n_vertices = len(vertices)
        rows = np.repeat(np.arange(len(contact)), 3)
        columns = np.concatenate([p[0] for p in partner])
        weights = np.concatenate([p[1] for p in partner])
        self._across = sp.csr_matrix(
            (weights, (rows, columns)), shape=(len(contact), len(vertices))
        )
        self._spread_from_contact(template, skin[is_low[skin] | (vertices[skin, 2] > 0.9)])

    def _spread_from_contact(self, template: Template, near_skin: FloatArray) -> None:
        vertices = template.vertices
        distance, _ = cKDTree(vertices[self.contact]).query(vertices)
        free = np.zeros(len(vertices), dtype=bool)
        free[near_skin] = True
        free &= distance < REACH_DM
        free[self.contact] = False
        faces = template.faces[template.group("body")]
        mean = neighbour_mean(triangulate(faces), len(vertices))
        laplace = sp.identity(len(vertices), format="csr") - mean
        energy = (laplace.T @ laplace).tocsr()
        self._free = np.flatnonzero(free)
        self._solve = factorized(energy[self._free][:, self._free].tocsc())
        self._pull = energy[self._free][:, self.contact]

    def apply(self, displacement: FloatArray, axes: str = "yz") -> FloatArray:
        """Return the displacement, (V, 3), with the lips kept as they touch at rest.

        Args:
            displacement: (V, 3).
            axes: Along which axes to keep them together.
        """
        apart = displacement[self.contact] - self._across @ displacement
        for index, axis in enumerate("xyz"):
            if axis not in axes:
                apart[:, index] = 0.0
        return displacement - self._spread(apart / 2)

    def press(self, amount_dm: FloatArray) -> FloatArray:
        """Return the displacement, (V, 3), that moves the lips towards one another.

        Args:
            amount_dm: How much nearer they come at each contact vertex, (U,).
        """
        moved = np.zeros((len(self.contact), 3))
        moved[:, 1] = np.where(self.is_low, 0.5, -0.5) * amount_dm
        return self._spread(moved)

    def _spread(self, moved: FloatArray) -> FloatArray:
        """Return a field that is ``moved`` at the contact and fades out over the lips, (V, 3)."""
        out = np.zeros((self._n_vertices, 3))
        out[self.contact] = moved
        for axis in range(3):
            out[self._free, axis] = self._solve(-(self._pull @ moved[:, axis]))
        return out


@dataclass(frozen=True, slots=True)
class ShutMouth:
    """A person's base mesh with its mouth shut.

    Attributes:
        positions: (V, 3).
        lower_lip: Points of the lower lip before the front teeth, (P, 3).
    """

    positions: FloatArray
    lower_lip: FloatArray


def shut_mouth(
    template: Template,
    positions: FloatArray,
    units: Mapping[str, FloatArray],
    seal: LipSeal,
    *,
    levels: int,
) -> ShutMouth:
    """Shut a person's mouth, as measured on the refined mesh.

    Refining rounds the edges of the lips off, which opens a gap between them.

    Args:
        template: The base mesh.
        positions: Its vertices on the person, (V, 3).
        units: Face units, (V, 3) each.
        seal: Where the lips touch.
        levels: How often the skin will be refined.
    """
    positions = template.vertices + seal.apply(positions - template.vertices)
    patch = cut_patch(template, bust_faces(template), levels)
    jaw = {"jawOpen": patch.of(units["jawOpen"]) / 10}

    def mouth_of(positions: FloatArray) -> Mouth:
        return find_lips(MorphMesh(patch.of(positions) / 10, patch.triangles, jaw))

    for _ in range(ROUNDS):
        mouth = mouth_of(positions)
        clearance = mouth.clearance_mm(["jawOpen"], np.zeros((1, 1)))[0]
        place = [10 * float(lip.rest[:, 0].mean()) for lip in mouth.upper]
        missing_mm = np.interp(positions[seal.contact, 0], place, clearance + OVERLAP_MM)
        positions = positions + seal.press(missing_mm / 100)
    return ShutMouth(positions, 10 * mouth_of(positions).lower_lip)
