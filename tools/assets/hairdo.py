"""A hairdo: strands that became a body of hair and ribbons on top of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from PIL import Image

from tools.assets.array import FloatArray
from tools.assets.ground import Ground
from tools.assets.haircard import Ribbons, ribbon_part
from tools.assets.hairshell import Shell, make_shell, make_volume
from tools.assets.occlusion import openness
from tools.assets.part import Part
from tools.assets.scalp import Hairline

__all__ = ["HairDo", "HairStyle", "Layer", "put_up"]

CELL_DM: Final = 0.042
LEAST_SHADE: Final = 0.30


@dataclass(frozen=True, slots=True)
class Layer:
    """Strands that are drawn as ribbons: (n, K, 3)."""

    name: str
    strands: FloatArray
    ribbons: Ribbons


@dataclass(frozen=True, slots=True)
class HairDo:
    """What is drawn, and the shell again as what casts shade on the skin."""

    parts: list[Part]
    shell: Shell


@dataclass(frozen=True, slots=True)
class HairStyle:
    """A way to wear one's hair.

    Attributes:
        hairline: Where it begins.
        grow: Makes it on a person's head, given the fineness (1 is full) and a seed.
        lock: Paints the ribbons' texture, given pixels of a side.
        sheet: Paints the shell's texture.
        gloss: 0 matt to 1 shiny.
    """

    hairline: Hairline
    grow: Callable[[Ground, float, np.random.Generator], HairDo]
    lock: Callable[[int, np.random.Generator], Image.Image]
    sheet: Callable[[int, np.random.Generator], Image.Image]
    gloss: float


def put_up(
    body: FloatArray,
    layers: Sequence[Layer],
    ground: Ground,
    *,
    thickness_dm: float,
    detail: float,
    rng: np.random.Generator,
) -> HairDo:
    """Make a hairdo.

    Args:
        body: Points all over the hair, (…, 3): they become the shell.
        layers: Strands that are drawn on top.
        ground: The head.
        thickness_dm: Of a strand in the body.
        detail: Fineness; below 1 the shell is coarser.
        rng: For sampling the sky and for the ribbons.
    """
    cell = CELL_DM * (1.0 if detail >= 1 else 1.2)
    volume = make_volume(body, thickness_dm, cell)
    shell = make_shell(volume, ground)
    shade = openness(shell.positions, shell.normals, shell.triangles, rng)
    shade = LEAST_SHADE + (1 - LEAST_SHADE) * np.clip(shade / 0.9, 0, 1)
    colours = np.column_stack([shade, shade, shade, np.ones(len(shade))])
    parts = [
        Part(
            "HairShell", "HairCap", shell.positions, shell.triangles, shell.normals, shell.uv,
            colours,
        )
    ]  # fmt: skip
    for layer in layers:
        parts.append(ribbon_part(layer.name, layer.strands, volume, ground, layer.ribbons, rng))
    return HairDo(parts, shell)
