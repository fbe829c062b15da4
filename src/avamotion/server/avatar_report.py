"""What a head can do: which of ARKit's blend shapes it has, and what moves besides."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from avamotion.media import BLENDSHAPES

__all__ = ["CapabilityReport", "examine_gltf"]

# Of these a mouth that speaks with ARKit's shapes has most.
_MOUTH: Final = frozenset(
    {
        "mouthClose",
        "mouthFunnel",
        "mouthLowerDownLeft",
        "mouthLowerDownRight",
        "mouthPucker",
        "mouthRollLower",
        "mouthSmileLeft",
        "mouthSmileRight",
        "mouthStretchLeft",
        "mouthStretchRight",
        "mouthUpperUpLeft",
        "mouthUpperUpRight",
    }
)
_ENOUGH: Final = 8
_BLINK: Final = ("eyeBlinkLeft", "eyeBlinkRight")
_EYES: Final = ("LeftEye", "RightEye", "eye_L", "eye_R", "leftEye", "rightEye", "Eye_L", "Eye_R")
_HEADS: Final = ("Head", "head", "J_Bip_C_Head")


@dataclass(frozen=True, slots=True)
class CapabilityReport:
    """What was found.

    Attributes:
        level: How the head can speak: with ``arkit`` shapes, ``visemes``, a VRM's ``vowels``, by
            its ``jaw`` alone, or ``none``. The renderer knows how to move all but the last.
        blendshapes: Those of ARKit's that the head has, in Apple's order.
        missing: The others.
        other_shapes: Shapes by other names; they are left alone.
        has_head_bone: Whether the head can be turned by a bone; else the whole scene turns.
        has_eye_bones: Whether the eyes can be turned by bones; else the eyeLook shapes move them.
        n_triangles: Triangles of all meshes.
        license: What the file says of its licence, or "".
    """

    level: str
    blendshapes: tuple[str, ...]
    missing: tuple[str, ...]
    other_shapes: tuple[str, ...]
    has_head_bone: bool
    has_eye_bones: bool
    n_triangles: int
    license: str

    @property
    def problems(self) -> list[str]:
        """What keeps the head from speaking, in sentences; empty if nothing does."""
        if self.level != "none":
            return []
        return ["nothing moves its mouth: no ARKit shapes, no visemes, no VRM expressions, no jaw"]

    @property
    def remarks(self) -> list[str]:
        """What it does without, in sentences."""
        remarks = []
        if self.level == "jaw":
            remarks.append("only its jaw moves: the lips will not follow the speech")
        if self.level in ("arkit", "jaw") and not set(_BLINK) <= set(self.blendshapes):
            remarks.append("it cannot blink: eyeBlinkLeft or eyeBlinkRight is missing")
        if not self.has_head_bone:
            remarks.append("it has no head bone: the whole figure will nod")
        if not self.has_eye_bones and "eyeLookInLeft" not in self.blendshapes:
            remarks.append("its eyes cannot look about: no eye bones and no eyeLook shapes")
        return remarks


def examine_gltf(gltf: dict[str, Any]) -> CapabilityReport:
    """Look at a glTF object. What is not as glTF wants it counts as absent."""
    shapes: set[str] = set()
    triangles = 0
    for mesh in _objects(gltf, "meshes"):
        extras = mesh.get("extras")
        targets = extras.get("targetNames") if isinstance(extras, dict) else None
        if isinstance(targets, list):
            shapes |= {name for name in targets if isinstance(name, str)}
        for primitive in _objects(mesh, "primitives"):
            triangles += _count(gltf, primitive.get("indices")) // 3
    names = [node.get("name") for node in _objects(gltf, "nodes")]
    nodes = {name for name in names if isinstance(name, str)}
    asset = gltf.get("asset")
    extras = asset.get("extras") if isinstance(asset, dict) else None
    found = (asset or {}).get("copyright") if isinstance(asset, dict) else ""
    if isinstance(extras, dict):
        found = extras.get("license", found)
    return CapabilityReport(
        level=_level(shapes, gltf.get("extensions")),
        blendshapes=tuple(name for name in BLENDSHAPES if name in shapes),
        missing=tuple(name for name in BLENDSHAPES if name not in shapes),
        other_shapes=tuple(sorted(shapes - set(BLENDSHAPES))),
        has_head_bone=not nodes.isdisjoint(_HEADS),
        has_eye_bones=len(nodes & set(_EYES)) >= 2,
        n_triangles=triangles,
        license=found if isinstance(found, str) else "",
    )


def _level(shapes: set[str], extensions: object) -> str:
    if "jawOpen" in shapes and len(shapes & _MOUTH) >= _ENOUGH:
        return "arkit"
    if sum(name.startswith("viseme_") for name in shapes) >= _ENOUGH:
        return "visemes"
    if isinstance(extensions, dict) and not {"VRM", "VRMC_vrm"}.isdisjoint(extensions):
        return "vowels"
    return "jaw" if "jawOpen" in shapes else "none"


def _objects(parent: dict[str, Any], key: str) -> Iterable[dict[str, Any]]:
    items = parent.get(key)
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _count(gltf: dict[str, Any], accessor: object) -> int:
    accessors = gltf.get("accessors")
    if not isinstance(accessor, int) or not isinstance(accessors, list):
        return 0
    if not 0 <= accessor < len(accessors) or not isinstance(accessors[accessor], dict):
        return 0
    count = accessors[accessor].get("count")
    return count if isinstance(count, int) and count >= 0 else 0
