"""How much a head must close its lips at a given jaw opening, found on its own mesh.

Shapes: N poses, J knots of the curve.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from tools.assets.arkit import ARKIT_NAMES
from tools.assets.array import FloatArray
from tools.assets.mouth import Mouth

__all__ = ["Closure", "closed_weights", "find_closure", "stricter"]

JAW_KNOTS: Final = (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0)
MEET_MM: Final = -0.2
"""Lips have met when they overlap by this much everywhere: soft, and safe from rounding."""
ROUNDING_MM: Final = 0.02
PART_MM: Final = 0.12
"""How far a damped shape may still move lips apart that are meant to be shut."""
VISIBLE_MM: Final = 0.25
"""Shapes that part shut lips by less are left alone: a sad mouth stays sad through a "p"."""
SMALLEST_RATIO_JAW: Final = 0.02
"""Below this jaw opening the ratio of closure fades out instead of dividing by nothing."""
HELPERS: Final = ("mouthPressLeft", "mouthPressRight", "mouthRollUpper", "mouthRollLower")
"""Shapes that may help where mouthClose alone does not suffice."""


@dataclass(frozen=True, slots=True)
class Closure:
    """What it takes for one head to shut its mouth. The README of this folder has the contract.

    Attributes:
        jaw_open: Ascending jaw openings from 0 to 1, (J,).
        mouth_close: The ``mouthClose`` at which the lips meet, (J,).
        helpers: Further weights to add at full closure, by name, (J,) each.
        damp: How much of a shape full closure takes away, by name, in (0, 1].
        widest_mm: Gap that remains at each knot, (J,).
        overlap_mm: Deepest overlap at each knot, (J,).
    """

    jaw_open: FloatArray
    mouth_close: FloatArray
    helpers: dict[str, FloatArray]
    damp: dict[str, float]
    widest_mm: FloatArray
    overlap_mm: FloatArray

    def to_json(self) -> dict[str, Any]:
        """Return the ``closure`` entry of ``avatar.json``."""

        def rounded(values: FloatArray) -> list[float]:
            return [round(float(value), 4) for value in values]

        return {
            "jawOpen": rounded(self.jaw_open),
            "mouthClose": rounded(self.mouth_close),
            "add": {name: rounded(values) for name, values in self.helpers.items()},
            "damp": {name: round(value, 3) for name, value in self.damp.items()},
            "widest_mm": rounded(self.widest_mm),
            "overlap_mm": rounded(self.overlap_mm),
        }

    @classmethod
    def from_json(cls, entry: dict[str, Any]) -> "Closure":
        """Read what :meth:`to_json` wrote."""
        return cls(
            np.array(entry["jawOpen"]),
            np.array(entry["mouthClose"]),
            {name: np.array(values) for name, values in entry["add"].items()},
            dict(entry["damp"]),
            np.array(entry["widest_mm"]),
            np.array(entry["overlap_mm"]),
        )


def stricter(a: Closure, b: Closure) -> Closure:
    """Return the closure that shuts both of two meshes of one head."""
    names = sorted({*a.helpers, *b.helpers})
    nothing = np.zeros_like(a.jaw_open)
    return Closure(
        a.jaw_open,
        np.maximum(a.mouth_close, b.mouth_close),
        {n: np.maximum(a.helpers.get(n, nothing), b.helpers.get(n, nothing)) for n in names},
        {n: max(a.damp.get(n, 0.0), b.damp.get(n, 0.0)) for n in sorted({*a.damp, *b.damp})},
        np.maximum(a.widest_mm, b.widest_mm),
        np.maximum(a.overlap_mm, b.overlap_mm),
    )


def find_closure(mouth: Mouth) -> Closure:
    """Find the closure curve of a mouth by bisection, one knot at a time."""
    close, helper, widest, overlap = [], [], [], []
    names = ["jawOpen", "mouthClose", *HELPERS]
    # A mesh that is ajar at rest cannot be asked to be better than that.
    meet = max(MEET_MM, _widest(mouth, names, np.zeros((1, len(names)))))
    for jaw in JAW_KNOTS:
        pose = np.zeros((1, len(names)))
        pose[0, 0] = jaw
        pose[0, 1] = _least(mouth, names, pose, [1], meet) if jaw > 0 else 0.0
        if jaw > 0 and _widest(mouth, names, pose) > meet + ROUNDING_MM:
            amount = _least(mouth, names, pose, [2, 3, 4, 5], meet)
            pose[0, 2:] = amount
        gap = mouth.measure(names, pose)
        close.append(pose[0, 1])
        helper.append(pose[0, 2])
        widest.append(gap.widest_mm[0])
        overlap.append(gap.overlap_mm[0])
    helpers = {name: np.array(helper) for name in HELPERS} if any(helper) else {}
    return Closure(
        np.array(JAW_KNOTS), np.array(close), helpers, _damping(mouth), np.array(widest),
        np.array(overlap),
    )  # fmt: skip


def closed_weights(names: list[str], weights: FloatArray, closure: Closure) -> FloatArray:
    """Apply a closure curve to weights as the renderer does.

    Args:
        names: Blend shapes, one per column; ``jawOpen`` and ``mouthClose`` must be among them.
        weights: Intended weights, (N, C), ``mouthClose`` in [0, jawOpen].
        closure: The head's curve.

    Returns:
        Weights for the mesh, (N, C), in [0, 1].
    """
    out = np.array(weights, dtype=np.float64)
    jaw = out[:, names.index("jawOpen")]
    at_close = names.index("mouthClose")
    ratio = np.clip(out[:, at_close] / np.maximum(jaw, SMALLEST_RATIO_JAW), 0, 1)
    for name, amount in closure.damp.items():
        if name in names:
            out[:, names.index(name)] *= 1 - ratio * amount
    for name, values in closure.helpers.items():
        if name in names:
            out[:, names.index(name)] += ratio * np.interp(jaw, closure.jaw_open, values)
    out[:, at_close] = ratio * np.interp(jaw, closure.jaw_open, closure.mouth_close)
    return np.clip(out, 0.0, 1.0)


def _widest(mouth: Mouth, names: list[str], pose: FloatArray) -> float:
    """Return the largest clearance of any column, below 0 if the lips overlap in all."""
    return float(mouth.clearance_mm(names, pose).max())


def _least(
    mouth: Mouth, names: list[str], pose: FloatArray, columns: list[int], meet: float
) -> float:
    """Return the least weight of some shapes at which the lips meet, or 1 if they never do."""
    low, high = 0.0, 1.0
    trial = pose.copy()
    for _ in range(18):
        middle = (low + high) / 2
        trial[0, columns] = middle
        if _widest(mouth, names, trial) <= meet:
            high = middle
        else:
            low = middle
    return high


def _damping(mouth: Mouth) -> dict[str, float]:
    """Return, for every shape that parts shut lips, how much of it must go."""
    out = {}
    rest = _widest(mouth, ["mouthClose"], np.zeros((1, 1)))
    for name in ARKIT_NAMES:
        if name in ("jawOpen", "mouthClose"):
            continue
        widest = _widest(mouth, [name], np.array([[1.0]]))
        if widest > max(rest, 0.0) + VISIBLE_MM:
            steps = np.linspace(0.0, 1.0, 41)
            gaps = mouth.clearance_mm([name], steps[:, None]).max(1)
            most = steps[int(np.argmax(gaps > rest + PART_MM)) - 1]
            out[name] = float(1.0 - most)
    # A face is not asked to be less shut on one side than on the other.
    twins = {n: n.replace("Left", "Right") for n in out if n.endswith("Left")}
    twins |= {n: n.replace("Right", "Left") for n in out if n.endswith("Right")}
    return out | {twin: max(out[n], out.get(twin, 0.0)) for n, twin in twins.items()}
