"""The people that Avamotion ships."""

from typing import Final

from tools.assets.person import Body, Colours, Person, Style

__all__ = ["PEOPLE"]

_MIA: Final = Person(
    "mia", "Mia", "A woman in her twenties with a brown bob.",
    Body(
        gender=0.0, age=26, origin={"caucasian": 0.66, "asian": 0.22, "african": 0.12},
        weight=0.36,
        details={
            "head/head-oval": 0.6, "head/head-fat-decr": 0.35, "head/head-scale-horiz-decr": 0.22,
            "nose/nose-width3-decr": 0.35, "nose/nose-volume-decr": 0.25,
            "nose/nose-scale-horiz-decr": 0.25, "nose/nose-point-up": 0.2,
            "mouth/mouth-scale-horiz-incr": 0.12, "mouth/mouth-upperlip-volume-incr": 0.25,
            "mouth/mouth-lowerlip-volume-incr": 0.2, "mouth/mouth-cupidsbow-incr": 0.25,
            "mouth/mouth-angles-up": 0.5,
            "eyes/*-eye-scale-incr": 0.42, "eyes/*-eye-height2-incr": 0.40,
            "eyes/*-eye-height1-incr": 0.2, "eyes/*-eye-height3-incr": 0.2,
            "eyes/*-eye-corner2-up": 0.25, "eyes/*-eye-bag-decr": 0.5,
            "cheek/*-cheek-bones-incr": 0.35,
            "chin/chin-width-decr": 0.6, "chin/chin-bones-decr": 0.3,
            "chin/chin-prominent-decr": 0.15, "chin/chin-height-decr": 0.25,
            "neck/neck-scale-horiz-decr": 0.3, "eyebrows/eyebrows-trans-down": 0.1,
            "forehead/forehead-scale-vert-decr": 0.3,
        },
        rest={"mouthSmileLeft": 0.18, "mouthSmileRight": 0.18, "cheekSquintLeft": 0.1,
              "cheekSquintRight": 0.1},
    ),
    Colours(
        skin=(0.865, 0.705, 0.62), lip=(0.72, 0.41, 0.40), brow=(0.22, 0.14, 0.095),
        hair=(0.30, 0.20, 0.14), iris=((0.37, 0.27, 0.19), (0.17, 0.10, 0.06)),
        cloth=(0.16, 0.25, 0.33),
    ),
    Style(hair="bob", makeup=0.9, brow_width=0.86, brow_arch=0.6),
    seed=7,
)  # fmt: skip

_ADA: Final = Person(
    "ada", "Ada", "A woman of about forty with short natural curls.",
    Body(
        gender=0.0, age=36, origin={"african": 0.82, "caucasian": 0.18}, weight=0.46,
        details={
            "head/head-oval": 0.6, "head/head-fat-decr": 0.2,
            "nose/nose-width3-decr": 0.25, "nose/nose-scale-horiz-decr": 0.2,
            "mouth/mouth-angles-up": 0.5, "mouth/mouth-scale-vert-decr": 0.15,
            "eyes/*-eye-scale-incr": 0.40, "eyes/*-eye-height2-incr": 0.40,
            "eyes/*-eye-height1-incr": 0.2, "eyes/*-eye-height3-incr": 0.2,
            "eyes/*-eye-bag-decr": 0.5, "eyes/*-eye-corner2-up": 0.3,
            "cheek/*-cheek-bones-incr": 0.5, "chin/chin-width-decr": 0.4,
            "neck/neck-scale-horiz-decr": 0.4, "head/head-scale-horiz-decr": 0.2,
            "chin/chin-bones-decr": 0.3, "eyebrows/eyebrows-angle-up": 0.4,
            "forehead/forehead-scale-vert-decr": 0.35,
        },
        rest={"mouthSmileLeft": 0.16, "mouthSmileRight": 0.16},
    ),
    Colours(
        skin=(0.48, 0.335, 0.265), lip=(0.49, 0.26, 0.25), brow=(0.075, 0.055, 0.045),
        hair=(0.135, 0.105, 0.09), iris=((0.22, 0.13, 0.085), (0.085, 0.05, 0.035)),
        cloth=(0.70, 0.44, 0.16),
    ),
    Style(hair="curls", makeup=0.8, brow_width=0.85, brow_arch=0.65, wrinkles=0.12, studs=True),
    seed=11,
)  # fmt: skip

_LEO: Final = Person(
    "leo", "Leo", "A man in his thirties with dark, short hair and stubble.",
    Body(
        gender=1.0, age=31, origin={"caucasian": 0.70, "asian": 0.18, "african": 0.12},
        muscle=0.55, weight=0.45,
        details={
            "head/head-oval": 0.3, "head/head-rectangular": 0.15, "mouth/mouth-angles-up": 0.4,
            "eyes/*-eye-height2-incr": 0.40, "eyes/*-eye-height1-incr": 0.15,
            "eyes/*-eye-height3-incr": 0.15, "eyes/*-eye-bag-decr": 0.4,
            "eyes/*-eye-scale-incr": 0.35, "cheek/*-cheek-bones-incr": 0.25,
            "chin/chin-jaw-drop-decr": 0.1, "nose/nose-scale-horiz-decr": 0.2,
            "eyes/*-eye-corner2-up": 0.3, "eyes/*-eye-eyefold-up": 0.4,
            "eyes/*-eye-eyefold-angle-up": 0.3,
        },
        rest={"mouthSmileLeft": 0.2, "mouthSmileRight": 0.2, "browDownLeft": -0.1,
              "browDownRight": -0.1},
    ),
    Colours(
        skin=(0.80, 0.62, 0.52), lip=(0.66, 0.41, 0.37), brow=(0.12, 0.085, 0.065),
        hair=(0.20, 0.145, 0.11), iris=((0.30, 0.31, 0.25), (0.12, 0.13, 0.11)),
        cloth=(0.25, 0.31, 0.29),
    ),
    Style(hair="crop", stubble=0.42, brow_width=0.95, brow_arch=0.4),
    seed=23,
)  # fmt: skip

_KENJI: Final = Person(
    "kenji", "Kenji", "A man in his fifties with greying hair and glasses.",
    Body(
        gender=1.0, age=50, origin={"asian": 0.92, "caucasian": 0.08}, muscle=0.5, weight=0.52,
        details={
            "head/head-oval": 0.35, "mouth/mouth-angles-up": 0.5,
            "eyes/*-eye-height2-incr": 0.35, "eyes/*-eye-height1-incr": 0.15,
            "eyes/*-eye-height3-incr": 0.15, "eyes/*-eye-bag-decr": 0.4,
            "eyes/*-eye-scale-incr": 0.15, "cheek/*-cheek-bones-incr": 0.2,
        },
        rest={"mouthSmileLeft": 0.18, "mouthSmileRight": 0.18, "browInnerUp": 0.10,
              "browDownLeft": -0.2, "browDownRight": -0.2},
    ),
    Colours(
        skin=(0.82, 0.66, 0.555), lip=(0.66, 0.42, 0.38), brow=(0.20, 0.185, 0.175),
        hair=(0.40, 0.395, 0.39), iris=((0.24, 0.155, 0.105), (0.10, 0.06, 0.04)),
        cloth=(0.17, 0.19, 0.30),
    ),
    Style(hair="parted", brow_width=0.9, brow_arch=0.35, wrinkles=0.75, stubble=0.10,
          glasses=True),
    seed=42,
)  # fmt: skip

PEOPLE: Final = {person.id: person for person in (_MIA, _ADA, _LEO, _KENJI)}
"""By id, in the order in which a page should offer them."""
