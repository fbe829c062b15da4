"""The hair styles, by name."""

from functools import partial
from typing import Final

from tools.assets.bob import BobCut, grow_bob
from tools.assets.crop import CropCut, grow_crop
from tools.assets.curls import CurlCut, grow_curls
from tools.assets.hairdo import HairStyle
from tools.assets.hairtexture import curl_texture, lock_texture, shell_texture
from tools.assets.scalp import Hairline

__all__ = ["STYLES"]

QUIFF: Final = CropCut(top_dm=0.58, sweep=0.45, back=0.55, lift=0.85)
PARTED: Final = CropCut(top_dm=0.46, side_dm=0.13, sweep=-0.8, back=0.5, lift=0.4, mess=0.08)
CURL_SHEET: Final = partial(shell_texture, curl=0.9)

STYLES: Final = {
    "bob": HairStyle(Hairline(), partial(grow_bob, BobCut()), lock_texture, shell_texture, 1.0),
    "crop": HairStyle(Hairline(), partial(grow_crop, QUIFF), lock_texture, shell_texture, 0.7),
    "parted": HairStyle(
        Hairline().raised(2), partial(grow_crop, PARTED), lock_texture, shell_texture, 0.8
    ),
    "curls": HairStyle(Hairline(), partial(grow_curls, CurlCut()), curl_texture, CURL_SHEET, 0.0),
}
