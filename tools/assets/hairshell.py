"""The body of a hairdo: one closed, opaque surface round all of its strands.

It leaves no hole through which skin could shine, and gives the strands on top of it smooth
normals. Shapes: n strands, K knots, P vertices, T triangles, X, Y, Z grid points.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import ndimage  # type: ignore[import-untyped] # it ships no types

from tools.assets.array import FloatArray, IntArray
from tools.assets.ground import Ground
from tools.assets.isosurface import sample_grid, surface_net
from tools.assets.surface import (
    neighbour_mean,
    smoothstep,
    triangulate,
    unit_rows,
    vertex_normals,
)

__all__ = ["HairVolume", "Shell", "make_shell", "make_volume"]

MARGIN_CELLS: Final = 4
CROWN: Final = (0.0, 7.75, 0.05)
"""Template place from which hair falls to all sides; the texture's strands do too."""
EDGE_DENSITY: Final = 1.35
THIN_DENSITY: Final = (0.15, 0.6)
"""Below the first, hair is too thin to have an outside of its own; above the second it has one."""
DIVE_DM: Final = 0.03
REPEATS: Final = 6
"""How often the texture goes round the head."""


@dataclass(frozen=True, slots=True)
class HairVolume:
    """How much hair is where.

    Attributes:
        density: 1 on the surface, more inside, (X, Y, Z).
        low: Position of the first grid point, (3,).
        cell_dm: Distance of grid points.
    """

    density: FloatArray
    low: FloatArray
    cell_dm: float

    def normals_at(self, points: FloatArray, ground: Ground) -> FloatArray:
        """Return directions out of the hair, or of the head where it is thin, at points, (P, 3)."""
        soft = ndimage.gaussian_filter(np.minimum(self.density, 3.0), 0.10 / self.cell_dm)
        slopes = np.gradient(soft)
        at = (points - self.low) / self.cell_dm
        out = unit_rows(-np.stack([sample_grid(slope, at) for slope in slopes], -1))
        thick = smoothstep(*THIN_DENSITY, sample_grid(soft, at))[:, None]
        _, skin = ground.above(points)
        return unit_rows(out * thick + skin * (1 - thick))


@dataclass(frozen=True, slots=True)
class Shell:
    """The surface: positions (P, 3), triangles (T, 3), normals (P, 3), texture places (P, 2)."""

    positions: FloatArray
    triangles: IntArray
    normals: FloatArray
    uv: FloatArray


def make_volume(points: FloatArray, thickness_dm: float, cell_dm: float) -> HairVolume:
    """Spread points of hair, (…, 3), over a grid, each ``thickness_dm`` thick."""
    points = points.reshape(-1, 3)
    margin = MARGIN_CELLS * cell_dm + thickness_dm
    low = points.min(0) - margin
    size = np.ceil((points.max(0) + margin - low) / cell_dm).astype(int) + 1
    index = np.round((points - low) / cell_dm).astype(int)
    mass = np.zeros(size)
    np.add.at(mass, tuple(index.T), 1.0)
    # What counts is that hair is there, not how much of it: partings are as solid as curtains.
    soft = ndimage.gaussian_filter(np.minimum(mass, 1.0), 0.6 * thickness_dm / cell_dm)
    occupied = soft[mass > 0]
    return HairVolume(soft / (0.42 * float(np.median(occupied))), low, cell_dm)


def make_shell(volume: HairVolume, ground: Ground) -> Shell:
    """Return the outside of the hair; what lies against the head is left out."""
    density, cell = volume.density, volume.cell_dm
    grid = np.stack(np.meshgrid(*(np.arange(n) for n in density.shape), indexing="ij"), -1)
    near = density > 0.02
    height = np.full(density.shape, 1.0)
    height[near], _ = ground.above(grid[near] * cell + volume.low)
    solid = np.maximum(density - 1, np.clip(-height / 0.1 - 0.15, -1, 1))
    for axis in range(3):
        for end in (0, -1):
            border = [slice(None)] * 3
            border[axis] = slice(end, None) if end else slice(0, 1)
            solid[tuple(border)] = -1
    vertices, quads = surface_net(solid)
    hairy = sample_grid(density, vertices) > 0.97
    quads = quads[hairy[quads].any(1)]
    used, inverse = np.unique(quads, return_inverse=True)
    positions = vertices[used] * cell + volume.low
    triangles = triangulate(inverse.reshape(-1, 4))
    mean = neighbour_mean(triangles, len(positions))
    for _ in range(3):
        positions = positions + 0.5 * (mean @ positions - positions)
    # Where hair ends on the skin, the shell dives under it: no ragged edge.
    height, ground_normal = ground.above(positions)
    thin = sample_grid(density, (positions - volume.low) / cell) < EDGE_DENSITY
    edge = smoothstep(0.05, 0.0, height) * thin
    positions = positions - ground_normal * (DIVE_DM * edge)[:, None]
    # There it is lit like the skin that it meets.
    lit = smoothstep(0.08, 0.02, height)[:, None]
    normals = vertex_normals(positions, triangles)
    normals = unit_rows(normals * (1 - lit) + ground_normal * lit)
    return _with_uv(positions, triangles, normals, ground)


def _with_uv(
    positions: FloatArray, triangles: IntArray, normals: FloatArray, ground: Ground
) -> Shell:
    """Wrap the texture round the crown, strands running away from it."""
    from_crown = ground.to_template(positions) - CROWN
    azimuth = np.arctan2(from_crown[:, 0], from_crown[:, 2]) / (2 * math.pi)
    polar = np.arctan2(np.hypot(from_crown[:, 0], from_crown[:, 2]), from_crown[:, 1])
    down = np.clip(-from_crown[:, 1] - 0.3, 0, None)
    uv = np.column_stack([azimuth * REPEATS, polar * 0.35 + down * 0.4])
    # Where the wrap closes, at the back, each triangle needs its own copy of the far side.
    corner_u = azimuth[triangles]
    wraps = np.ptp(corner_u, axis=1) > 0.5
    move = wraps[:, None] & (corner_u < 0)
    twin = np.full(len(positions), -1, dtype=np.int64)
    moved = np.unique(triangles[move])
    twin[moved] = len(positions) + np.arange(len(moved))
    out = np.where(move, twin[triangles], triangles)
    return Shell(
        np.concatenate([positions, positions[moved]]),
        out,
        np.concatenate([normals, normals[moved]]),
        np.concatenate([uv, uv[moved] + [REPEATS, 0]]),
    )
