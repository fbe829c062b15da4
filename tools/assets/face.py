"""The skin of head and neck as one part, with its texture."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tools.assets.array import FloatArray
from tools.assets.atlas import Atlas, lay_out
from tools.assets.cloth import bust_faces, neckline
from tools.assets.part import Part
from tools.assets.skeleton import Skeleton
from tools.assets.source import Template
from tools.assets.surface import Patch, cut_patch, vertex_normals

__all__ = ["Face", "make_face"]

BELOW_COLLAR_DM = -0.35
"""Skin goes on this far below the neckline, so that no gap can open."""


@dataclass(frozen=True, slots=True)
class Face:
    """The skin, before and after it is laid out for the texture.

    Attributes:
        patch: Faces of the base mesh, refined.
        template_points: Its vertices on the base mesh, (P, 3).
        points: Its vertices on the person, (P, 3).
        normals: On the person, (P, 3).
        atlas: Its layout.
        part: What is drawn.
    """

    patch: Patch
    template_points: FloatArray
    points: FloatArray
    normals: FloatArray
    atlas: Atlas
    part: Part

    @property
    def template_uv(self) -> FloatArray:
        """Place of each vertex in the template's texture space, (P, 2)."""
        out = np.zeros((len(self.points), 2))
        out[self.atlas.source] = self.atlas.template_uv
        return out


def make_face(
    template: Template,
    positions: FloatArray,
    units: Mapping[str, FloatArray],
    skeleton: Skeleton,
    *,
    levels: int,
) -> Face:
    """Make the skin of a person.

    Args:
        template: The base mesh.
        positions: Its vertices on the person, (V, 3).
        units: Face units, (V, 3) each.
        skeleton: What moves the skin.
        levels: How often to refine the mesh.
    """
    faces = bust_faces(template)
    centre = template.vertices[template.faces[faces]].mean(1)
    patch = cut_patch(template, faces[neckline(centre) > BELOW_COLLAR_DM], levels)
    rest, points, triangles = patch.of(template.vertices), patch.of(positions), patch.triangles
    normals = vertex_normals(points, triangles)
    atlas = lay_out(patch, rest)
    take = atlas.source
    morphs, turned = {}, {}
    for name, unit in units.items():
        moved = patch.of(unit)
        if np.abs(moved).max() < 1e-5:
            continue
        morphs[name] = moved[take]
        # Normals of the welded surface: none of the texture's seams may show.
        turned[name] = (vertex_normals(points + moved, triangles) - normals)[take]
    part = Part(
        "Face", "Skin", points[take], atlas.triangles, normals[take], atlas.uv, None, morphs,
        turned, patch.of(skeleton.weights)[take],
    )  # fmt: skip
    return Face(patch, rest, points, normals, atlas, part)
