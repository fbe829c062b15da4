"""From a person's proportions to the shape of the base mesh.

Shapes: V vertices of the base mesh.
"""

import numpy as np

from tools.assets.array import FloatArray
from tools.assets.person import Body
from tools.assets.source import Source

__all__ = ["macro_targets", "shape_of"]

LEAST_WEIGHT = 1e-4


def shape_of(source: Source, body: Body) -> FloatArray:
    """Return the base mesh in a person's proportions, decimetres, (V, 3).

    Raises:
        SourceError: If a detail names a target that does not exist.
    """
    out = source.template.vertices.copy()
    for name, weight in macro_targets(body).items():
        if weight > LEAST_WEIGHT:
            out += weight * source.target(f"macrodetails/{name}")
    for name, weight in body.details.items():
        for one in [name.replace("*", side) for side in "lr"] if "*" in name else [name]:
            out += weight * source.target(one)
    for name, weight in body.rest.items():
        out += weight * source.unit(name)
    return out


def macro_targets(body: Body) -> dict[str, float]:
    """Return the weights of the macro targets: products of gender, age, origin and build."""
    genders = {"female": 1 - body.gender, "male": body.gender}
    if body.age >= 25:
        old = float(np.clip((body.age - 25) / 65, 0, 1))
        ages = {"young": 1 - old, "old": old}
    else:
        young = float(np.clip((body.age - 11) / 14, 0, 1))
        ages = {"child": 1 - young, "young": young}
    muscles = _thirds(body.muscle, "muscle")
    weights = _thirds(body.weight, "weight")
    out: dict[str, float] = {}
    for gender, g in genders.items():
        for age, a in ages.items():
            for origin, o in body.origin.items():
                out[f"{origin}-{gender}-{age}"] = g * a * o
            for muscle, m in muscles.items():
                for weight, w in weights.items():
                    out[f"universal-{gender}-{age}-{muscle}-{weight}"] = g * a * m * w
    return out


def _thirds(value: float, noun: str) -> dict[str, float]:
    return {
        f"min{noun}": max(0.0, 1 - 2 * value),
        f"average{noun}": 1 - abs(2 * value - 1),
        f"max{noun}": max(0.0, 2 * value - 1),
    }
