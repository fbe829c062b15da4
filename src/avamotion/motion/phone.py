"""Phones, and the shape that each gives to the mouth.

Shapes: D phones, C mouth channels.
"""

from typing import Final

import numpy as np

from avamotion.media import FloatArray

__all__ = ["CHANNELS", "DOMINANCE", "PHONES", "POSES", "channel_index", "phone_index"]

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
    "closure",
    "mouthFunnel",
    "mouthPucker",
    "mouthStretch",
    "mouthSmile",
    "mouthPress",
    "mouthRollLower",
    "mouthRollUpper",
    "mouthUpperUp",
    "mouthLowerDown",
    "mouthShrugLower",
    "tongueOut",
)
"""What a phone shapes. ``closure`` says how closed the lips are for the jaw's opening, 0 to 1;
the others are ARKit's, left and right alike."""


def phone_index(phone: str) -> int:
    """Return the index of a phone in ``PHONES``."""
    return PHONES.index(phone)


def channel_index(channel: str) -> int:
    """Return the index of a channel in ``CHANNELS``."""
    return CHANNELS.index(channel)


_HEADER = (
    "jaw",
    "clo",
    "fun",
    "puc",
    "str",
    "smi",
    "pre",
    "rlo",
    "rup",
    "uup",
    "low",
    "shr",
    "ton",
)

# Hundredths. Jaw heights follow vowel height; lips follow rounding and spreading; a stop shows
# its place of articulation. Closure belongs to bilabials alone.
_TABLE = """
SIL
AA  jaw50 low30 uup12
AE  jaw45 low32 uup18 str15
AH  jaw30 low20 uup8
AO  jaw42 fun35 puc15 low15
AW  jaw45 low22 fun20 puc15
AY  jaw45 low28 uup14 str12
EH  jaw32 low28 uup14 str14
ER  jaw18 fun22 puc18 low12
EY  jaw25 low26 uup14 str20 smi12
IH  jaw18 low22 uup12 str15
IY  jaw12 low25 uup15 str24 smi22
OW  jaw28 fun38 puc40
OY  jaw32 fun35 puc30
UH  jaw16 fun25 puc30
UW  jaw12 fun25 puc60
B   jaw7 clo100 pre30 rlo18 rup15
P   jaw7 clo100 pre35 rlo20 rup15
M   jaw7 clo100 pre25 rlo16 rup12
F   jaw6 rlo45 uup22 shr15
V   jaw7 rlo40 uup20 shr12
TH  jaw13 low18 uup8 ton25
DH  jaw13 low16 uup8 ton18
T   jaw10 low20 uup8 str8
D   jaw11 low20 uup8 str6
N   jaw11 low18 uup7
L   jaw16 low20 uup8
S   jaw5 low24 uup12 str16
Z   jaw6 low24 uup12 str15
SH  jaw8 fun42 puc25 uup12 low12
ZH  jaw8 fun40 puc25 uup10 low12
CH  jaw8 fun40 puc25 low12
JH  jaw9 fun38 puc24 low12
K   jaw15 low12 uup5
G   jaw15 low12 uup5
NG  jaw16 low12 uup5
HH  jaw20 low10
R   jaw12 fun28 puc25
W   jaw8 fun30 puc65
Y   jaw10 low18 str18 smi12
"""


def _read_poses() -> FloatArray:
    poses = np.zeros((len(PHONES), len(CHANNELS)), dtype=np.float32)
    for line in _TABLE.split("\n")[1:-1]:
        phone, *cells = line.split()
        for cell in cells:
            poses[phone_index(phone), _HEADER.index(cell[:3])] = int(cell[3:]) / 100
    return poses


def _dominances() -> FloatArray:
    vowels = {"AA", "AE", "AH", "AO", "AW", "AY", "EH", "ER", "EY", "IH", "IY", "OW", "OY", "UH"}
    general = [
        ({"P", "B", "M"}, 7.0),
        ({"F", "V"}, 7.0),
        ({"S", "Z", "SH", "ZH", "CH", "JH"}, 2.0),
        (vowels | {"UW"}, 1.6),
        # Silence says nothing of the lips: within a word it is the closure of a stop.
        ({"SIL"}, 0.0),
        ({"K", "G", "NG", "HH"}, 0.5),
    ]
    rounding = [
        ({"W", "UW", "OW"}, 4.0),
        ({"AO", "SH", "ZH", "CH", "JH", "R", "ER", "OY", "UH"}, 3.0),
        ({"IY", "IH", "EY", "EH", "AE", "S", "Z", "Y", "AA"}, 1.5),
        ({"SIL"}, 0.0),
    ]
    dominance = np.ones((len(PHONES), len(CHANNELS)), dtype=np.float32)
    lips = [channel_index("mouthFunnel"), channel_index("mouthPucker")]
    dominance[:, lips] = 0.4
    for phones, value in general:
        others = [c for c in range(len(CHANNELS)) if c not in lips]
        for phone in phones:
            dominance[phone_index(phone), others] = value
    for phones, value in rounding:
        for phone in phones:
            dominance[phone_index(phone), lips] = value
    return dominance


POSES: Final = _read_poses()
"""Target of each phone, (D, C), in [0, 1]."""

DOMINANCE: Final = _dominances()
"""How strongly a phone insists on its target, (D, C): 0 for silence, above 0 for all else."""
