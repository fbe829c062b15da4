"""Measure a mouth on the mesh that is drawn: gaps in millimetres, not coefficients.

The mouth is cut, at rest, into columns: vertical planes from one corner to the other. In every
column some material points of the upper and of the lower lip are followed through the pose, and
the gap is how far apart the nearest of them stand. Positions are linear in the weights: a pose
costs a few milliseconds.

Shapes: N poses, K columns, P points of one lip in a column, Q points of the teeth, V vertices.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.spatial import cKDTree  # type: ignore[import-untyped] # it ships no types

from tools.assets.array import BoolArray, FloatArray, IntArray
from tools.assets.glbfile import Glb, MorphMesh

__all__ = ["Mouth", "MouthError", "MouthGap", "find_lips", "find_mouth"]

COLUMNS: Final = tuple(np.linspace(-0.8, 0.8, 19))
"""Where the columns stand, as fractions of half the mouth's width. Beyond lies the corner."""
LIP_REACH_M: Final = 0.006
"""How far from the line between the lips a point still belongs to the lip."""
AJAR_M: Final = 0.004
"""How far lips may stand apart at rest and still be found."""
TORN: Final = 0.2
"""Share of the jaw's drop by which two near points must part to be upper and lower lip."""
BLOCK: Final = 32
"""Poses that are measured at once: more would only need more memory."""
LIP_STEP_M: Final = 0.0004
"""Points of a lip follow one another at least this closely."""
FACING_M: Final = 0.0018
"""Points of the two lips face one another if their depths differ by less than this."""


class MouthError(ValueError):
    """A mesh on which no mouth can be found."""


@dataclass(frozen=True, slots=True)
class MouthGap:
    """What a pose does to the mouth, in millimetres, (N,) each.

    Attributes:
        widest_mm: Largest gap between the lips over all columns: 0 when they meet everywhere.
        smallest_mm: Smallest gap over the middle half of the mouth.
        overlap_mm: Deepest that one lip stands in the other; 0 if nowhere.
        lip_to_teeth_mm: Lower lip to the upper front teeth.
        width_mm: Corner to corner.
    """

    widest_mm: FloatArray
    smallest_mm: FloatArray
    overlap_mm: FloatArray
    lip_to_teeth_mm: FloatArray
    width_mm: FloatArray


@dataclass(frozen=True, slots=True)
class _Material:
    """Points fixed in the surface: rest (P, 3) and displacement per weight (P, 3)."""

    rest: FloatArray
    deltas: Mapping[str, FloatArray]

    def posed(self, names: Sequence[str], weights: FloatArray) -> FloatArray:
        """Return positions, (N, P, 3), for weights (N, C) of the named shapes."""
        still = np.zeros_like(self.rest)
        moves = np.stack([self.deltas.get(name, still) for name in names])
        return self.rest + np.tensordot(weights, moves, 1)


@dataclass(frozen=True, slots=True)
class Mouth:
    """A mouth that was found on a head. Make one with :func:`find_mouth`."""

    upper: tuple[_Material, ...]
    lower: tuple[_Material, ...]
    teeth: _Material | None
    corners: _Material

    def measure(self, names: Sequence[str], weights: FloatArray) -> MouthGap:
        """Measure poses.

        Args:
            names: Blend shapes, one per column of ``weights``. Those the head lacks move nothing.
            weights: (N, C).
        """
        weights = np.atleast_2d(np.asarray(weights, dtype=np.float64))
        clearance = self.clearance_mm(names, weights)
        n_columns = clearance.shape[1]
        middle = slice(n_columns // 4, n_columns - n_columns // 4)
        corners = self.corners.posed(names, weights)
        return MouthGap(
            widest_mm=np.maximum(clearance, 0.0).max(1),
            smallest_mm=np.maximum(clearance, 0.0)[:, middle].min(1),
            overlap_mm=np.maximum(-clearance, 0.0).max(1),
            lip_to_teeth_mm=self._lip_to_teeth_mm(names, weights),
            width_mm=1000 * np.linalg.norm(corners[:, 0] - corners[:, 1], axis=1),
        )

    def clearance_mm(self, names: Sequence[str], weights: FloatArray) -> FloatArray:
        """Return the gap in every column, (N, K); below 0 where the lips overlap."""
        blocks = [
            self._clearance(names, weights[start : start + BLOCK])
            for start in range(0, len(weights), BLOCK)
        ]
        return 1000 * np.concatenate(blocks)

    def _clearance(self, names: Sequence[str], weights: FloatArray) -> FloatArray:
        out = np.empty((len(weights), len(self.upper)))
        for column, (upper, lower) in enumerate(zip(self.upper, self.lower, strict=True)):
            above = upper.posed(names, weights)[:, :, None, 1:].astype(np.float32)
            below = lower.posed(names, weights)[:, None, :, 1:].astype(np.float32)
            # In the plane of the column only: neighbours sideways would always seem near.
            rise, ahead = above[..., 0] - below[..., 0], above[..., 1] - below[..., 1]
            distance = np.sqrt((rise**2 + ahead**2).min((1, 2)))
            height = np.where(np.abs(ahead) < FACING_M, rise, np.inf).min((1, 2))
            out[:, column] = np.where(height < 0.0, height, distance)
        return out

    def _front_of_lower_lip(self) -> tuple[_Material, ...]:
        middle = len(self.lower) // 2
        return self.lower[middle - 3 : middle + 4]

    @property
    def lower_lip(self) -> FloatArray:
        """Points of the lower lip before the front teeth, at rest, metres, (P, 3)."""
        return np.concatenate([lip.rest for lip in self._front_of_lower_lip()])

    def _lip_to_teeth_mm(self, names: Sequence[str], weights: FloatArray) -> FloatArray:
        if self.teeth is None:
            return np.full(len(weights), np.nan)
        teeth = self.teeth.posed(names, weights)
        middle = self._front_of_lower_lip()
        lips = np.concatenate([lip.posed(names, weights) for lip in middle], 1)
        out = np.empty(len(weights))
        for pose in range(len(weights)):
            apart = lips[pose, :, None] - teeth[pose, None]
            out[pose] = np.sqrt((apart**2).sum(-1).min())
        return 1000 * out


def find_mouth(glb: Glb, teeth: str = "TeethUpper") -> Mouth:
    """Find the mouth of a head by what its jaw does.

    Args:
        glb: The avatar.
        teeth: Node name of the upper teeth, looked for but not required.

    Raises:
        MouthError: If no mesh has ``jawOpen``, or it parts no two lips.
    """
    speaking = [mesh for mesh in glb.meshes.values() if "jawOpen" in mesh.deltas]
    if not speaking:
        raise MouthError("no mesh has a morph target jawOpen")
    mesh = max(speaking, key=lambda mesh: len(mesh.positions))
    return find_lips(mesh, _front_teeth(glb, teeth))


def find_lips(mesh: MorphMesh, teeth: _Material | None = None) -> Mouth:
    """Find the mouth of one mesh.

    Raises:
        MouthError: If its ``jawOpen`` parts no two lips.
    """
    seam, split = _seam(mesh)
    half = float(np.abs(mesh.positions[seam, 0]).max())
    columns = [_column(mesh, fraction * half, seam, split) for fraction in COLUMNS]
    across = mesh.positions[seam, 0]
    corners = np.array([seam[across.argmin()], seam[across.argmax()]])
    return Mouth(
        tuple(above for above, _ in columns),
        tuple(below for _, below in columns),
        teeth,
        _vertices(mesh, corners),
    )


def _vertices(mesh: MorphMesh, index: IntArray) -> _Material:
    return _Material(
        mesh.positions[index], {name: delta[index] for name, delta in mesh.deltas.items()}
    )


def _seam(mesh: MorphMesh) -> tuple[IntArray, FloatArray]:
    """Find where the jaw tears the lips apart.

    Returns:
        The vertices of the upper lip along the tear, (S,), and for each the drop of the jaw
        that tells upper from lower lip at this place, (S,).
    """
    drop = -mesh.deltas["jawOpen"][:, 1]
    distance, near = cKDTree(mesh.positions).query(mesh.positions, k=24)
    tear = np.where(distance < AJAR_M, drop[near] - drop[:, None], 0.0)
    partner = tear.argmax(1)
    torn = tear.max(1) > TORN * drop.max()
    if torn.sum() < 8:
        raise MouthError("jawOpen does not part two lips on this head")
    torn &= mesh.positions[:, 2] > mesh.positions[torn, 2].max() - 0.025
    seam = np.flatnonzero(torn)
    other = near[seam, partner[seam]]
    return seam, (drop[seam] + drop[other]) / 2


def _column(
    mesh: MorphMesh, x: float, seam: IntArray, split: FloatArray
) -> tuple[_Material, _Material]:
    """Return what the plane at ``x`` cuts out of the upper and of the lower lip."""
    nearest = np.argsort(np.abs(mesh.positions[seam, 0] - x))[:6]
    centre = mesh.positions[seam[nearest]].mean(0)
    corners, weight = _cut(mesh, x, centre)
    points = np.einsum("pk,pkc->pc", weight, mesh.positions[corners])
    drop = -mesh.deltas["jawOpen"][:, 1]
    falls = (weight * drop[corners]).sum(1) > split[nearest].mean()
    above, below = points[~falls], points[falls]
    if not len(above) or not len(below):
        raise MouthError(f"no lips in the column at {1000 * x:.1f} mm")
    apart = np.linalg.norm(above[:, None, 1:] - below[None, :, 1:], axis=2)
    i, j = np.unravel_index(int(apart.argmin()), apart.shape)
    meet = (above[i] + below[j]) / 2
    keep = np.linalg.norm(points - meet, axis=1) < LIP_REACH_M + float(apart.min())

    def take(mask: BoolArray) -> _Material:
        c, w = corners[mask], weight[mask]
        blend = {n: np.einsum("pk,pkc->pc", w, d[c]) for n, d in mesh.deltas.items()}
        return _Material(points[mask], blend)

    return take(keep & ~falls), take(keep & falls)


def _cut(mesh: MorphMesh, x: float, centre: FloatArray) -> tuple[IntArray, FloatArray]:
    """Return points of the line in which the plane at ``x`` cuts the surface near ``centre``.

    Returns:
        Corners of the triangle that each point lies in (P, 3), and their weights (P, 3).
    """
    tri = mesh.triangles
    tri = tri[np.abs(mesh.positions[tri] - centre).max(2).min(1) < 2 * LIP_REACH_M]
    offset = mesh.positions[tri][..., 0] - x
    tri = tri[(offset.min(1) < 0) & (offset.max(1) >= 0)]
    offset = mesh.positions[tri][..., 0] - x
    ends = np.zeros((len(tri), 2, 3))
    for row, (corner, found) in enumerate(zip(offset, ends, strict=True)):
        crossed = [
            (i, (i + 1) % 3) for i in range(3) if (corner[i] < 0) != (corner[(i + 1) % 3] < 0)
        ]
        for end, (i, j) in zip(found, crossed, strict=True):
            t = corner[i] / (corner[i] - corner[j])
            end[[i, j]] = 1 - t, t
        ends[row] = found
    places = np.einsum("pek,pkc->pec", ends, mesh.positions[tri])
    length = np.linalg.norm(places[:, 1] - places[:, 0], axis=1)
    corners, weights = [], []
    for triangle, (start, end), span in zip(tri, ends, length, strict=True):
        t = np.linspace(0, 1, 2 + int(span / LIP_STEP_M))[:, None]
        weights.append(start * (1 - t) + end * t)
        corners.append(np.tile(triangle, (len(t), 1)))
    return np.concatenate(corners), np.concatenate(weights)


def _front_teeth(glb: Glb, name: str) -> _Material | None:
    if name not in glb.meshes:
        return None
    mesh = glb.meshes[name]
    centre = mesh.positions[:, 0].mean()
    front = np.abs(mesh.positions[:, 0] - centre) < 0.009
    return _vertices(mesh, np.flatnonzero(front))
