"""Measure a mouth on the mesh that is drawn: gaps in millimetres, not coefficients.

The mouth is cut, at rest, into columns: vertical planes from one corner to the other. In every
column some material points of the upper and of the lower lip are followed through the pose, and
the gap is how far apart the nearest of them stand. All of it is linear in the weights, so that
ten thousand frames take a moment.

Shapes: N poses, K columns, P points of one lip in a column, Q points of the teeth, V vertices.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.spatial import cKDTree  # type: ignore[import-untyped] # it ships no types

from tools.assets.array import BoolArray, FloatArray, IntArray
from tools.assets.glbfile import Glb, MorphMesh

__all__ = ["Mouth", "MouthError", "MouthGap", "find_mouth"]

COLUMNS: Final = tuple(np.linspace(-0.8, 0.8, 17))
"""Where the columns stand, as fractions of half the mouth's width. Beyond 0.8 lies the corner."""
LIP_REACH_M: Final = 0.007
"""How far from the line between the lips a point still belongs to the lip."""
LIP_STEP_M: Final = 0.0004
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
        out = np.repeat(self.rest[None], len(weights), 0)
        for column, name in enumerate(names):
            if name in self.deltas and np.any(weights[:, column]):
                out += weights[:, column, None, None] * self.deltas[name]
        return out


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
        out = np.empty((len(weights), len(self.upper)))
        for column, (upper, lower) in enumerate(zip(self.upper, self.lower, strict=True)):
            above = upper.posed(names, weights)[:, :, None]
            below = lower.posed(names, weights)[:, None]
            apart = above - below
            # In the plane of the column only: neighbours sideways would always seem near.
            distance = np.hypot(apart[..., 1], apart[..., 2]).min((1, 2))
            facing = np.abs(apart[..., 2]) < FACING_M
            height = np.where(facing, apart[..., 1], np.inf).min((1, 2))
            out[:, column] = np.where(height < 0.0, height, distance)
        return 1000 * out

    def _lip_to_teeth_mm(self, names: Sequence[str], weights: FloatArray) -> FloatArray:
        if self.teeth is None:
            return np.full(len(weights), np.nan)
        teeth = self.teeth.posed(names, weights)
        middle = self.lower[len(self.lower) // 2 - 3 : len(self.lower) // 2 + 4]
        lips = np.concatenate([lip.posed(names, weights) for lip in middle], 1)
        out = np.empty(len(weights))
        for pose in range(len(weights)):
            apart = lips[pose, :, None] - teeth[pose, None]
            out[pose] = np.sqrt((apart**2).sum(-1).min())
        return 1000 * out


def find_mouth(glb: Glb, head: str = "Head", teeth: str = "TeethUpper") -> Mouth:
    """Find the mouth of a head by what its jaw does.

    Args:
        glb: The avatar.
        head: Node name of the mesh that carries the lips.
        teeth: Node name of the upper teeth, looked for but not required.

    Raises:
        MouthError: If the head has no ``jawOpen`` or no two lips that it parts.
    """
    if head not in glb.meshes or "jawOpen" not in glb.meshes[head].deltas:
        raise MouthError(f"no mesh {head!r} with a morph target jawOpen")
    mesh = glb.meshes[head]
    drop = -mesh.deltas["jawOpen"][:, 1]
    lower = drop > 0.5 * drop.max()
    seam = _seam(mesh, lower)
    half = float(np.abs(seam[:, 0]).max())
    uppers, lowers = [], []
    for fraction in COLUMNS:
        above, below = _column(mesh, lower, fraction * half, seam)
        uppers.append(above)
        lowers.append(below)
    corners = [int(np.argmin(np.linalg.norm(mesh.positions - seam[i], axis=1)))
               for i in (int(seam[:, 0].argmin()), int(seam[:, 0].argmax()))]  # fmt: skip
    return Mouth(
        tuple(uppers), tuple(lowers), _front_teeth(glb, teeth), _vertices(mesh, np.array(corners))
    )


def _vertices(mesh: MorphMesh, index: IntArray) -> _Material:
    return _Material(
        mesh.positions[index], {name: delta[index] for name, delta in mesh.deltas.items()}
    )


def _seam(mesh: MorphMesh, lower: BoolArray) -> FloatArray:
    """Return the points of the upper lip that the jaw tears from the lower one, (S, 3)."""
    drop = -mesh.deltas["jawOpen"][:, 1]
    low = np.flatnonzero(lower)
    distance, nearest = cKDTree(mesh.positions[low]).query(mesh.positions)
    torn = drop[low][nearest] - drop > 0.4 * drop.max()
    # A lip that is ajar at rest is still a lip: allow 6 mm.
    points = mesh.positions[~lower & torn & (distance < 0.006)]
    if len(points) < 8:
        raise MouthError("jawOpen does not part two lips on this head")
    front = points[:, 2] > points[:, 2].max() - 0.02
    return np.asarray(points[front])


def _column(
    mesh: MorphMesh, lower: BoolArray, x: float, seam: FloatArray
) -> tuple[_Material, _Material]:
    """Return what the plane at ``x`` cuts out of the upper and of the lower lip."""
    near = seam[np.argsort(np.abs(seam[:, 0] - x))[:6]]
    centre = near.mean(0)
    ends, weight, is_lower = _cut(mesh, lower, x, centre)
    points = np.einsum("npk,npkc->npc", weight, mesh.positions[ends])
    flat = points.reshape(-1, 3)
    side = np.repeat(is_lower, points.shape[1])
    above, below = flat[~side], flat[side]
    if not len(above) or not len(below):
        raise MouthError(f"no lips in the column at {1000 * x:.1f} mm")
    apart = np.linalg.norm(above[:, None, 1:] - below[None, :, 1:], axis=2)
    i, j = np.unravel_index(int(apart.argmin()), apart.shape)
    meet = (above[i] + below[j]) / 2
    keep = np.linalg.norm(flat - meet, axis=1) < LIP_REACH_M + float(apart.min())
    flat_ends, flat_weight = ends.reshape(-1, 2), weight.reshape(-1, 2)

    def take(mask: BoolArray) -> _Material:
        e, w = flat_ends[mask], flat_weight[mask]
        blend = {n: np.einsum("pk,pkc->pc", w, d[e]) for n, d in mesh.deltas.items()}
        return _Material(np.einsum("pk,pkc->pc", w, mesh.positions[e]), blend)

    return take(keep & ~side), take(keep & side)


def _cut(
    mesh: MorphMesh, lower: BoolArray, x: float, centre: FloatArray
) -> tuple[IntArray, FloatArray, BoolArray]:
    """Cut the edges near ``centre`` with the plane at ``x``.

    Returns:
        Edge ends (E, 1, 2), their weights (E, 1, 2), and whether the point is on the lower lip.
    """
    tri = mesh.triangles
    box = np.abs(mesh.positions[tri] - centre).max(2).min(1) < 0.03
    edges = np.concatenate([tri[box][:, [0, 1]], tri[box][:, [1, 2]], tri[box][:, [2, 0]]])
    edges = np.unique(np.sort(edges, 1), axis=0)
    offset = mesh.positions[edges][..., 0] - x
    cut = (offset[:, 0] < 0) != (offset[:, 1] < 0)
    edges, offset = edges[cut], offset[cut]
    t = offset[:, 0] / (offset[:, 0] - offset[:, 1])
    weight = np.stack([1 - t, t], -1)
    drop = -mesh.deltas["jawOpen"][:, 1]
    fall = (weight * drop[edges]).sum(1)
    return edges[:, None], weight[:, None], fall > 0.5 * float(fall.max(initial=0.0))


def _front_teeth(glb: Glb, name: str) -> _Material | None:
    if name not in glb.meshes:
        return None
    mesh = glb.meshes[name]
    centre = mesh.positions[:, 0].mean()
    front = np.abs(mesh.positions[:, 0] - centre) < 0.009
    return _vertices(mesh, np.flatnonzero(front))
