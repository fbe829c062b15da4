"""Phones, and the shape that each gives to the mouth.

Shapes: D phones, S channels that phones shape.
"""

from collections.abc import Set
from typing import Final

import numpy as np

from avamotion.media import FloatArray

# fmt: off
__all__ = [
    "CHANNELS", "DOMINANCE", "N_SHAPED", "PHONES", "POSES", "VOWEL", "channel_index", "phone_index",
]
# fmt: on

# fmt: off
PHONES: Final[tuple[str, ...]] = (
    "SIL", "AA", "AE", "AH", "AO", "AW", "AY", "EH", "ER", "EY",
    "IH", "IY", "OW", "OY", "UH", "UW", "B", "CH", "D", "DH",
    "F", "G", "HH", "JH", "K", "L", "M", "N", "NG", "P",
    "R", "S", "SH", "T", "TH", "V", "W", "Y", "Z", "ZH",
)
# fmt: on
"""The model's outputs: ARPABET without stress, and silence."""

CHANNELS: Final[tuple[str, ...]] = (
    "jawOpen",
    "mouthFunnel",
    "mouthPucker",
    "mouthStretch",
    "mouthSmile",
    "mouthPress",
    "mouthRollLower",
    "mouthRollUpper",
    "mouthUpperUp",
    "mouthLowerDown",
    "tongueOut",
    "closure",
)
"""Channels of the mouth: ARKit's, left and right alike, which phones shape; and last, how closed
the lips are for the jaw's opening, 0 to 1, which is decided apart."""

N_SHAPED: Final = len(CHANNELS) - 1
"""Number of channels that phones shape."""


def phone_index(phone: str) -> int:
    """Return the index of a phone in ``PHONES``."""
    return PHONES.index(phone)


def channel_index(channel: str) -> int:
    """Return the index of a channel in ``CHANNELS``."""
    return CHANNELS.index(channel)


_HEADER = ("jaw", "fun", "puc", "str", "smi", "pre", "rlo", "rup", "uup", "low", "ton")

# Hundredths. Jaw heights follow vowel height; lips follow rounding and spreading. All sounds but
# the bilabials part the lips clearly, also where the teeth are together.
_TABLE = """
SIL
AA  jaw50 low30 uup12
AE  jaw45 low32 uup18 str15
AH  jaw30 low20 uup8
AO  jaw42 fun35 puc15 low15
AW  jaw45 low22 fun20 puc15
AY  jaw45 low28 uup14 str12
EH  jaw32 low28 uup14 str14
ER  jaw18 low20 uup8 fun22 puc18
EY  jaw25 low26 uup14 str20 smi12
IH  jaw18 low22 uup12 str15
IY  jaw13 low28 uup16 str24 smi22
OW  jaw28 fun38 puc40
OY  jaw32 fun35 puc30
UH  jaw17 low12 uup5 fun25 puc30
UW  jaw15 low10 uup5 fun25 puc60
B   jaw7 pre30 rlo18 rup15
P   jaw7 pre35 rlo20 rup15
M   jaw7 pre25 rlo16 rup12
F   jaw6 rlo60 uup22
V   jaw7 rlo55 uup20
TH  jaw14 low26 uup10 ton25
DH  jaw14 low26 uup10 ton18
T   jaw12 low30 uup13 str8
D   jaw12 low30 uup13 str6
N   jaw12 low29 uup12
L   jaw17 low26 uup10
S   jaw6 low36 uup20 str16
Z   jaw7 low34 uup19 str15
SH  jaw10 low22 uup13 fun42 puc25
ZH  jaw10 low22 uup12 fun40 puc25
CH  jaw10 low22 uup12 fun40 puc25
JH  jaw11 low22 uup12 fun38 puc24
K   jaw16 low22 uup8
G   jaw16 low22 uup8
NG  jaw17 low22 uup8
HH  jaw20 low20 uup8
R   jaw15 low20 uup6 fun28 puc25
W   jaw8 fun30 puc65
Y   jaw12 low28 uup14 str18 smi12
"""


_VOWELS: Final = frozenset(PHONES[PHONES.index("AA") : PHONES.index("UW") + 1])


def _read_poses() -> FloatArray:
    poses = np.zeros((len(PHONES), N_SHAPED), dtype=np.float32)
    for line in _TABLE.split("\n")[1:-1]:
        phone, *cells = line.split()
        for cell in cells:
            poses[phone_index(phone), _HEADER.index(cell[:3])] = int(cell[3:]) / 100
    return poses


def _dominances() -> FloatArray:
    general: list[tuple[Set[str], float]] = [
        ({"P", "B", "M"}, 4.0),
        # The network is seldom sure of f and v; missing one is worse than a touch too many.
        ({"F", "V"}, 10.0),
        ({"S", "Z", "SH", "ZH", "CH", "JH"}, 2.0),
        (_VOWELS, 1.6),
        # Silence says nothing of the lips: within a word it is the closure of a stop.
        ({"SIL"}, 0.0),
        ({"K", "G", "NG", "HH"}, 0.5),
    ]
    rounding = [
        # A lip that is pushed forward does not reach the teeth.
        ({"F", "V"}, 6.0),
        ({"W", "UW", "OW"}, 4.0),
        ({"AO", "SH", "ZH", "CH", "JH", "R", "ER", "OY", "UH"}, 3.0),
        ({"IY", "IH", "EY", "EH", "AE", "S", "Z", "Y", "AA"}, 1.5),
        ({"SIL"}, 0.0),
    ]
    own = [
        # What makes the sound: the lower lip at the teeth, the jaw of an open vowel.
        ({"F", "V"}, "mouthRollLower", 40.0),
        ({"AA", "AE", "AO", "AW", "AY"}, "jawOpen", 2.2),
    ]
    dominance = np.ones((len(PHONES), N_SHAPED), dtype=np.float32)
    lips = [channel_index("mouthFunnel"), channel_index("mouthPucker")]
    dominance[:, lips] = 0.4
    for phones, value in general:
        others = [c for c in range(N_SHAPED) if c not in lips]
        for phone in phones:
            dominance[phone_index(phone), others] = value
    for phones, value in rounding:
        for phone in phones:
            dominance[phone_index(phone), lips] = value
    for phones, channel, value in own:
        for phone in phones:
            dominance[phone_index(phone), channel_index(channel)] = value
    return dominance


POSES: Final = _read_poses()
"""Target of each phone, (D, S), in [0, 1]."""

DOMINANCE: Final = _dominances()
"""How strongly a phone insists on its target, (D, S): 0 for silence, above 0 for all else."""

VOWEL: Final = np.array([phone in _VOWELS for phone in PHONES], dtype=np.float32)
"""1 for vowels, (D,)."""
