"""A pair of glasses, fitted to a face.

Decimetres, template axes. Shapes: n points of a line, k points round a tube.
"""

import math
from typing import Final

import numpy as np

from tools.assets.array import FloatArray, IntArray
from tools.assets.eye import EyeSphere
from tools.assets.part import Part
from tools.assets.surface import unit_rows

__all__ = ["glasses_part"]

RIM_DM: Final = 0.012
HALF_WIDTH_DM: Final = 0.262
HALF_HEIGHT_DM: Final = 0.19
AHEAD_DM: Final = 0.15
"""From the front of the eye to the rim."""
EAR: Final = (0.10, -1.05)
"""Where the temples rest: above the eye, behind its centre."""
N_RIM: Final = 40
N_TUBE: Final = 8


def glasses_part(eyes: tuple[EyeSphere, EyeSphere], skin: FloatArray) -> Part:
    """Return rims, bridge and temples.

    Args:
        eyes: Left and right.
        skin: Points of the face, (P, 3): the temples of the glasses clear them.
    """
    lines: list[tuple[FloatArray, bool]] = []
    turn = np.linspace(0, 2 * math.pi, N_RIM, endpoint=False)
    front = max(eye.centre[2] + eye.radius for eye in eyes) + AHEAD_DM
    level = np.abs(skin[:, 1] - eyes[0].centre[1]) < 0.15
    level &= skin[:, 2] > eyes[0].centre[2] - 0.35
    half_face = float(np.abs(skin[level, 0]).max())
    level = np.abs(skin[:, 1] - eyes[0].centre[1]) < 0.1
    half_head = float(np.percentile(np.abs(skin[level, 0]), 92))
    centres = []
    for eye in eyes:
        side = math.copysign(1, eye.centre[0])
        centre = np.array([eye.centre[0] + 0.02 * side, eye.centre[1] - 0.015, front])
        centres.append(centre)
        power = 0.72  # between an ellipse (1) and a rectangle (0)
        x = np.sign(np.cos(turn)) * np.abs(np.cos(turn)) ** power * HALF_WIDTH_DM
        y = np.sign(np.sin(turn)) * np.abs(np.sin(turn)) ** power * HALF_HEIGHT_DM
        # Rims wrap round the face a little.
        rim = np.column_stack([x, y, -0.20 * (x * side).clip(0) ** 2 - 0.04 * x * side])
        lines.append((rim + centre, True))
        hinge = centre + np.array([side * (HALF_WIDTH_DM + 0.01), 0.07, -0.03])
        corner = np.array([side * (half_face + 0.02), hinge[1] + 0.01, hinge[2] - 0.12])
        ear = np.array([side * half_head, eye.centre[1] + EAR[0], eye.centre[2] + EAR[1]])
        lines.append((_curve([hinge, corner, ear], 18), False))
    left, right = sorted(centres, key=lambda centre: float(centre[0]))
    inner = HALF_WIDTH_DM - 0.005
    middle = (left + right) / 2 + [0, 0.075, 0.05]
    reach = np.array([inner, 0.05, 0.0])
    bridge = [left + reach, middle, right + reach * [-1, 1, 1]]
    lines.append((_curve(bridge, 9), False))
    points, normals, triangles = [], [], []
    total = 0
    for line, closed in lines:
        tube, normal, faces = _tube(line, closed)
        points.append(tube)
        normals.append(normal)
        triangles.append(faces + total)
        total += len(tube)
    return Part(
        "Glasses", "Frame", np.concatenate(points), np.concatenate(triangles),
        np.concatenate(normals),
    )  # fmt: skip


def _curve(corners: list[FloatArray], n: int) -> FloatArray:
    """Return a line along straight pieces whose corners are rounded off."""
    places = np.array(corners)
    s = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(places, axis=0), axis=1))])
    fine = np.linspace(0, s[-1], 8 * n)
    line = np.stack([np.interp(fine, s, places[:, k]) for k in range(3)], 1)
    for _ in range(6 * n):
        line[1:-1] = 0.5 * line[1:-1] + 0.25 * (line[:-2] + line[2:])
    return np.asarray(line[np.linspace(0, len(line) - 1, n).round().astype(int)])


def _tube(line: FloatArray, closed: bool) -> tuple[FloatArray, FloatArray, IntArray]:
    around = np.roll(line, -1, 0) - np.roll(line, 1, 0)
    along = unit_rows(around if closed else np.gradient(line, axis=0))
    forward = np.where(np.abs(along[:, 2:]) > 0.8, [0.0, 1.0, 0.0], [0.0, 0.0, 1.0])
    side = unit_rows(np.cross(along, forward))
    up = np.cross(side, along)
    turn = np.linspace(0, 2 * math.pi, N_TUBE, endpoint=False)[None, :, None]
    normal = side[:, None] * np.cos(turn) + up[:, None] * np.sin(turn)
    points = line[:, None] + normal * RIM_DM
    n = len(line)
    i = np.arange(n if closed else n - 1)[:, None] * N_TUBE
    after = (i + N_TUBE) % (n * N_TUBE)
    k = np.arange(N_TUBE)[None]
    following = (k + 1) % N_TUBE
    triangles = np.concatenate(
        [np.stack([i + k, after + following, i + following], -1).reshape(-1, 3),
         np.stack([i + k, after + k, after + following], -1).reshape(-1, 3)]
    )  # fmt: skip
    flat, out = points.reshape(-1, 3), normal.reshape(-1, 3)
    a, b, c = (flat[triangles[:, j]] for j in range(3))
    if (np.cross(b - a, c - a) * out[triangles[:, 0]]).sum() < 0:
        triangles = triangles[:, ::-1]
    return flat, out, triangles
