"""The description inside a GLB file (glTF 2.0, 4.4)."""

import json
import struct
from typing import Any, Final

from avamotion.errors import ConfigError

__all__ = ["read_gltf"]

_HEADER: Final = struct.Struct("<4sII")
_CHUNK: Final = struct.Struct("<I4s")
_VERSION: Final = 2


def read_gltf(data: bytes, *, max_json_bytes: int) -> dict[str, Any]:
    """Return the glTF object of a GLB file.

    Args:
        data: The file.
        max_json_bytes: A longer description is an error.

    Raises:
        ConfigError: If it is no GLB file.
    """
    if len(data) < _HEADER.size + _CHUNK.size:
        raise ConfigError("no GLB file: it is too short")
    magic, version, length = _HEADER.unpack_from(data)
    if magic != b"glTF" or version != _VERSION:
        raise ConfigError("no GLB file: it must begin with glTF, version 2")
    if length > len(data):
        raise ConfigError(f"the GLB file is cut off: {length} bytes announced, {len(data)} there")
    json_length, kind = _CHUNK.unpack_from(data, _HEADER.size)
    begin = _HEADER.size + _CHUNK.size
    if kind != b"JSON" or json_length > min(max_json_bytes, len(data) - begin):
        raise ConfigError("the GLB file has no description, or one that is too long")
    try:
        gltf = json.loads(data[begin : begin + json_length])
    except (ValueError, RecursionError) as exc:
        raise ConfigError("the description in the GLB file is not JSON") from exc
    if not isinstance(gltf, dict):
        raise ConfigError("the description in the GLB file must be an object")
    return gltf
