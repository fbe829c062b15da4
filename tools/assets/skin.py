"""Paint skin: colour, roughness and pores.

Everything is painted where it lies on the template, so it fits every person.
Shapes: n pixels of a side; fields are (n, n), colours (n, n, 3).
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from PIL import Image
from scipy import ndimage  # type: ignore[import-untyped] # it ships no types
from scipy.spatial import cKDTree  # type: ignore[import-untyped] # as above

from tools.assets.array import FloatArray
from tools.assets.brow import draw_brows
from tools.assets.canvas import Canvas
from tools.assets.lid import LidStrips
from tools.assets.noise import fbm, gauss, mix, value_noise
from tools.assets.person import Person
from tools.assets.scalp import Hairline, scalp_height
from tools.assets.surface import smoothstep

__all__ = ["SkinPaint", "paint_skin", "pore_texture"]

LIP_LINE_Y: Final = 6.635
FLESH: Final = (0.42, 0.14, 0.14)
"""The inside of a mouth."""


@dataclass(frozen=True, slots=True)
class SkinPaint:
    """Textures of the skin: colour, and occlusion/roughness/metalness in one."""

    colour: Image.Image
    surface: Image.Image


def paint_skin(
    canvas: Canvas,
    person: Person,
    template_positions: FloatArray,
    strips: LidStrips,
    hairline: Hairline,
    rng: np.random.Generator,
) -> SkinPaint:
    """Paint a person's skin."""
    scalp = _scalp(canvas, hairline)
    colour = _tone(canvas, person)
    colour = _zones(colour, canvas, person)
    colour = _wrinkles(colour, canvas, person)
    colour = _stubble(colour, canvas, person)
    colour = _lips(colour, canvas, person)
    colour = mix(colour, FLESH, canvas.inside)
    colour = _lids(colour, canvas, person, template_positions, strips)
    colour = _brows(colour, canvas, person, rng)
    colour = mix(colour, np.array(person.colours.hair) * 0.8, scalp * 0.92)
    colour = _grain(colour, canvas, person)
    colour = _occlude(colour, canvas)
    return SkinPaint(
        Image.fromarray((np.clip(colour, 0, 1) * 255).astype(np.uint8)),
        _surface(canvas, scalp, hairline),
    )


def _tone(canvas: Canvas, person: Person) -> FloatArray:
    """Return the ground: patches that are a little redder or yellower than the rest."""
    skin = np.array(person.colours.skin)
    broad, fine = canvas.noise(2.2, 3, 1), canvas.noise(6, 3, 5)
    colour = np.broadcast_to(skin, canvas.points.shape)
    redder = np.clip(0.35 * broad + 0.22 * fine, 0, 1) * 0.6
    yellower = np.clip(-0.4 * broad - 0.2 * fine, 0, 1) * 0.6
    colour = mix(colour, skin * [1.0, 0.86, 0.84], redder)
    return mix(colour, skin * [1.0, 1.0, 0.93], yellower)


def _zones(colour: FloatArray, canvas: Canvas, person: Person) -> FloatArray:
    """Redden what is rich in blood and thin in skin, lighten forehead and cheekbones."""
    skin = np.array(person.colours.skin)
    x, y, z, front = canvas.x, canvas.y, canvas.z, canvas.front
    ax = np.abs(x)
    fine = canvas.noise(6, 3, 5)
    flush = (0.20 + 0.12 * person.style.makeup) * (1 + 0.35 * fine)
    ears = smoothstep(0.72, 0.86, ax) * gauss(z, y, (0.35, 7.15), (0.35, 0.45))
    for amount, tint in (
        (gauss(ax, y, (0.53, 6.97), (0.25, 0.17)) * front * flush, (1.02, 0.78, 0.76)),
        (gauss(x, y, (0, 6.93), (0.17, 0.13)) * front * 0.38, (1.0, 0.80, 0.76)),
        (gauss(x, y, (0, 6.27), (0.26, 0.13)) * front * 0.30, (1.0, 0.84, 0.81)),
        (gauss(x, y, (0, 7.78), (0.55, 0.22)) * front * 0.45, (1.02, 1.02, 0.95)),
        (gauss(ax, y, (0.31, 7.145), (0.17, 0.045)) * front * 0.32, (0.93, 0.80, 0.79)),
        (gauss(ax, y, (0.40, 7.06), (0.20, 0.06)) * front * 0.30, (1.05, 1.05, 1.04)),
        (gauss(ax, y, (0.30, 6.62), (0.06, 0.14)) * front * 0.15, (1.0, 0.86, 0.84)),
        (ears * 0.55, (0.90, 0.74, 0.72)),
        (canvas.masks["ears"] * 0.25, (0.93, 0.76, 0.74)),
    ):
        colour = mix(colour, skin * tint, amount)
    return colour


def _wrinkles(colour: FloatArray, canvas: Canvas, person: Person) -> FloatArray:
    """Draw what years leave: lines on the forehead, by the eyes and beside the mouth."""
    if person.style.wrinkles <= 0:
        return colour
    x, y = np.abs(canvas.x), canvas.y
    wander = fbm(np.stack([canvas.x * 1.2, y * 0.4, canvas.z * 0], -1), 3, 2, 91)
    lines = np.zeros_like(y)
    for height, strength in ((7.66, 0.7), (7.74, 1.0), (7.82, 0.8)):
        off = y - height - 0.02 * np.cos(x * 5) - 0.022 * wander
        lines += strength * np.exp(-((off / 0.007) ** 2)) * smoothstep(0.5, 0.2, x)
    for angle, strength in ((-0.45, 0.8), (-0.12, 1.0), (0.25, 0.7)):
        dx, dy = x - 0.50, y - 7.27
        along = dx * math.cos(angle) + dy * math.sin(angle)
        off = -dx * math.sin(angle) + dy * math.cos(angle) + 0.010 * wander
        reach = smoothstep(0.0, 0.05, along) * smoothstep(0.20, 0.08, along)
        lines += strength * np.exp(-((off / 0.006) ** 2)) * reach
    fold = x - (0.24 + 0.12 * np.clip(6.92 - y, 0, 1) / 0.4 + 0.015 * wander)
    lines += 0.8 * np.exp(-((fold / 0.012) ** 2)) * gauss(y, y, (6.74, 6.74), (0.13, 9))
    shade = np.array(person.colours.skin) * [0.70, 0.56, 0.54]
    return mix(colour, shade, np.clip(lines, 0, 1) * canvas.front * 0.42 * person.style.wrinkles)


def _stubble(colour: FloatArray, canvas: Canvas, person: Person) -> FloatArray:
    if person.style.stubble <= 0:
        return colour
    x, y, z = canvas.x, canvas.y, canvas.z
    ax = np.abs(x)
    beard = gauss(ax, y, (0.42, 6.38), (0.36, 0.20)) + gauss(x, y, (0, 6.25), (0.30, 0.16))
    beard += 0.9 * gauss(ax, y, (0.13, 6.79), (0.18, 0.05))
    beard = np.clip(beard, 0, 1) * smoothstep(0.45, 0.85, z) * smoothstep(6.0, 6.22, y)
    hairs = 0.62 + 0.38 * smoothstep(-0.2, 0.5, canvas.noise(190, 2, 61))
    shade = np.array(person.colours.brow) * 1.1 + 0.10
    return mix(colour, shade, np.clip(beard * 1.3, 0, 1) * person.style.stubble * hairs)


def _lips(colour: FloatArray, canvas: Canvas, person: Person) -> FloatArray:
    y = canvas.y
    lip = np.broadcast_to(np.array(person.colours.lip), canvas.points.shape)
    near_line = 1 - np.clip(np.abs((y - LIP_LINE_Y) / 0.05), 0, 1)
    lip = mix(lip, np.array(person.colours.lip) * 0.72, smoothstep(0.35, 0.9, near_line) * 0.55)
    lip = lip * (1 + 0.055 * _lip_folds(canvas)[..., None])
    return mix(colour, lip, 0.93 * canvas.masks["lips"])


def _lip_folds(canvas: Canvas) -> FloatArray:
    return fbm(np.stack([canvas.x * 2.2, canvas.y * 0.35, canvas.z * 0.3], -1), 22, 2, 21)


def _lids(
    colour: FloatArray,
    canvas: Canvas,
    person: Person,
    template_positions: FloatArray,
    strips: LidStrips,
) -> FloatArray:
    skin, makeup = np.array(person.colours.skin), person.style.makeup
    x, y, z = canvas.x, canvas.y, canvas.z
    colour = mix(colour, skin * [0.96, 0.84, 0.82], canvas.masks["eyelids"] * 0.45)
    shadow = gauss(np.abs(x), y, (0.335, 7.375), (0.20, 0.055)) * smoothstep(7.30, 7.34, y)
    colour = mix(colour, skin * [0.74, 0.56, 0.52], shadow * canvas.front * 0.18 * makeup)
    near = (z > 1.0) & (y > 7.0) & (y < 7.6) & (np.abs(x) < 0.7)
    edges = {
        lid: np.concatenate([strips.margin(template_positions, s, lid) for s in "lr"])
        for lid in ("upper", "lower")
    }
    either, upper = np.full(x.shape, 9.0), np.full(x.shape, 9.0)
    both = np.concatenate([edges["upper"], edges["lower"]])
    either[near] = cKDTree(both).query(canvas.points[near])[0]
    upper[near] = cKDTree(edges["upper"]).query(canvas.points[near])[0]
    rim = np.array([0.88, 0.52, 0.48]) * skin
    colour = mix(colour, rim, np.exp(-((either / 0.022) ** 2)) * 0.28)
    line = np.exp(-((upper / 0.022) ** 2)) * (0.35 + 0.35 * makeup)
    return mix(colour, np.array(person.colours.brow) * 0.55, line)


def _brows(
    colour: FloatArray, canvas: Canvas, person: Person, rng: np.random.Generator
) -> FloatArray:
    brows = draw_brows(width=person.style.brow_width, arch=person.style.brow_arch, rng=rng)
    ahead = smoothstep(0.9, 1.0, canvas.z)
    brow = np.array(person.colours.brow)
    shadow = brows.sample(brows.shadow, canvas.x, canvas.y) * ahead
    hairs = brows.sample(brows.hairs, canvas.x, canvas.y) * ahead
    colour = mix(colour, brow, np.clip(shadow * 0.24, 0, 1) * smoothstep(0.08, 0.20, abs(canvas.x)))
    return mix(colour, brow * 0.8, np.clip(hairs * 0.80, 0, 1))


def _scalp(canvas: Canvas, hairline: Hairline) -> FloatArray:
    """Return how much hair colours the skin below it: a soft, uneven edge."""
    height = scalp_height(canvas.points, hairline) + 0.05 * canvas.noise(6, 3, 5)
    height = np.where(canvas.masks["ears"] > 0.5, -1, height)
    strands = np.stack([canvas.x, canvas.y * 0.4, canvas.z], -1)
    return smoothstep(-0.055, 0.045, height + 0.02 * fbm(strands, 40, 2, 31))


def _grain(colour: FloatArray, canvas: Canvas, person: Person) -> FloatArray:
    fine, finest = canvas.noise(28, 2, 9), canvas.noise(70, 2, 11)
    bare = 1 - canvas.masks["lips"]
    colour = colour * (1 + 0.020 * fine + 0.014 * finest * bare)[..., None]
    if person.style.freckles > 0:
        spots = smoothstep(0.52, 0.62, value_noise(canvas.points, 34, 77))
        where = smoothstep(0.2, 0.6, gauss(abs(canvas.x), canvas.y, (0.36, 7.02), (0.34, 0.16)))
        shade = np.array(person.colours.skin) * [0.80, 0.66, 0.58]
        colour = mix(colour, shade, spots * where * canvas.front * person.style.freckles)
    return colour


def _occlude(colour: FloatArray, canvas: Canvas) -> FloatArray:
    """Darken what the sky does not reach; light that gets there has gone red in the skin."""
    open_ = np.clip(canvas.openness / 0.9, 0, 1)[..., None] ** 0.9
    deep = np.array([0.74, 0.52, 0.47])
    colour = colour * (deep + (1 - deep) * open_)
    crease = np.clip(canvas.hollowness, 0, 0.3)[..., None]
    return np.asarray(colour * (1 - crease * np.array([0.55, 0.99, 1.04])))


def _surface(canvas: Canvas, scalp: FloatArray, hairline: Hairline) -> Image.Image:
    """Return occlusion (red), roughness (green) and metalness (blue) at half size."""
    x, y, front = canvas.x, canvas.y, canvas.front
    rough = np.full(x.shape, 0.53)
    rough -= 0.10 * gauss(x, y, (0, 7.6), (0.5, 0.3)) * front
    rough -= 0.10 * gauss(x, y, (0, 7.05), (0.16, 0.2)) * front
    lips = canvas.masks["lips"]
    rough = rough * (1 - lips) + (0.33 + 0.05 * _lip_folds(canvas)) * lips
    rough += 0.05 * canvas.noise(70, 2, 11) + 0.03 * canvas.noise(28, 2, 9)
    rough = np.where(canvas.inside > 0.5, 0.35, rough)
    # Below the edge of the hair no light from behind may glance off: there is hair in its way.
    shaded = smoothstep(-0.30, -0.05, scalp_height(canvas.points, hairline))
    shaded = np.maximum(scalp, shaded * (canvas.masks["ears"] < 0.5))
    rough = rough + (0.95 - rough) * shaded
    occlusion = np.clip(canvas.openness / 0.9, 0, 1)
    channels = np.stack([occlusion, np.clip(rough, 0.15, 1), np.zeros_like(rough)], -1)
    image = Image.fromarray((channels * 255).astype(np.uint8))
    return image.resize((image.width // 2, image.height // 2), Image.Resampling.LANCZOS)


def pore_texture(n: int) -> Image.Image:
    """Return a tileable normal map of pores."""
    rng = np.random.default_rng(3)
    seeds = rng.random((900, 2))
    tiles = [seeds + np.array([a, b]) for a in (-1, 0, 1) for b in (-1, 0, 1)]
    y, x = np.mgrid[0:n, 0:n] / n
    near, _ = cKDTree(np.concatenate(tiles)).query(np.stack([x, y], -1).reshape(-1, 2), k=2)
    cells = (near[:, 1] - near[:, 0]).reshape(n, n) * math.sqrt(len(seeds))
    height = np.clip(cells, 0, 0.55) + 0.35 * _tile_noise(n, 64, 5) + 0.2 * _tile_noise(n, 128, 6)
    height = ndimage.gaussian_filter(height, 1.0, mode="wrap")
    slope_x = np.roll(height, -1, 1) - np.roll(height, 1, 1)
    slope_y = np.roll(height, -1, 0) - np.roll(height, 1, 0)
    normal = np.stack([-slope_x * 1.6, slope_y * 1.6, np.ones_like(height)], -1)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    return Image.fromarray(((normal * 0.5 + 0.5) * 255).astype(np.uint8))


def _tile_noise(n: int, cells: int, seed: int) -> FloatArray:
    grid = np.random.default_rng(seed).random((cells, cells))
    return np.asarray(ndimage.zoom(grid, n / cells, order=1, mode="grid-wrap", grid_mode=True))
