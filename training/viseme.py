"""Classes of phones that look alike."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from avamotion.motion.phone import PHONES

__all__ = ["LABIAL", "LIPS_CLOSED", "N_VISEMES", "VISEME_OF_PHONE"]

_CLASSES: Final = (
    "SIL",
    "P B M",
    "F V",
    "TH DH",
    "T D",
    "K G NG HH",
    "CH JH SH ZH",
    "S Z",
    "N L",
    "R ER",
    "AA AE AH AW AY",
    "EH EY",
    "IH IY Y",
    "AO OW OY",
    "UH UW W",
)

N_VISEMES: Final = len(_CLASSES)


def _visemes() -> NDArray[np.int64]:
    of_phone = {phone: i for i, names in enumerate(_CLASSES) for phone in names.split()}
    return np.array([of_phone[phone] for phone in PHONES])


VISEME_OF_PHONE: Final = _visemes()
"""Class of each phone, (D,)."""

LIPS_CLOSED: Final = np.array([phone in ("P", "B", "M") for phone in PHONES])
"""Whether the lips meet, (D,)."""

LABIAL: Final = np.array([phone in ("P", "B", "M", "F", "V", "W") for phone in PHONES])
"""Whether the lips make the sound, (D,)."""
