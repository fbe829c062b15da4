"""Eyebrows, drawn hair by hair in a front view of the template.

Image rows run down; places are template x and y in decimetres.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFilter
from scipy import ndimage  # type: ignore[import-untyped] # it ships no types
from scipy.interpolate import CubicSpline  # type: ignore[import-untyped] # as above

from tools.assets.array import FloatArray

__all__ = ["Brows", "draw_brows"]

SIZE: Final = (3072, 768)
X_RANGE: Final = (-0.9, 0.9)
Y_RANGE: Final = (7.25, 7.70)
N_HAIRS: Final = 1100


@dataclass(frozen=True, slots=True)
class Brows:
    """Two pictures: the hairs, and the soft shadow that they make on the skin."""

    hairs: FloatArray
    shadow: FloatArray

    def sample(self, picture: FloatArray, x: FloatArray, y: FloatArray) -> FloatArray:
        """Return a picture's values at places of the template; 0 outside."""
        row = (Y_RANGE[1] - y) / (Y_RANGE[1] - Y_RANGE[0]) * SIZE[1]
        column = (x - X_RANGE[0]) / (X_RANGE[1] - X_RANGE[0]) * SIZE[0]
        return np.asarray(ndimage.map_coordinates(picture, [row, column], order=1))


def draw_brows(*, width: float, arch: float, rng: np.random.Generator) -> Brows:
    """Draw both brows.

    Args:
        width: Thickness, 1 = average.
        arch: 0 straight to 1 arched.
        rng: Where the hairs' differences come from.
    """
    t = np.array([0, 0.2, 0.45, 0.68, 0.85, 1.0])
    lift = np.array([-0.010, -0.004, 0.006, 0.014, 0.006, -0.022]) * (arch - 0.5) * 2
    line_x = CubicSpline(t, [0.125, 0.22, 0.35, 0.48, 0.56, 0.625])
    line_y = CubicSpline(t, np.array([7.470, 7.486, 7.508, 7.520, 7.504, 7.466]) + lift)
    half = CubicSpline(t, np.array([0.026, 0.036, 0.035, 0.027, 0.016, 0.004]) * width)
    image = Image.new("L", SIZE, 0)
    pen = ImageDraw.Draw(image)
    for side in (-1, 1):
        for _ in range(N_HAIRS):
            at = rng.random() ** 0.92
            off = float(np.clip(rng.normal() * 0.50, -1.3, 1.3))
            hair = _hair(float(line_x(at)), float(line_y(at)), float(half(at)), at, off, rng)
            shade = int(
                (150 + 90 * rng.random()) * np.interp(at, [0, 0.3, 0.8, 1], [0.04, 1, 1, 0.7])
            )
            pixels = [_pixel(side * x, y) for x, y in hair]
            pen.line(pixels[:3], fill=shade, width=4)
            pen.line(pixels[2:], fill=int(shade * 0.85), width=2)
    blurred = [image.filter(ImageFilter.GaussianBlur(radius)) for radius in (1.6, 14)]
    hairs, shadow = (np.asarray(picture, np.float64) / 255 for picture in blurred)
    return Brows(hairs, shadow)


def _hair(
    x: float, y: float, half: float, at: float, off: float, rng: np.random.Generator
) -> list[tuple[float, float]]:
    """Return five points of a hair: upright at the nose, lying flat towards the temple."""
    y += off * half * 0.95
    angle = float(np.interp(at, [0, 0.18, 0.45, 0.75, 1], [58, 38, 20, -2, -30]))
    angle += rng.normal() * 6 - off * float(np.interp(at, [0, 0.3, 1], [8, 24, 20]))
    length = float(np.interp(at, [0, 0.2, 0.6, 1], [0.042, 0.060, 0.062, 0.045]))
    length *= 0.75 + 0.5 * rng.random()
    points = []
    for k in range(5):
        turn = math.radians(angle - 8 * k)
        points.append((x, y))
        x += math.cos(turn) * length / 4
        y += math.sin(turn) * length / 4
    return points


def _pixel(x: float, y: float) -> tuple[float, float]:
    return (
        (x - X_RANGE[0]) / (X_RANGE[1] - X_RANGE[0]) * SIZE[0],
        (Y_RANGE[1] - y) / (Y_RANGE[1] - Y_RANGE[0]) * SIZE[1],
    )
