"""A person's folder: two GLBs, a thumbnail, and avatar.json that describes them."""

import json
import re
from pathlib import Path
from typing import Any, Final

from PIL import Image

from tools.assets.build import FULL, LOW, build_avatar
from tools.assets.closure import find_closure, stricter
from tools.assets.glbfile import read_glb
from tools.assets.mouth import find_mouth
from tools.assets.pack import pack, validate
from tools.assets.person import Person
from tools.assets.portrait import portrait
from tools.assets.source import Source
from tools.assets.studio import take

__all__ = ["FILES", "AvatarError", "make_avatar", "make_thumbnail", "to_text"]

FILES: Final = {"full": "avatar.glb", "low": "avatar_low.glb", "thumbnail": "thumbnail.webp"}
MOST_BYTES: Final = {"full": 2_000_000, "low": 1_000_000}
PROVENANCE: Final = (
    "Built by tools/assets from MakeHuman/MPFB2 base mesh and targets (CC0) and Face Units by "
    "Mika Suominen (CC0)."
)
THUMBNAIL_PIXELS: Final = 256
SHOW_TIMEOUT_S: Final = 240.0


class AvatarError(RuntimeError):
    """An avatar that came out too large or invalid."""


def make_avatar(person: Person, folder: Path, source: Source, node_modules: Path) -> None:
    """Build a person's avatar into a folder.

    Args:
        person: Who.
        folder: Where; made if missing.
        source: The CC0 data.
        node_modules: Holds the npm packages ``gltfpack``, ``gltf-validator`` and ``three``.

    Raises:
        AvatarError: If a GLB is over its size limit or the Khronos validator finds an error.
    """
    folder.mkdir(parents=True, exist_ok=True)
    closures = []
    for size, detail in (("full", FULL), ("low", LOW)):
        path = folder / FILES[size]
        path.write_bytes(pack(build_avatar(source, person, detail), node_modules))
        if path.stat().st_size > MOST_BYTES[size]:
            raise AvatarError(f"{path} has {path.stat().st_size} bytes, over {MOST_BYTES[size]}")
        errors = validate(path, node_modules)
        if errors:
            raise AvatarError(f"{path} is no valid glTF: {errors[0]}")
        closures.append(find_closure(find_mouth(read_glb(path))))
    make_thumbnail(folder, node_modules)
    description: dict[str, Any] = {
        "format": 1,
        "id": person.id,
        "name": person.name,
        "description": person.description,
        "license": "CC0-1.0",
        "provenance": PROVENANCE,
        "files": FILES,
        "closure": stricter(*closures).to_json(),
    }
    (folder / "avatar.json").write_text(to_text(description))


def to_text(description: dict[str, Any]) -> str:
    """Return JSON that people can read: one list of numbers to a line."""
    text = json.dumps(description, indent=2)
    return re.sub(r"\[[^\[\]]*\]", lambda m: re.sub(r"\s+", " ", m[0]), text) + "\n"


def make_thumbnail(folder: Path, node_modules: Path) -> None:
    """Take the picture by which people choose an avatar.

    Args:
        folder: The avatar's, with its full model.
        node_modules: Holds the npm package ``three``.

    Raises:
        StudioError: If it cannot be taken.
    """
    shot = portrait(
        "thumbnail", folder / FILES["full"], {"mouthSmileLeft": 0.3, "mouthSmileRight": 0.3},
        pixels=2 * THUMBNAIL_PIXELS, turn=(0.0, 0.10, 0.0),
    )  # fmt: skip
    [picture] = take([shot], folder, node_modules / "three", timeout_s=SHOW_TIMEOUT_S)
    with Image.open(picture) as image:
        small = image.convert("RGB").resize(
            (THUMBNAIL_PIXELS, THUMBNAIL_PIXELS), Image.Resampling.LANCZOS
        )
    small.save(folder / FILES["thumbnail"], "WEBP", quality=82, method=6)
    picture.unlink()
