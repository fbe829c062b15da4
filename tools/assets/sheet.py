"""A contact sheet: every avatar with twelve expressions."""

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from PIL import Image

from tools.assets.portrait import portrait
from tools.assets.studio import take

__all__ = ["EXPRESSIONS", "contact_sheet"]

COLUMNS: Final = 6
SECONDS_PER_SHOT: Final = 30.0
EXPRESSIONS: Final[Mapping[str, Mapping[str, float]]] = json.loads(
    Path(__file__).with_name("expressions.json").read_text()
)
"""Blend-shape weights by name of the expression; the web's contact sheet shows the same."""


def contact_sheet(avatars: Sequence[Path], out: Path, three: Path, pixels: int) -> None:
    """Photograph avatars and lay the pictures out.

    Args:
        avatars: GLBs; two rows each.
        out: PNG to write.
        three: The npm package ``three``.
        pixels: Side of one picture.
    """
    shots = [
        portrait(f"{a}_{e}", glb, weights, pixels=pixels)
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
