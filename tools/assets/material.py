"""The materials of an avatar, as glTF dictionaries."""

import math
from collections.abc import Sequence
from typing import Any, Final

from tools.assets.person import Colours, Rgb

__all__ = ["TEXTURES", "materials_for"]

TEXTURES: Final = ("skin", "surface", "pores", "eye", "hair", "shell")
"""The order in which textures are written."""


def materials_for(colours: Colours, gloss: float) -> list[dict[str, Any]]:
    """Return every material, coloured for one person.

    Args:
        colours: The person's.
        gloss: Of the hair, 0 to 1.
    """
    return [
        _material(
            "Skin", base={"baseColorTexture": _texture("skin"),
                          "metallicRoughnessTexture": _texture("surface")},
            normalTexture={
                **_texture("pores"), "scale": 0.28,
                "extensions": {"KHR_texture_transform": {"scale": [26, 22]}},
            },
            occlusionTexture={**_texture("surface"), "strength": 0.9},
            extensions={
                "KHR_materials_sheen": {"sheenColorFactor": [0.10, 0.055, 0.04],
                                        "sheenRoughnessFactor": 0.5},
                "KHR_materials_specular": {"specularFactor": 0.75},
                "KHR_materials_ior": {"ior": 1.42},
            },
        ),
        _material(
            "Eye", base={"baseColorTexture": _texture("eye")}, rough=0.28,
            extensions={
                "KHR_materials_clearcoat": {"clearcoatFactor": 1, "clearcoatRoughnessFactor": 0.05},
                "KHR_materials_specular": {"specularFactor": 0.4},
            },
        ),
        _material("EyeShadow", alphaMode="BLEND", extensions={"KHR_materials_unlit": {}}),
        _material(
            "Lash", base={"baseColorFactor": [0.012, 0.008, 0.006, 1]}, doubleSided=True,
            extensions={"KHR_materials_specular": {"specularFactor": 0}},
        ),
        _material("Teeth", base={"baseColorFactor": [0.66, 0.62, 0.55, 1]}, rough=0.28),
        _material("Gum", base={"baseColorFactor": [0.45, 0.13, 0.12, 1]}, rough=0.35),
        _material("Tongue", base={"baseColorFactor": [0.50, 0.15, 0.14, 1]}, rough=0.38),
        _material(
            "Cloth", base={"baseColorFactor": [*_linear(colours.cloth), 1]}, rough=0.9,
            doubleSided=True,
            extensions={"KHR_materials_sheen": {"sheenColorFactor": [0.12, 0.13, 0.14],
                                                "sheenRoughnessFactor": 0.6}},
        ),
        _material(
            "Hair", base=_hair(colours.hair, "hair"), rough=0.9 - 0.32 * gloss, doubleSided=True,
            alphaMode="MASK", alphaCutoff=0.38, extensions=_hair_shine(gloss),
        ),
        _material(
            "HairCap", base=_hair(colours.hair, "shell"), rough=0.9 - 0.32 * gloss,
            doubleSided=True, extensions=_hair_shine(gloss),
        ),
        _material("Frame", base={"baseColorFactor": [0.02, 0.018, 0.018, 1]}, rough=0.3),
        _metal("Gold", (0.83, 0.60, 0.28)),
    ]  # fmt: skip


def _material(
    name: str,
    *,
    base: dict[str, Any] | None = None,
    rough: float = 1.0,
    **more: object,
) -> dict[str, Any]:
    metal = {**(base or {}), "metallicFactor": 0, "roughnessFactor": rough}
    return {"name": name, "pbrMetallicRoughness": metal, **more}


def _metal(name: str, colour: Rgb) -> dict[str, Any]:
    base = {"baseColorFactor": [*_linear(colour), 1], "metallicFactor": 1, "roughnessFactor": 0.25}
    return {"name": name, "pbrMetallicRoughness": base}


def _hair(colour: Rgb, texture: str) -> dict[str, Any]:
    # The textures are grey: what they take away is given back here.
    factor = [min(1.0, 1.6 * value) for value in _linear(colour)]
    return {"baseColorFactor": [*factor, 1], "baseColorTexture": _texture(texture)}


def _hair_shine(gloss: float) -> dict[str, Any]:
    specular = {"specularFactor": 0.06 + 0.14 * gloss, "specularColorFactor": [0.9, 0.7, 0.55]}
    if gloss == 0:
        return {"KHR_materials_specular": specular}
    along = {"anisotropyStrength": 0.45 * gloss, "anisotropyRotation": math.pi / 2}
    return {"KHR_materials_specular": specular, "KHR_materials_anisotropy": along}


def _texture(name: str) -> dict[str, Any]:
    return {"index": TEXTURES.index(name)}


def _linear(colour: Rgb) -> Sequence[float]:
    return [value**2.2 for value in colour]
