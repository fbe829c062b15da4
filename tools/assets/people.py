"""The people that Avamotion ships."""

from typing import Final

from tools.assets.person import Body, Colours, Person, Style

__all__ = ["PEOPLE"]

_MIA: Final = Person(
    "mia", "Mia", "A woman in her twenties with a brown bob.",
    Body(
        gender=0.0, age=26, origin={"caucasian": 0.62, "asian": 0.22, "african": 0.16},
        weight=0.36,
        details={
            "head/head-oval": 0.6, "head/head-fat-decr": 0.35, "head/head-scale-horiz-decr": 0.18,
            "nose/nose-width3-decr": 0.35, "nose/nose-volume-decr": 0.2,
            "mouth/mouth-scale-horiz-incr": 0.12, "mouth/mouth-upperlip-volume-incr": 0.35,
            "mouth/mouth-lowerlip-volume-incr": 0.3, "mouth/mouth-cupidsbow-incr": 0.2,
            "nose/nose-scale-horiz-decr": 0.25, "nose/nose-point-up": 0.2,
            "eyes/*-eye-scale-incr": 0.32, "eyes/*-eye-height2-incr": 0.45,
            "eyes/*-eye-height1-incr": 0.2, "eyes/*-eye-height3-incr": 0.2,
            "eyes/*-eye-corner2-up": 0.25, "eyes/*-eye-bag-decr": 0.5,
            "cheek/*-cheek-bones-incr": 0.35, "chin/chin-width-decr": 0.35,
            "chin/chin-jaw-drop-decr": 0.1, "chin/chin-prominent-decr": 0.15,
            "neck/neck-scale-horiz-decr": 0.3, "eyebrows/eyebrows-angle-up": 0.2,
            "mouth/mouth-angles-up": 0.5, "forehead/forehead-scale-vert-decr": 0.2,
        },
        rest={"mouthSmileLeft": 0.12, "mouthSmileRight": 0.12, "browInnerUp": 0.08},
    ),
    Colours(
        skin=(0.865, 0.705, 0.62), lip=(0.70, 0.37, 0.365), brow=(0.20, 0.125, 0.085),
        hair=(0.215, 0.145, 0.105), iris=((0.37, 0.27, 0.19), (0.17, 0.10, 0.06)),
        cloth=(0.16, 0.25, 0.33),
    ),
    Style(hair="bob", makeup=1.0, brow_width=0.86, brow_arch=0.6),
    seed=7,
)  # fmt: skip

PEOPLE: Final = {person.id: person for person in (_MIA,)}
