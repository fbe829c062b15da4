"""Put an avatar together."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from PIL import Image

from tools.assets.canvas import make_canvas
from tools.assets.cloth import cloth_parts
from tools.assets.expression import expression_units
from tools.assets.eye import eye_parts, iris_texture
from tools.assets.face import make_face
from tools.assets.glbwriter import write_glb
from tools.assets.identity import shape_of
from tools.assets.lash import lash_part
from tools.assets.lid import lid_strips
from tools.assets.lip import LipSeal
from tools.assets.material import TEXTURES, materials_for
from tools.assets.person import Person
from tools.assets.scalp import Hairline
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
    positions = template.vertices + seal.apply(shape_of(source, person.body) - template.vertices)
    units = expression_units(source, seal)
    strips = lid_strips(template)
    skeleton = make_skeleton(template, positions)
    face = make_face(template, positions, units, skeleton, levels=detail.levels, rng=rng)
    parts = [face.part]
    parts += cloth_parts(template, positions)
    parts += eye_parts(template, positions, units, strips, detail=detail.parts)
    parts.append(
        lash_part(
            positions, units, strips, length=1 + 0.25 * person.style.makeup,
            detail=max(0.6, detail.parts), rng=rng,
        )
    )  # fmt: skip
    parts += mouth_parts(template, positions, units, detail=detail.parts)
    hairline = Hairline()
    canvas = make_canvas(
        source, face.atlas, detail.texture_pixels, face.template_points, face.openness,
        face.hollowness,
    )  # fmt: skip
    paint = paint_skin(canvas, person, template.vertices, strips, hairline, rng)
    n = detail.texture_pixels
    pictures = {
        "skin": Texture(paint.colour, 82),
        "surface": Texture(paint.surface, 70),
        "pores": Texture(pore_texture(n // 4), 80),
        "eye": Texture(iris_texture(*person.colours.iris, n // 4), 88),
        "hair": Texture(Image.new("RGBA", (4, 4)), 80),
        "shell": Texture(Image.new("RGB", (4, 4)), 80),
    }
    eyes = [template.group_vertices(f"helper-{side}-eye") for side in "lr"]
    eye_height = float(positions[np.concatenate(eyes), 1].mean())
    return write_glb(
        parts, skeleton, eye_height, materials_for(person.colours),
        [pictures[name] for name in TEXTURES],
    )  # fmt: skip
