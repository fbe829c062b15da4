"""``avamotion avatars``."""

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from avamotion.errors import ConfigError

if TYPE_CHECKING:
    from avamotion.server.avatar import AvatarCatalog
    from avamotion.server.avatar_report import CapabilityReport

__all__ = ["avatars_app"]

avatars_app = typer.Typer(help="List, examine, add and remove avatars.", no_args_is_help=True)

_ID: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_MAX_FILE_BYTES: Final = 256 << 20
_MAX_JSON_BYTES: Final = 16 << 20
_THUMBNAILS: Final = (".webp", ".png", ".jpg", ".jpeg")

_Config = Annotated[
    Path | None, typer.Option(help="Settings, a TOML file; see docs/configuration.md.")
]
_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@avatars_app.command("list")
def list_avatars(as_json: _Json = False, config: _Config = None) -> None:
    """List the avatars that the server has."""
    with _catalog(config) as catalog:
        avatars = catalog.all()
    if as_json:
        found = [{**avatar.metadata, "id": avatar.id} for avatar in avatars]
        typer.echo(json.dumps(found, indent=2))
        return
    for avatar in avatars:
        facts = (avatar.metadata.get(key, "") for key in ("name", "license", "description"))
        typer.echo("  ".join(str(fact) for fact in (avatar.id, *facts)).rstrip())
    if not avatars:
        typer.echo("no avatars; add one with: avamotion avatars add")


@avatars_app.command()
def examine(
    model: Annotated[Path, typer.Argument(help="A head, GLB.")], as_json: _Json = False
) -> None:
    """Say what a head can do; exit status 1 if it cannot speak."""
    report = _report(model)
    if as_json:
        typer.echo(json.dumps(asdict(report), indent=2))
    else:
        _print(report)
    if report.problems:
        raise typer.Exit(1)


@avatars_app.command()
def add(
    model: Annotated[Path, typer.Argument(help="A head, GLB.")],
    avatar_id: Annotated[str, typer.Option("--id", help="avatar_id: small letters, digits, - _.")],
    license_id: Annotated[
        str, typer.Option("--license", help="Its licence, an SPDX identifier such as CC0-1.0.")
    ],
    name: Annotated[str, typer.Option(help="Its name, for people.")] = "",
    description: Annotated[str, typer.Option(help="A sentence about it.")] = "",
    thumbnail: Annotated[Path | None, typer.Option(help="A picture: WebP, PNG or JPEG.")] = None,
    motion: Annotated[
        list[str] | None, typer.Option(help="A default, as in intensity=0.8; may be repeated.")
    ] = None,
    config: _Config = None,
) -> None:
    """Add a head to the server's folder or database; servers that run find it at once."""
    from avamotion.server.session_option import SessionOptions

    _check_id(avatar_id, "--id")
    if thumbnail is not None and thumbnail.suffix.lower() not in _THUMBNAILS:
        raise ConfigError(f"--thumbnail: {thumbnail} is neither WebP nor PNG nor JPEG")
    defaults = dict(item.partition("=")[::2] for item in motion or ())
    try:
        options = SessionOptions.from_params({f"motion.{k}": v for k, v in defaults.items()})
    except ValueError as exc:
        raise ConfigError(f"--motion: {exc}") from exc
    if options.ignored:
        raise ConfigError(f"--motion: {options.ignored[0]} is no parameter of motion")
    report = _report(model)
    _print(report)
    if report.problems:
        raise ConfigError(f"{model} was not added: {report.problems[0]}")
    names, files = {"full": "avatar.glb"}, {"avatar.glb": model}
    if thumbnail is not None:
        names["thumbnail"] = f"thumbnail{thumbnail.suffix.lower()}"
        files[names["thumbnail"]] = thumbnail
    metadata: dict[str, object] = {
        "format": 1,
        "id": avatar_id,
        "name": name or avatar_id,
        "description": description,
        "license": license_id,
        "files": names,
    }
    if defaults:
        metadata["motion"] = defaults
    with _catalog(config) as catalog:
        where = catalog.add(avatar_id, metadata, files)
    typer.echo(f"{avatar_id} is in {where}")


@avatars_app.command()
def remove(
    avatar_id: Annotated[str, typer.Argument(help="avatar_id, from avamotion avatars list.")],
    config: _Config = None,
) -> None:
    """Remove an avatar; sessions that show it go on."""
    _check_id(avatar_id, "avatar_id")
    with _catalog(config) as catalog:
        catalog.remove(avatar_id)
    typer.echo(f"{avatar_id} is removed")


def _check_id(avatar_id: str, what: str) -> None:
    if not _ID.fullmatch(avatar_id):
        raise ConfigError(
            f"{what}: {avatar_id!r} is none: small letters, digits, - and _, at most 64"
        )


@contextmanager
def _catalog(config: Path | None) -> Iterator["AvatarCatalog"]:
    """Open the catalogue of the settings."""
    from avamotion.server.avatar_source import open_catalog
    from avamotion.server.config import load_config

    catalog = open_catalog(load_config(config, os.environ), may_be_empty=True)
    try:
        yield catalog
    finally:
        catalog.close()


def _report(model: Path) -> "CapabilityReport":
    from avamotion.server.avatar_report import examine_gltf
    from avamotion.server.glb import read_gltf

    try:
        if model.stat().st_size > _MAX_FILE_BYTES:
            raise ConfigError(f"{model}: larger than {_MAX_FILE_BYTES >> 20} MiB")
        data = model.read_bytes()
    except OSError as exc:
        raise ConfigError(f"{model}: {exc.strerror}") from exc
    try:
        return examine_gltf(read_gltf(data, max_json_bytes=_MAX_JSON_BYTES))
    except ConfigError as exc:
        raise ConfigError(f"{model}: {exc}") from exc


def _print(report: "CapabilityReport") -> None:
    typer.echo(f"speaks with   {report.level}")
    typer.echo(f"blend shapes  {len(report.blendshapes)} of 52")
    if report.missing:
        typer.echo(f"missing       {', '.join(report.missing)}")
    typer.echo(f"head bone     {'yes' if report.has_head_bone else 'no'}")
    typer.echo(f"eye bones     {'yes' if report.has_eye_bones else 'no'}")
    typer.echo(f"triangles     {report.n_triangles}")
    for text in (*report.problems, *report.remarks):
        typer.echo(f"note          {text}")
