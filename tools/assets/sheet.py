"""A contact sheet: every avatar with twelve expressions."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from PIL import Image

from tools.assets.studio import Shot, take

__all__ = ["EXPRESSIONS", "contact_sheet"]

COLUMNS: Final = 6
SECONDS_PER_SHOT: Final = 30.0


def _both(shape: str, weight: float) -> dict[str, float]:
    return {f"{shape}Left": weight, f"{shape}Right": weight}


EXPRESSIONS: Final[Mapping[str, Mapping[str, float]]] = {
    "rest": {},
    "smile": {**_both("mouthSmile", 0.8), **_both("cheekSquint", 0.4), **_both("eyeSquint", 0.2)},
    "p b m": {"jawOpen": 0.1, "mouthClose": 0.1, **_both("mouthPress", 0.2)},
    "f v": {"jawOpen": 0.06, "mouthRollLower": 0.6, **_both("mouthUpperUp", 0.35)},
    "th": {"jawOpen": 0.2, "tongueOut": 0.4},
    "aa": {"jawOpen": 0.5, **_both("mouthLowerDown", 0.2)},
    "ee": {"jawOpen": 0.1, **_both("mouthStretch", 0.4), **_both("mouthLowerDown", 0.4),
           **_both("mouthUpperUp", 0.2)},
    "oo": {"jawOpen": 0.15, "mouthPucker": 0.8, "mouthFunnel": 0.2},
    "sh": {"jawOpen": 0.1, "mouthFunnel": 0.7},
    "blink": _both("eyeBlink", 1.0),
    "surprise": {"jawOpen": 0.25, "browInnerUp": 0.8, **_both("browOuterUp", 0.8),
                 **_both("eyeWide", 0.6)},
    "sad": {"browInnerUp": 0.8, **_both("mouthFrown", 0.7), **_both("eyeLookDown", 0.3)},
}  # fmt: skip


def contact_sheet(avatars: Sequence[Path], out: Path, three: Path, pixels: int) -> None:
    """Photograph avatars and lay the pictures out.

    Args:
        avatars: GLBs; two rows each.
        out: PNG to write.
        three: The npm package ``three``.
        pixels: Side of one picture.
    """
    shots = [
        Shot(f"{a}_{e}", glb, weights, width=pixels, height=pixels, distance=0.84, height_m=-0.02)
        for a, glb in enumerate(avatars)
        for e, weights in enumerate(EXPRESSIONS.values())
    ]
    rows = -(-len(shots) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * pixels, rows * pixels))
    with tempfile.TemporaryDirectory() as folder:
        pictures = take(shots, Path(folder), three, timeout_s=SECONDS_PER_SHOT * len(shots))
        for index, picture in enumerate(pictures):
            with Image.open(picture) as image:
                place = (index % COLUMNS * pixels, index // COLUMNS * pixels)
                sheet.paste(image.convert("RGB"), place)
    sheet.save(out)
