"""What tells one person from another."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

__all__ = ["Body", "Colours", "Person", "Rgb", "Style"]

Rgb: TypeAlias = tuple[float, float, float]
"""sRGB, each in [0, 1]."""


@dataclass(frozen=True, slots=True)
class Body:
    """Proportions, as weights of the base mesh's targets.

    Attributes:
        gender: 0 female to 1 male.
        age: Years, 11 to 90.
        origin: Weights of the targets ``caucasian``, ``asian``, ``african``; they sum to 1.
        muscle, weight: 0 to 1, average 0.5.
        details: Weights of head and face targets. ``*`` in a name stands for ``l`` and ``r``.
        rest: Weights of face units that are part of the resting face.
    """

    gender: float
    age: float
    origin: Mapping[str, float]
    muscle: float = 0.5
    weight: float = 0.5
    details: Mapping[str, float] = field(default_factory=dict)
    rest: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Colours:
    """Colours of skin, lips, brows, hair, iris (inner, rim) and clothes, sRGB."""

    skin: Rgb
    lip: Rgb
    brow: Rgb
    hair: Rgb
    iris: tuple[Rgb, Rgb]
    cloth: Rgb


@dataclass(frozen=True, slots=True)
class Style:
    """What a person chose to look like.

    Attributes:
        hair: Name of a hair style in ``hairstyle.STYLES``.
        brow_width: Thickness of the brows, 1 = average.
        brow_arch: 0 straight to 1 arched.
        makeup: 0 to 1.
        stubble: 0 to 1.
        freckles: 0 to 1.
        wrinkles: 0 to 1.
        glasses: Whether to wear glasses.
        studs: Whether to wear ear studs.
    """

    hair: str
    brow_width: float = 1.0
    brow_arch: float = 0.5
    makeup: float = 0.0
    stubble: float = 0.0
    freckles: float = 0.0
    wrinkles: float = 0.0
    glasses: bool = False
    studs: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """One avatar: its name, its face and the seed of everything random about it."""

    id: str
    name: str
    description: str
    body: Body
    colours: Colours
    style: Style
    seed: int
