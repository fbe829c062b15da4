"""What a painter needs to know about every pixel of the skin texture.

Shapes: n pixels of a side; fields are (n, n), colours (n, n, 3).
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tools.assets.array import FloatArray
from tools.assets.atlas import MOUTH_BAG, Atlas, Raster
from tools.assets.noise import fbm
from tools.assets.source import Source
from tools.assets.surface import smoothstep

__all__ = ["Canvas", "make_canvas"]


@dataclass(frozen=True, slots=True)
class Canvas:
    """Template-space facts per pixel, the same for every person except the last two.

    Attributes:
        points: Place on the base mesh, decimetres, (n, n, 3).
        template_uv: Place in the template's texture space, (n, n, 2).
        inside: 1 within the mouth.
        front: 1 on the face, 0 behind it.
        masks: ``lips``, ``ears``, ``eyelids``, by name.
        openness: Visible share of the sky.
        hollowness: Above 0 in creases.
    """

    points: NDArray[np.float32]
    template_uv: NDArray[np.float32]
    inside: FloatArray
    front: FloatArray
    masks: dict[str, FloatArray]
    openness: FloatArray
    hollowness: FloatArray

    _noise: dict[tuple[float, int, int], FloatArray] = field(default_factory=dict)

    def noise(self, frequency: float, octaves: int, seed: int) -> FloatArray:
        """Return noise over the skin; the same question is answered only once."""
        key = (frequency, octaves, seed)
        if key not in self._noise:
            self._noise[key] = fbm(self.points, frequency, octaves, seed)
        return self._noise[key]

    @property
    def x(self) -> FloatArray:
        """Sideways, > 0 on the person's left."""
        return self.points[..., 0].astype(np.float64)

    @property
    def y(self) -> FloatArray:
        """Upwards."""
        return self.points[..., 1].astype(np.float64)

    @property
    def z(self) -> FloatArray:
        """Forwards."""
        return self.points[..., 2].astype(np.float64)


def make_canvas(
    source: Source,
    atlas: Atlas,
    n: int,
    template_points: FloatArray,
    openness: FloatArray,
    hollowness: FloatArray,
) -> Canvas:
    """Bake the facts over the texture.

    Args:
        source: For the masks.
        atlas: The layout of the skin.
        n: Pixels of a side.
        template_points: The patch's vertices on the base mesh, (P, 3).
        openness: Per vertex of the patch, (P,).
        hollowness: Per vertex of the patch, (P,).
    """
    raster = Raster(atlas, n)
    points = raster.bake(template_points[atlas.source])
    template_uv = raster.bake(atlas.template_uv)
    light = raster.bake(np.column_stack([openness, hollowness])[atlas.source])
    island = raster.bake(atlas.island[:, None])[..., 0]

    inside = np.clip(source.sample_mask("inside-mouth", template_uv) * 1.2, 0, 1)
    y, z = points[..., 1].astype(np.float64), points[..., 2].astype(np.float64)
    return Canvas(
        points,
        template_uv,
        np.where(np.round(island) == MOUTH_BAG, 1.0, inside),
        smoothstep(0.75, 1.15, z) * smoothstep(5.9, 6.15, y),
        {name: source.sample_mask(name, template_uv) for name in ("lips", "ears", "eyelids")},
        light[..., 0].astype(np.float64),
        light[..., 1].astype(np.float64),
    )
