"""Pictures of hair, grey: the material gives them colour."""

import math
from typing import Final

import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage  # type: ignore[import-untyped] # it ships no types

from tools.assets.array import FloatArray
from tools.assets.surface import smoothstep

__all__ = ["N_LOCKS", "curl_texture", "lock_texture", "shell_texture"]

N_LOCKS: Final = 4
"""Different locks side by side in a texture."""
HAIRS_PER_LOCK: Final = 150


def lock_texture(n: int, rng: np.random.Generator) -> Image.Image:
    """Return locks of straight hair, root above, tip below; alpha is 1 where hair is."""
    width = n // N_LOCKS
    grey, alpha = np.zeros((n, n)), np.zeros((n, n))
    for lock in range(N_LOCKS):
        where, depth = _draw_lock(2 * width, 2 * n, rng)
        at = slice(lock * width, (lock + 1) * width)
        alpha[:, at] = _half(where, width, n)
        grey[:, at] = _half(depth, width, n) / np.maximum(alpha[:, at], 0.05)
    # Let the colour run on past the hairs: a mipmap mixes it in.
    near = ndimage.distance_transform_edt(alpha < 0.3, return_distances=False, return_indices=True)
    grey = np.clip(grey, 0.3, 1)[near[0], near[1]]
    alpha = alpha * smoothstep(-0.01, 0.03, np.linspace(0, 1, n))[:, None]
    return _rgba(0.35 + 0.65 * grey, alpha)


def _draw_lock(
    width: int, height: int, rng: np.random.Generator
) -> tuple[Image.Image, Image.Image]:
    where, depth = Image.new("L", (width, height), 0), Image.new("L", (width, height), 0)
    pens = ImageDraw.Draw(where), ImageDraw.Draw(depth)
    t = np.linspace(0, 1, 24)
    for _ in range(HAIRS_PER_LOCK):
        x0 = width * (0.06 + 0.88 * rng.random())
        y0 = height * max(0.0, rng.normal() * 0.03)
        y1 = height * (1 - abs(rng.normal()) * 0.14)
        gather = (width / 2 + (x0 - width / 2) * (0.55 + 0.3 * rng.random()) - x0) * t**2.2
        wave = rng.normal() * width * 0.025 * np.sin(rng.random() * 6.28 + 3 * t) * t
        x, y = x0 + gather + wave, y0 + (y1 - y0) * t
        thick, shade = 2 + 2 * rng.random(), int(70 + 185 * rng.random() ** 1.3)
        for k in range(len(t) - 1):
            w = max(1, round(thick * (1 - 0.65 * t[k]) + 0.3))
            line = [(x[k], y[k]), (x[k + 1], y[k + 1])]
            pens[0].line(line, fill=255, width=w)
            pens[1].line(line, fill=shade, width=w)
    return where, depth


def _half(image: Image.Image, width: int, height: int) -> FloatArray:
    small = image.resize((width, height), Image.Resampling.LANCZOS)
    return np.asarray(small, np.float64) / 255


def curl_texture(n: int, rng: np.random.Generator) -> Image.Image:
    """Return locks of tight curls."""
    width = n // N_LOCKS
    where, depth = Image.new("L", (2 * n, 2 * n), 0), Image.new("L", (2 * n, 2 * n), 0)
    pens = ImageDraw.Draw(where), ImageDraw.Draw(depth)
    t = np.linspace(0, 1, 160)
    for lock in range(N_LOCKS):
        for _ in range(26):
            centre = 2 * width * (lock + 0.5 + 0.22 * rng.normal() * 0.8)
            turns, phase = 5 + 3 * rng.random(), rng.random() * 6.28
            swing = 2 * width * (0.10 + 0.12 * rng.random())
            x = centre + swing * np.sin(phase + turns * 2 * math.pi * t)
            x = np.clip(x, 2 * width * (lock + 0.04), 2 * width * (lock + 0.96))
            y = 2 * n * t * (0.86 + 0.12 * rng.random())
            y = y + 0.5 * swing * np.cos(phase + turns * 2 * math.pi * t)
            shade = int(80 + 175 * rng.random())
            points = list(zip(x.tolist(), y.tolist(), strict=True))
            pens[0].line(points, fill=255, width=6)
            pens[1].line(points, fill=shade, width=6)
    alpha = _half(where, n, n)
    grey = _half(depth, n, n) / np.maximum(alpha, 0.05)
    near = ndimage.distance_transform_edt(alpha < 0.3, return_distances=False, return_indices=True)
    return _rgba(0.35 + 0.65 * np.clip(grey, 0.3, 1)[near[0], near[1]], alpha)


def shell_texture(n: int, rng: np.random.Generator, *, curl: float = 0.0) -> Image.Image:
    """Return a tileable sheet of hair: streaks that run down, or curls.

    Args:
        n: Pixels of a side.
        rng: Where the hairs come from.
        curl: 0 straight to 1 curly.
    """
    coarse = ndimage.gaussian_filter1d(rng.random((6, n // 8)), 1, axis=1, mode="wrap")
    fine = ndimage.gaussian_filter1d(rng.random((10, n)), 0.8, axis=1, mode="wrap")
    streaks = 0.5 * _stretch(coarse, n) + 0.5 * _stretch(fine, n)
    spots = sum(
        ndimage.gaussian_filter(rng.random((n, n)), sigma, mode="wrap") * sigma
        for sigma in (3, 6, 10)
    )
    tone = (1 - curl) * _normal(streaks) + curl * _normal(np.asarray(spots))
    grey = np.clip(0.68 + 0.11 * tone, 0.2, 1)
    return Image.fromarray((np.repeat(grey[..., None], 3, 2) * 255).astype(np.uint8))


def _stretch(rows: FloatArray, n: int) -> FloatArray:
    zoom = (n / rows.shape[0], n / rows.shape[1])
    return np.asarray(ndimage.zoom(rows, zoom, order=1, mode="grid-wrap", grid_mode=True))


def _normal(values: FloatArray) -> FloatArray:
    return np.asarray((values - values.mean()) / values.std())


def _rgba(grey: FloatArray, alpha: FloatArray) -> Image.Image:
    channels = np.dstack([grey, grey, grey, alpha])
    return Image.fromarray((channels * 255).clip(0, 255).astype(np.uint8), "RGBA")
