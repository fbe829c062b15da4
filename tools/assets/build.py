"""Put an avatar together."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from tools.assets.canvas import make_canvas
from tools.assets.cloth import cloth_parts
from tools.assets.earring import stud_part
from tools.assets.expression import expression_units
from tools.assets.eye import eye_parts, fit_eye, iris_texture
from tools.assets.face import make_face
from tools.assets.glasses import glasses_part
from tools.assets.glbwriter import write_glb
from tools.assets.ground import Ground
from tools.assets.hairstyle import STYLES
from tools.assets.identity import shape_of
from tools.assets.lash import lash_part
from tools.assets.lid import lid_strips
from tools.assets.lip import LipSeal, shut_mouth
from tools.assets.material import TEXTURES, materials_for
from tools.assets.occlusion import hollowness, openness
from tools.assets.person import Person
from tools.assets.skeleton import make_skeleton
from tools.assets.skin import paint_skin, pore_texture
from tools.assets.source import Source
from tools.assets.texture import Texture
from tools.assets.tooth import mouth_parts

__all__ = ["FULL", "LOW", "Detail", "build_avatar"]


@dataclass(frozen=True, slots=True)
class Detail:
    """How fine an avatar is.

    Attributes:
        levels: How often the skin is refined.
        texture_pixels: Side of the skin's texture.
        parts: Fineness of eyes, teeth, lashes and hair; 1 is full.
    """

    levels: int
    texture_pixels: int
    parts: float


FULL: Final = Detail(1, 2048, 1.0)
LOW: Final = Detail(0, 1024, 0.45)


def build_avatar(source: Source, person: Person, detail: Detail) -> bytes:
    """Return a person as a plain GLB."""
    rng = np.random.default_rng(person.seed)
    template = source.template
    seal = LipSeal(template, source.unit("jawOpen"))
    units = expression_units(source, seal)
    shut = shut_mouth(template, shape_of(source, person.body), units, seal, levels=detail.levels)
    positions = shut.positions
    strips = lid_strips(template)
    skeleton = make_skeleton(template, positions)
    face = make_face(template, positions, units, skeleton, levels=detail.levels)
    cloth = cloth_parts(template, positions)
    style = STYLES[person.style.hair]
    ears = source.sample_mask("ears", face.template_uv)
    ground = Ground(face, cloth[0], style.hairline, ears)
    hair = style.grow(ground, detail.parts, rng)
    parts = [face.part, *cloth, *hair.parts]
    parts += eye_parts(template, positions, units, strips, detail=detail.parts)
    parts.append(
        lash_part(
            positions, units, strips, length=0.72 + 0.45 * person.style.makeup,
            detail=max(0.6, detail.parts), rng=rng,
        )
    )  # fmt: skip
    parts += mouth_parts(template, positions, units, shut.lower_lip, detail=detail.parts)
    sky = openness(
        face.points, face.normals, face.patch.triangles, rng,
        shade=(hair.shell.positions, hair.shell.triangles),
    )  # fmt: skip
    creases = hollowness(face.points, face.normals, face.patch.triangles)
    canvas = make_canvas(
        source, face.atlas, detail.texture_pixels, face.template_points, sky, creases
    )
    paint = paint_skin(canvas, person, template.vertices, strips, style.hairline, rng)
    n = detail.texture_pixels
    pictures = {
        "skin": Texture(paint.colour, 82),
        "surface": Texture(paint.surface, 70),
        "pores": Texture(pore_texture(n // 4), 80),
        "eye": Texture(iris_texture(*person.colours.iris, n // 4), 88),
        "hair": Texture(style.lock(n // 4, rng), 80),
        "shell": Texture(style.sheet(n // 4, rng), 75),
    }
    left, right = (
        fit_eye(positions[template.group_vertices(f"helper-{side}-eye")]) for side in "lr"
    )
    if person.style.glasses:
        parts.append(glasses_part((left, right), face.points))
    if person.style.studs:
        parts.append(stud_part(face.points, ears))
    eye_height = float((left.centre + right.centre)[1] / 2)
    return write_glb(
        parts, skeleton, eye_height, materials_for(person.colours, style.gloss),
        [pictures[name] for name in TEXTURES],
    )  # fmt: skip
