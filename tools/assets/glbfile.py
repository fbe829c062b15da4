"""Read GLB files back as plain arrays: what a viewer would see, in metres.

Shapes: V vertices, T triangles, C blend shapes of one mesh.
"""

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import meshopt  # type: ignore[import-untyped] # it ships no types
import numpy as np

from tools.assets.array import FloatArray, IntArray

__all__ = ["Glb", "GlbError", "MorphMesh", "join_glb", "read_glb", "split_glb"]

COMPONENT: Final[dict[int, type[np.number[Any]]]] = {
    5120: np.int8, 5121: np.uint8, 5122: np.int16, 5123: np.uint16, 5125: np.uint32,
    5126: np.float32,
}  # fmt: skip
WIDTH: Final = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}
MESHOPT: Final = ("EXT_meshopt_compression", "KHR_meshopt_compression")


class GlbError(ValueError):
    """A file that is no GLB, or one that uses what this reader does not know."""


@dataclass(frozen=True, slots=True)
class MorphMesh:
    """One mesh of an avatar at rest, with its morph targets.

    Attributes:
        positions: Rest positions in metres, scene space, (V, 3).
        triangles: Vertex indices, (T, 3).
        deltas: Displacement in metres at weight 1, by blend-shape name, (V, 3) each.
    """

    positions: FloatArray
    triangles: IntArray
    deltas: Mapping[str, FloatArray]

    def posed(self, weights: Mapping[str, float]) -> FloatArray:
        """Return the positions at the given weights, (V, 3). Unknown names move nothing."""
        out = self.positions.copy()
        for name, weight in weights.items():
            if weight != 0.0 and name in self.deltas:
                out += weight * self.deltas[name]
        return out


@dataclass(frozen=True, slots=True)
class Glb:
    """A GLB: its JSON and its meshes by node name."""

    document: dict[str, Any]
    meshes: Mapping[str, MorphMesh]


def split_glb(data: bytes) -> tuple[dict[str, Any], bytes]:
    """Return the JSON document and the binary chunk of a GLB.

    Raises:
        GlbError: If the container is damaged.
    """
    if len(data) < 20 or data[:4] != b"glTF":
        raise GlbError("not a GLB file: it does not begin with 'glTF'")
    length = struct.unpack_from("<I", data, 12)[0]
    if len(data) < 20 + length or data[16:20] != b"JSON":
        raise GlbError("the GLB's JSON chunk is missing or cut short")
    document = json.loads(data[20 : 20 + length])
    rest = data[20 + length :]
    return document, rest[8:] if len(rest) >= 8 else b""


def join_glb(document: Mapping[str, Any], binary: bytes) -> bytes:
    """Return the GLB that holds a JSON document and a binary chunk, both padded to 4 bytes."""
    text = json.dumps(document, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    binary += b"\0" * (-len(binary) % 4)
    total = 12 + 8 + len(text) + 8 + len(binary)
    return b"".join(
        [
            struct.pack("<4sII", b"glTF", 2, total),
            struct.pack("<I4s", len(text), b"JSON"),
            text,
            struct.pack("<I4s", len(binary), b"BIN\0"),
            binary,
        ]
    )


class _Reader:
    """Accessors of one document, decompressed on first use."""

    def __init__(self, document: dict[str, Any], binary: bytes) -> None:
        self._document = document
        self._binary = binary
        self._views: dict[int, bytes] = {}

    def view(self, index: int) -> bytes:
        if index not in self._views:
            self._views[index] = self._decode(self._document["bufferViews"][index])
        return self._views[index]

    def _decode(self, view: dict[str, Any]) -> bytes:
        for name in MESHOPT:
            packed = view.get("extensions", {}).get(name)
            if packed is not None:
                start = packed.get("byteOffset", 0)
                data = self._binary[start : start + packed["byteLength"]]
                rows = meshopt.decode_gltf_buffer(
                    data,
                    packed["count"],
                    packed["byteStride"],
                    packed["mode"],
                    packed.get("filter", "NONE"),
                )
                return bytes(np.ascontiguousarray(rows).tobytes())
        start = view.get("byteOffset", 0)
        return self._binary[start : start + view["byteLength"]]

    def accessor(self, index: int) -> FloatArray:
        """Return an accessor's values, dequantised if it is normalised."""
        entry = self._document["accessors"][index]
        kind, width = COMPONENT[entry["componentType"]], WIDTH[entry["type"]]
        count = entry["count"]
        if "bufferView" in entry:
            stride = self._document["bufferViews"][entry["bufferView"]].get("byteStride", 0)
            values = self._rows(
                self.view(entry["bufferView"]), entry.get("byteOffset", 0), count, width, kind,
                stride,
            )  # fmt: skip
        else:
            values = np.zeros((count, width))
        if "sparse" in entry:
            self._overlay(values, entry["sparse"], kind, width)
        if entry.get("normalized"):
            values = np.maximum(values / np.iinfo(np.dtype(kind)).max, -1.0)
        return values

    def _overlay(
        self, values: FloatArray, sparse: dict[str, Any], kind: type[np.number[Any]], width: int
    ) -> None:
        where, what, count = sparse["indices"], sparse["values"], sparse["count"]
        rows = self._rows(
            self.view(where["bufferView"]), where.get("byteOffset", 0), count, 1,
            COMPONENT[where["componentType"]], 0,
        )  # fmt: skip
        values[rows[:, 0].astype(int)] = self._rows(
            self.view(what["bufferView"]), what.get("byteOffset", 0), count, width, kind, 0
        )

    @staticmethod
    def _rows(
        data: bytes, offset: int, count: int, width: int, kind: type[np.number[Any]], stride: int
    ) -> FloatArray:
        size = np.dtype(kind).itemsize
        stride = stride or size * width
        raw = np.ndarray((count, width), kind, data, offset, (stride, size))
        return raw.astype(np.float64)


def _local(node: Mapping[str, Any]) -> FloatArray:
    if "matrix" in node:
        return np.array(node["matrix"], dtype=np.float64).reshape(4, 4).T
    x, y, z, w = node.get("rotation", (0.0, 0.0, 0.0, 1.0))
    out = np.eye(4)
    out[:3, :3] = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]
    out[:3, :3] *= node.get("scale", (1.0, 1.0, 1.0))
    out[:3, 3] = node.get("translation", (0.0, 0.0, 0.0))
    return out


def _world(nodes: list[dict[str, Any]]) -> tuple[list[FloatArray], list[str]]:
    """Return every node's matrix, and its name or else its nearest named ancestor's."""
    parent = {child: i for i, node in enumerate(nodes) for child in node.get("children", [])}
    matrices, names = [], []
    for index in range(len(nodes)):
        matrix, name, at = _local(nodes[index]), nodes[index].get("name", ""), index
        while at in parent:
            at = parent[at]
            matrix = _local(nodes[at]) @ matrix
            name = name or nodes[at].get("name", "")
        matrices.append(matrix)
        names.append(name)
    return matrices, names


def read_glb(path: Path) -> Glb:
    """Read a GLB, packed or not, into arrays in metres.

    A skinned mesh is taken in its bind pose. Textures are left alone.

    Raises:
        GlbError: If the file is no GLB.
        OSError: If it cannot be read.
    """
    document, binary = split_glb(path.read_bytes())
    reader = _Reader(document, binary)
    nodes: list[dict[str, Any]] = document["nodes"]
    matrices, names = _world(nodes)
    meshes: dict[str, MorphMesh] = {}
    for index, node in enumerate(nodes):
        if "mesh" not in node:
            continue
        matrix = matrices[index]
        if "skin" in node:
            skin = document["skins"][node["skin"]]
            binds = reader.accessor(skin["inverseBindMatrices"])
            matrix = matrices[skin["joints"][0]] @ binds[0].reshape(4, 4).T
        meshes[names[index] or f"mesh{index}"] = _mesh(
            reader, document["meshes"][node["mesh"]], matrix
        )
    return Glb(document, meshes)


def _mesh(reader: _Reader, mesh: Mapping[str, Any], matrix: FloatArray) -> MorphMesh:
    # Only the first primitive: every mesh that tools/assets writes has just one.
    primitive = mesh["primitives"][0]
    positions = reader.accessor(primitive["attributes"]["POSITION"])
    names = mesh.get("extras", {}).get("targetNames", [])
    deltas = {
        name: reader.accessor(target["POSITION"]) @ matrix[:3, :3].T
        for name, target in zip(names, primitive.get("targets", []), strict=True)
    }
    indices = reader.accessor(primitive["indices"]).astype(np.int64).reshape(-1, 3)
    return MorphMesh(positions @ matrix[:3, :3].T + matrix[:3, 3], indices, deltas)
