"""The 52 face units, mended where the data falls short of what a speaking face needs.

Shapes: V vertices of the base mesh.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np
from scipy.spatial import cKDTree  # type: ignore[import-untyped] # it ships no types

from tools.assets.arkit import ARKIT_NAMES
from tools.assets.array import FloatArray
from tools.assets.lip import LipSeal
from tools.assets.source import Source, Template
from tools.assets.surface import neighbour_mean, smoothstep, triangulate

__all__ = ["expression_units"]

SHUT: Final = (
    "cheekPuff", "mouthDimpleLeft", "mouthDimpleRight", "mouthFrownLeft", "mouthFrownRight",
    "mouthLeft", "mouthPressLeft", "mouthPressRight", "mouthPucker", "mouthRight",
    "mouthSmileLeft", "mouthSmileRight", "mouthStretchLeft", "mouthStretchRight",
)  # fmt: skip
"""Units that move a shut mouth about without opening it."""
SHUT_JAW: Final = (
    "jawLeft", "jawRight", "mouthRollLower", "mouthRollUpper", "mouthShrugLower",
    "noseSneerLeft", "noseSneerRight",
)  # fmt: skip
"""Units whose lips slide along one another: only their heights must agree."""
CREASED: Final = (
    "mouthSmileLeft", "mouthSmileRight", "mouthDimpleLeft", "mouthDimpleRight",
    "mouthStretchLeft", "mouthStretchRight", "mouthFrownLeft", "mouthFrownRight",
    "cheekSquintLeft", "cheekSquintRight",
)  # fmt: skip
"""Units with sharp hooks in the cheek, which light turns into scars."""
STRONGER: Final = {
    "browInnerUp": 1.3, "browOuterUpLeft": 1.3, "browOuterUpRight": 1.3, "mouthRollLower": 1.5,
}  # fmt: skip
"""Units that are subtler than what ARKit means by weight 1."""
FUNNEL_JAW: Final = {"mouthFunnel": 0.16, "mouthPucker": 0.05}
"""How far the jaw opens behind rounded lips: nobody says "oo" through clenched teeth."""
TONGUE_REACH_DM: Final = 0.20
"""How far the tip of the tongue comes to lie beyond the lips at weight 1."""
TONGUE_RISE_DM: Final = 0.065
TONGUE_FLATTENS: Final = 0.4
SMOOTHING: Final = 24


def expression_units(source: Source, seal: LipSeal) -> dict[str, FloatArray]:
    """Return the displacement of every ARKit blend shape at weight 1, decimetres, (V, 3)."""
    template = source.template
    raw = {name: source.unit(name) for name in ARKIT_NAMES}
    units = dict(raw)
    for name in CREASED:
        units[name] = _without_creases(template, seal, units[name])
    for name, factor in STRONGER.items():
        units[name] = factor * units[name]
    for name in SHUT:
        units[name] = seal.apply(units[name])
    for name in SHUT_JAW:
        units[name] = seal.apply(units[name], "y")
    jaw = units["jawOpen"]
    units["mouthClose"] = seal.apply(jaw + units["mouthClose"]) - jaw
    for name, share in FUNNEL_JAW.items():
        units[name] = units[name] + share * (jaw + units["mouthClose"])
    units["tongueOut"] = _reaching(template, units)
    return units


def _without_creases(template: Template, seal: LipSeal, unit: FloatArray) -> FloatArray:
    """Smooth a unit over the cheeks; the lips and the eyes keep their detail."""
    vertices = template.vertices
    faces = template.faces[template.group("body")]
    mean = neighbour_mean(triangulate(faces), len(vertices))
    body = np.zeros(len(vertices))
    body[template.group_vertices("body")] = 1.0
    from_lips, _ = cKDTree(vertices[seal.contact]).query(vertices)
    eyes = [template.group_centre(f"helper-{side}-eye") for side in "lr"]
    from_eyes = np.min([np.linalg.norm(vertices - eye, axis=1) for eye in eyes], axis=0)
    amount = smoothstep(0.03, 0.10, from_lips) * smoothstep(0.22, 0.36, from_eyes) * body
    out = unit
    for _ in range(SMOOTHING):
        out = out + amount[:, None] * 0.7 * (mean @ out - out)
    return np.asarray(out)


def _reaching(template: Template, units: Mapping[str, FloatArray]) -> FloatArray:
    """Return ``tongueOut`` with a flat tongue that slides out over the lower lip."""
    unit = units["tongueOut"].copy()
    tongue = template.group_vertices("helper-tongue")
    rest = template.vertices[tongue]
    along = (rest[:, 2] - rest[:, 2].min()) / np.ptp(rest[:, 2])
    tip = along > 0.9
    lips = template.vertices[template.group_vertices("body")]
    front = lips[(np.abs(lips[:, 0]) < 0.05) & (np.abs(lips[:, 1] - 6.6) < 0.05), 2].max()
    reached = (rest + unit[tongue])[tip, 2].mean()
    # A tongue stretches towards its tip, and thins as it does.
    bend = along**2
    unit[tongue, 2] += (front + TONGUE_REACH_DM - reached) * bend
    middle = np.interp(along, np.linspace(0, 1, 9), _heights(rest[:, 1], along))
    unit[tongue, 1] = TONGUE_RISE_DM * np.interp(along, [0, 0.5, 0.8, 1], [0, 0.6, 1, 0.4])
    unit[tongue, 1] -= TONGUE_FLATTENS * bend * (rest[:, 1] - middle)
    return unit


def _heights(height: FloatArray, along: FloatArray) -> FloatArray:
    """Return the mean height of the tongue at nine places from root to tip."""
    places = np.linspace(0, 1, 9)
    return np.array([height[np.abs(along - place) < 0.1].mean() for place in places])
