"""Write parts, joints and materials as one GLB, in metres, eyes at height 0.

Plain floats throughout: gltfpack quantises and compresses afterwards.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tools.assets.arkit import ARKIT_NAMES
from tools.assets.array import FloatArray
from tools.assets.glbfile import join_glb
from tools.assets.part import Part
from tools.assets.skeleton import JOINTS, Skeleton
from tools.assets.texture import Texture

__all__ = ["LICENCE", "write_glb"]

LICENCE: Final = (
    "CC0-1.0 (built from MakeHuman/MPFB2 CC0 assets and Face Units by Mika Suominen, CC0)"
)
METRES: Final = 0.1
STILL_M: Final = 2e-5
"""Displacements below this are noise that would cost bytes."""
STILL_NORMAL: Final = 0.04
ARRAY_BUFFER: Final = 34962
ELEMENT_BUFFER: Final = 34963
TYPES: Final = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4", 16: "MAT4"}
CODES: Final = {"f": 5126, "B": 5121, "I": 5125}


class _Document:
    """A glTF document and its buffer, growing together."""

    def __init__(self) -> None:
        self.json: dict[str, list[dict[str, Any]]] = {
            name: []
            for name in ("nodes", "meshes", "accessors", "bufferViews", "textures", "images")
        }
        self.binary = bytearray()

    def add(self, kind: str, entry: dict[str, Any]) -> int:
        """Append an entry and return its index."""
        self.json[kind].append(entry)
        return len(self.json[kind]) - 1

    def view(self, data: bytes, target: int | None = None) -> int:
        """Append bytes to the buffer."""
        self.binary += b"\0" * (-len(self.binary) % 4)
        entry: dict[str, Any] = {
            "buffer": 0, "byteOffset": len(self.binary), "byteLength": len(data),
        }  # fmt: skip
        if target is not None:
            entry["target"] = target
        self.binary += data
        return self.add("bufferViews", entry)

    def accessor(
        self, values: NDArray[Any], *, target: int | None = None, bounds: bool = False
    ) -> int:
        """Append an array, (count,) or (count, width)."""
        table = np.ascontiguousarray(values).reshape(len(values), -1)
        entry: dict[str, Any] = {
            "bufferView": self.view(table.tobytes(), target),
            "componentType": CODES[table.dtype.char],
            "count": len(table),
            "type": TYPES[table.shape[1]],
        }
        if bounds:
            entry["min"], entry["max"] = table.min(0).tolist(), table.max(0).tolist()
        return self.add("accessors", entry)


def write_glb(
    parts: Sequence[Part],
    skeleton: Skeleton,
    eye_height_dm: float,
    materials: Sequence[Mapping[str, Any]],
    textures: Sequence[Texture],
) -> bytes:
    """Return a GLB.

    Args:
        parts: What is drawn.
        skeleton: Its joints.
        eye_height_dm: What becomes height 0.
        materials: glTF materials; their texture indices point into ``textures``.
        textures: Pictures.
    """
    document = _Document()
    origin = np.array([0.0, eye_height_dm, 0.0])
    places = (skeleton.places - origin) * METRES
    joints = _add_joints(document, places)
    skin = {"joints": joints, "inverseBindMatrices": _bind_matrices(document, places)}
    by_name = {str(material["name"]): index for index, material in enumerate(materials)}
    root_children = [joints[0]]
    for part in parts:
        node: dict[str, Any] = {
            "name": part.name,
            "mesh": _add_mesh(document, part, origin, by_name[part.material]),
        }
        if part.joints is not None:
            node["skin"] = 0
            root_children.append(document.add("nodes", node))
        else:
            at = JOINTS.index(part.joint)
            node["translation"] = (-places[at]).tolist()
            parent = document.json["nodes"][joints[at]]
            parent.setdefault("children", []).append(document.add("nodes", node))
    root = document.add("nodes", {"name": "Avatar", "children": root_children})
    for texture in textures:
        source = document.add(
            "images", {"bufferView": document.view(texture.encode()), "mimeType": "image/webp"}
        )
        entry = {"sampler": 0, "extensions": {"EXT_texture_webp": {"source": source}}}
        document.add("textures", entry)
    return join_glb(_finish(document, root, skin, materials), bytes(document.binary))


def _add_joints(document: _Document, places: FloatArray) -> list[int]:
    joints: list[int] = []
    for index, name in enumerate(JOINTS):
        step = places[index] - places[index - 1] if index else places[0]
        joints.append(document.add("nodes", {"name": name, "translation": step.tolist()}))
        if index:
            document.json["nodes"][joints[index - 1]]["children"] = [joints[index]]
    return joints


def _bind_matrices(document: _Document, places: FloatArray) -> int:
    matrices = np.tile(np.eye(4, dtype=np.float32), (len(places), 1, 1))
    matrices[:, 3, :3] = -places  # column-major: the translation is the last row
    return document.accessor(matrices.reshape(-1, 16))


def _add_mesh(document: _Document, part: Part, origin: FloatArray, material: int) -> int:
    def floats(values: FloatArray, *, bounds: bool = False) -> int:
        return document.accessor(values.astype(np.float32), target=ARRAY_BUFFER, bounds=bounds)

    attributes = {
        "POSITION": floats((part.positions - origin) * METRES, bounds=True),
        "NORMAL": floats(_unit(part.normals)),
    }
    if part.uv is not None:
        attributes["TEXCOORD_0"] = floats(part.uv)
    if part.colours is not None:
        attributes["COLOR_0"] = floats(np.clip(part.colours, 0, 1))
    if part.joints is not None:
        index = np.tile(np.array([0, 1, 2, 0], np.uint8), (len(part.joints), 1))
        weights = np.column_stack([part.joints, np.zeros(len(part.joints))])
        index[weights == 0] = 0
        attributes["JOINTS_0"] = document.accessor(index, target=ARRAY_BUFFER)
        attributes["WEIGHTS_0"] = floats(weights / weights.sum(1, keepdims=True))
    primitive: dict[str, Any] = {
        "attributes": attributes,
        "indices": document.accessor(
            part.triangles.reshape(-1).astype(np.uint32), target=ELEMENT_BUFFER
        ),
        "material": material,
    }
    mesh: dict[str, Any] = {"name": part.name, "primitives": [primitive]}
    names = [name for name in ARKIT_NAMES if name in part.morphs]
    if names:
        primitive["targets"] = [_target(part, name, floats) for name in names]
        mesh["weights"] = [0.0] * len(names)
        mesh["extras"] = {"targetNames": names}
    return document.add("meshes", mesh)


def _target(part: Part, name: str, floats: Callable[..., int]) -> dict[str, int]:
    moved = part.morphs[name] * METRES
    moved = np.where(np.abs(moved).max(1, keepdims=True) < STILL_M, 0.0, moved)
    out = {"POSITION": floats(moved, bounds=True)}
    if part.morph_normals:
        turned = part.morph_normals[name]
        turned = np.where(np.abs(turned).max(1, keepdims=True) < STILL_NORMAL, 0.0, turned)
        out["NORMAL"] = floats(turned)
    return out


def _unit(normals: FloatArray) -> FloatArray:
    """Return normals of length 1; where there was none (a pole), forwards."""
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    return np.where(length < 0.5, [0.0, 0.0, 1.0], normals / np.maximum(length, 1e-9))


def _finish(
    document: _Document, root: int, skin: Mapping[str, Any], materials: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    used = {name for material in materials for name in material.get("extensions", {})}
    used |= {"EXT_texture_webp", "KHR_texture_transform"}
    binary = len(document.binary) + -len(document.binary) % 4
    return {
        "asset": {"version": "2.0", "generator": "avamotion tools/assets", "copyright": LICENCE},
        "extensionsUsed": sorted(used),
        "extensionsRequired": ["EXT_texture_webp"],
        "scene": 0,
        "scenes": [{"nodes": [root]}],
        "skins": [dict(skin)],
        "materials": [dict(material) for material in materials],
        "samplers": [{"magFilter": 9729, "minFilter": 9987, "wrapS": 10497, "wrapT": 10497}],
        **document.json,
        "buffers": [{"byteLength": binary}],
    }
