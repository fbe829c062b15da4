"""Eyeballs with a cornea, and the shadow that lids cast on them.

Angles are measured from the pupil. Shapes: P vertices, n pixels of a texture's side.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from PIL import Image
from scipy.spatial import cKDTree  # type: ignore[import-untyped] # it ships no types

from tools.assets.array import FloatArray, IntArray
from tools.assets.lid import MARGIN_ROW, LidStrips
from tools.assets.noise import fbm, mix
from tools.assets.part import Part
from tools.assets.person import Rgb
from tools.assets.source import Template
from tools.assets.surface import smoothstep, unit_rows

__all__ = ["EyeSphere", "eye_parts", "fit_eye", "iris_texture"]

IRIS_RAD: Final = 0.50
PUPIL_RAD: Final = 0.19
REAR_RAD: Final = 1.9
"""The ball ends here: the rest is never seen."""
BULGE: Final = 0.055
GAZE_GAIN: Final = 1.7
"""The face units turn an eye by 10 to 15 degrees; a real gaze goes further."""
N_AROUND: Final = 40
SIDES: Final = {"l": "Left", "r": "Right"}


@dataclass(frozen=True, slots=True)
class EyeSphere:
    """Centre (3,) and radius of an eyeball, decimetres."""

    centre: FloatArray
    radius: float


def fit_eye(positions: FloatArray) -> EyeSphere:
    """Fit a sphere to points (P, 3) by least squares."""
    system = np.column_stack([2 * positions, np.ones(len(positions))])
    solution = np.linalg.lstsq(system, (positions**2).sum(1), rcond=None)[0]
    centre = solution[:3]
    return EyeSphere(centre, math.sqrt(float(solution[3] + centre @ centre)))


def eye_parts(
    template: Template,
    positions: FloatArray,
    units: Mapping[str, FloatArray],
    strips: LidStrips,
    *,
    detail: float = 1.0,
) -> list[Part]:
    """Return both eyeballs and their shadows.

    Args:
        template: The base mesh.
        positions: The base mesh in the person's shape.
        units: Face units on the base mesh.
        strips: Where the lids end.
        detail: 1 for the full avatar, less for fewer vertices.
    """
    parts = []
    for side, name in SIDES.items():
        index = template.group_vertices(f"helper-{side}-eye")
        sphere = fit_eye(positions[index])
        parts.append(_ball(template, sphere, index, units, name, detail))
        parts.append(_shadow(positions, sphere, units, strips, side, detail))
    return parts


def _ball(
    template: Template,
    sphere: EyeSphere,
    index: IntArray,
    units: Mapping[str, FloatArray],
    name: str,
    detail: float,
) -> Part:
    around = max(16, round(N_AROUND * detail))
    rings = np.concatenate(
        [np.linspace(0, 0.46, max(4, round(10 * detail))), [0.50, 0.53, 0.57],
         np.linspace(0.64, REAR_RAD, max(6, round(12 * detail)))]
    )  # fmt: skip
    angle, turn = np.meshgrid(rings, np.linspace(0, 2 * math.pi, around + 1), indexing="ij")
    direction = np.stack(
        [np.sin(angle) * np.cos(turn), np.sin(angle) * np.sin(turn), np.cos(angle)], -1
    ).reshape(-1, 3)
    bulge = 1 + BULGE * np.clip(1 - (angle.reshape(-1) / (IRIS_RAD * 1.12)) ** 2, 0, 1)
    local = direction * (sphere.radius * bulge)[:, None]
    spread = angle / REAR_RAD * 0.5
    uv = np.stack([0.5 + spread * np.cos(turn), 0.5 - spread * np.sin(turn)], -1).reshape(-1, 2)
    morphs, morph_normals = {}, {}
    for shape, unit in units.items():
        moved = unit[index]
        if np.abs(moved).max() < 1e-4:
            continue
        gain = GAZE_GAIN if shape.startswith("eyeLook") else 1.0
        turned = _rotation(template.vertices[index], template.vertices[index] + moved, gain)
        morphs[shape] = local @ turned.T - local
        morph_normals[shape] = direction @ turned.T - direction
    return Part(
        f"Eye{name}", "Eye", local + sphere.centre, _grid_triangles(len(rings), around + 1),
        direction, uv, None, morphs, morph_normals,
    )  # fmt: skip


def _rotation(before: FloatArray, after: FloatArray, gain: float) -> FloatArray:
    """Return the rotation (3, 3) that best takes one point set to the other, ``gain`` times."""
    a, b = before - before.mean(0), after - after.mean(0)
    u, _, vt = np.linalg.svd(a.T @ b)
    flip = np.diag([1, 1, np.sign(np.linalg.det(vt.T @ u.T))])
    rotation = vt.T @ flip @ u.T
    angle = math.acos(float(np.clip((np.trace(rotation) - 1) / 2, -1, 1)))
    if angle < 1e-6:
        return np.eye(3)
    cross = (rotation - rotation.T) / (2 * math.sin(angle))
    angle *= gain
    return np.asarray(np.eye(3) + math.sin(angle) * cross + (1 - math.cos(angle)) * cross @ cross)


def _grid_triangles(n_rows: int, n_columns: int) -> IntArray:
    row, column = np.meshgrid(np.arange(n_rows - 1), np.arange(n_columns - 1), indexing="ij")
    a = (row * n_columns + column).reshape(-1)
    c = a + n_columns
    return np.concatenate([np.stack([a, c, c + 1], -1), np.stack([a, c + 1, a + 1], -1)])


def _shadow(
    positions: FloatArray,
    sphere: EyeSphere,
    units: Mapping[str, FloatArray],
    strips: LidStrips,
    side: str,
    detail: float,
) -> Part:
    """Return a dark film over the eye, densest under the lids, that follows them."""
    n_x, n_y = max(20, round(36 * detail)), max(16, round(28 * detail))
    x, y = np.meshgrid(np.linspace(-1.05, 1.05, n_x), np.linspace(-0.85, 0.85, n_y))
    depth = np.sqrt(np.clip(1 - (x**2 + y**2) * 0.7, 0.02, 1))
    direction = unit_rows(np.stack([x, y, depth], -1).reshape(-1, 3))
    angle = np.arccos(np.clip(direction[:, 2], -1, 1))
    radius = sphere.radius * (1.012 + BULGE * np.clip(1 - (angle / 0.62) ** 2, 0, 1))
    points = direction * radius[:, None] + sphere.centre
    upper = strips.margin(positions, side, "upper")
    either = np.concatenate([strips.margin(positions, side, "lower"), upper])
    to_either = cKDTree(either).query(points)[0]
    to_upper = cKDTree(upper).query(points)[0]
    alpha = 0.50 * np.exp(-((to_either / 0.014) ** 2)) + 0.34 * np.exp(-((to_upper / 0.042) ** 2))
    colour = np.column_stack([np.tile([0.10, 0.035, 0.03], (len(points), 1)), alpha.clip(0, 0.7)])
    lids = np.concatenate([strips.grids[side, lid][MARGIN_ROW] for lid in ("lower", "upper")])
    distance, nearest = cKDTree(positions[lids]).query(points, k=4)
    weight = 1 / (distance + 0.004) ** 2
    weight /= weight.sum(1, keepdims=True)
    fade = np.exp(-((to_either / 0.12) ** 2))[:, None]
    morphs = {}
    for shape in (f"eye{verb}{SIDES[side]}" for verb in ("Blink", "Squint", "Wide")):
        follow = (units[shape][lids][nearest] * weight[..., None]).sum(1) * fade
        outward = unit_rows(points + follow - sphere.centre)
        morphs[shape] = outward * radius[:, None] + sphere.centre - points
    triangles = _grid_triangles(n_y, n_x)[:, ::-1]
    return Part(
        f"EyeShadow{SIDES[side]}", "EyeShadow", points, triangles, direction, None, colour, morphs
    )


def iris_texture(inner: Rgb, rim: Rgb, n: int) -> Image.Image:
    """Paint the front of an eye: iris, pupil, white with a few veins."""
    y, x = np.mgrid[0:n, 0:n]
    u, v = (x + 0.5) / n - 0.5, (y + 0.5) / n - 0.5
    t, a = np.hypot(u, v) / 0.5 * REAR_RAD, np.arctan2(v, u)

    def streaks(k: float, stretch: float, octaves: int, seed: int) -> FloatArray:
        return fbm(np.stack([np.cos(a) * k, np.sin(a) * k, t * stretch], -1), 4, octaves, seed)

    white = np.broadcast_to(np.array([0.90, 0.875, 0.86]), (n, n, 3))
    noise = fbm(np.stack([np.cos(a) * 2, np.sin(a) * 2, t * 0.8], -1), 5, 4, 41)
    vein = np.clip(1 - np.abs(noise) * 9, 0, 1) * smoothstep(0.75, 1.3, t)
    white = mix(white, (0.78, 0.42, 0.38), vein * 0.30)
    white = mix(white, (0.84, 0.66, 0.62), smoothstep(0.8, 1.5, t) * 0.55)
    fibre, fine = streaks(9, 1.2, 3, 51), streaks(22, 2, 2, 55)
    light, dark = np.array(inner), np.array(rim)
    q = (t - PUPIL_RAD) / (IRIS_RAD - PUPIL_RAD)
    iris = light * 0.95 + (dark - light) * smoothstep(0.55, 1.0, q)[..., None]
    iris = iris * (1 + 0.38 * fibre + 0.22 * fine)[..., None]
    collarette = np.exp(-(((q - 0.28) / 0.16) ** 2)) * (0.45 + 0.4 * fibre)
    iris = mix(iris, light * np.array([1.35, 1.2, 1.05]), collarette)
    iris = mix(iris, dark * 0.55, smoothstep(0.80, 1.0, q) * 0.85)
    # Light falls in from above and gathers in the lower half.
    iris = iris * (1 + 0.38 * np.clip(np.sin(a), -0.6, 1))[..., None]
    out = mix(white, dark * 0.6, smoothstep(IRIS_RAD + 0.055, IRIS_RAD, t) * 0.75)
    inside = smoothstep(IRIS_RAD + 0.02, IRIS_RAD - 0.025, t)[..., None]
    out = out * (1 - inside) + iris * inside
    pupil = smoothstep(PUPIL_RAD + 0.022, PUPIL_RAD - 0.012, t + 0.012 * fibre)
    out = mix(out, (0.012, 0.010, 0.010), pupil)
    return Image.fromarray((np.clip(out, 0, 1) * 255).astype(np.uint8))
