"""One drawable part of an avatar, before it is written to a file.

Shapes: P vertices, T triangles, J joints.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tools.assets.array import FloatArray, IntArray
from tools.assets.surface import vertex_normals

__all__ = ["Part"]


@dataclass(frozen=True, slots=True)
class Part:
    """A mesh with one material.

    Attributes:
        name: Node name.
        material: Name of a material.
        positions: Decimetres, template space, (P, 3).
        triangles: (T, 3).
        normals: Unit vectors, (P, 3).
        uv: Texture coordinates, (P, 2), v down; None if untextured.
        colours: Linear RGBA in [0, 1], (P, 4); None for white.
        morphs: Displacement at weight 1 by blend shape, (P, 3).
        morph_normals: Change of the normals by blend shape, (P, 3). Left out where it is too
            small to see.
        joints: Weight of each joint, (P, J); None for a part that moves with one joint alone.
        joint: Name of that joint.
    """

    name: str
    material: str
    positions: FloatArray
    triangles: IntArray
    normals: FloatArray
    uv: FloatArray | None = None
    colours: FloatArray | None = None
    morphs: Mapping[str, FloatArray] = field(default_factory=dict)
    morph_normals: Mapping[str, FloatArray] = field(default_factory=dict)
    joints: FloatArray | None = None
    joint: str = "Head"

    def __post_init__(self) -> None:
        count = len(self.positions)
        for array in (self.normals, self.uv, self.colours, self.joints, *self.morphs.values(),
                      *self.morph_normals.values()):  # fmt: skip
            if array is not None and len(array) != count:
                raise ValueError(f"{self.name}: {len(array)} values for {count} vertices")
        if self.triangles.size and int(self.triangles.max()) >= count:
            raise ValueError(f"{self.name}: a triangle names a vertex that does not exist")

    @classmethod
    def shaded(
        cls,
        name: str,
        material: str,
        positions: FloatArray,
        triangles: IntArray,
        *,
        uv: FloatArray | None = None,
        colours: FloatArray | None = None,
        morphs: Mapping[str, FloatArray] | None = None,
        joint: str = "Head",
    ) -> "Part":
        """Make a part whose normals, at rest and morphed, follow from its triangles."""
        normals = vertex_normals(positions, triangles)
        morphs = morphs or {}
        return cls(
            name, material, positions, triangles, normals, uv, colours, morphs,
            {n: vertex_normals(positions + d, triangles) - normals for n, d in morphs.items()},
            joint=joint,
        )  # fmt: skip
