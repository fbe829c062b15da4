"""What an extension's folder says: ``manifest.json`` and ``property.json``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ten_runtime._engine.api import Api, api_of
from ten_runtime._engine.fault import PropertyError
from ten_runtime._engine.place import JsonSource
from ten_runtime._engine.schema import ObjectSchema, object_schema

__all__ = ["Package", "find_folder", "is_package", "read_object", "read_package"]


@dataclass(frozen=True, slots=True)
class Package:
    """An extension's folder, read.

    Attributes:
        properties: The defaults.
        schema: Schema of the properties, or None.
        api: Schemas of the messages, or None.
    """

    properties: dict[str, Any]
    schema: ObjectSchema | None
    api: Api | None


def find_folder(start: Path, name: str, kind: str = "extension") -> Path | None:
    """Return the nearest folder, from a start upwards, whose manifest is of a type and name.

    Args:
        start: The first folder to look at.
        name: Name in the manifest; the empty string takes any.
        kind: Type in the manifest.
    """
    for folder in (start, *start.parents):
        if is_package(folder, name, kind):
            return folder
    return None


def is_package(folder: Path, name: str, kind: str = "extension") -> bool:
    """Return whether a folder's manifest is of a type and name; the empty name takes any."""
    try:
        manifest = read_object(folder / "manifest.json")
    except PropertyError:
        return False  # whoever reads it for good reports it
    return manifest.get("type") == kind and name in ("", manifest.get("name"))


def read_object(path: Path) -> dict[str, Any]:
    """Read a file that holds a JSON object; a missing file is an empty one.

    Raises:
        PropertyError: If it holds something else.
    """
    if not path.is_file():
        return {}
    document = JsonSource.of_file(path, PropertyError).load(PropertyError)
    if not isinstance(document, dict):
        raise PropertyError(f"{path}: must hold a JSON object.")
    return document


def read_package(folder: Path | None) -> Package:
    """Read an extension's folder; None reads as an empty one.

    Raises:
        PropertyError: If a file in it is broken.
    """
    if folder is None:
        return Package({}, None, None)
    manifest = read_object(folder / "manifest.json")
    documents = _api_documents(manifest, folder / "manifest.json", ())
    declared: dict[str, Any] = {"properties": {}, "required": []}
    for document in documents:
        own = document.get("property")
        if isinstance(own, dict):
            # Before 0.11 the members stood in "property" itself.
            members = own.get("properties", own if "required" not in own else {})
            declared["properties"].update(members if isinstance(members, dict) else {})
            declared["required"] += own.get("required") or []
    return Package(
        read_object(folder / "property.json"), object_schema(declared), api_of(documents)
    )


def _api_documents(
    manifest: dict[str, Any], path: Path, seen: tuple[Path, ...]
) -> list[dict[str, Any]]:
    """Return the ``api`` objects of the interfaces that a manifest imports, and then its own."""
    api = manifest.get("api", manifest if seen else None)
    if not isinstance(api, dict):
        return []
    found: list[dict[str, Any]] = []
    interfaces = api.get("interface")
    for entry in interfaces if isinstance(interfaces, list) else ():
        uri = entry.get("import_uri") if isinstance(entry, dict) else None
        if not isinstance(uri, str):
            raise PropertyError(f"{path}: an interface needs an import_uri.")
        imported = (path.parent / uri.removeprefix("file://")).resolve()
        if imported in seen:
            raise PropertyError(f"{path}: interface '{uri}' imports itself.")
        if not imported.is_file():
            # Interfaces of system packages are not there without TEN's package manager; what
            # they declare then is unchecked, like anything that is not declared.
            continue
        found += _api_documents(read_object(imported), imported, (*seen, imported))
    return [*found, api]
