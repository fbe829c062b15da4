"""``avamotion keys`` and ``avamotion usage``."""

import json
import os
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from avamotion.errors import ConfigError
from avamotion.server.config import load_config

if TYPE_CHECKING:
    from avamotion.server.database.key_table import KeyTable

__all__ = ["keys_app", "show_usage"]

keys_app = typer.Typer(help="Make, list and revoke API keys.", no_args_is_help=True)

_Config = Annotated[
    Path | None, typer.Option(help="Settings, a TOML file; see docs/configuration.md.")
]
_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@keys_app.command()
def create(
    app: Annotated[str, typer.Option(help="Name of the app; it is made if there is none.")],
    max_sessions: Annotated[
        int | None, typer.Option(min=1, help="Sessions that may run at once.")
    ] = None,
    max_minutes_per_day: Annotated[
        int | None, typer.Option(min=1, help="Minutes of session a day (UTC).")
    ] = None,
    config: _Config = None,
) -> None:
    """Make an API key. It is shown now or never: only a hash of it is kept."""
    app_id, key = _key_table(config).create(
        app, max_sessions=max_sessions, max_minutes_per_day=max_minutes_per_day
    )
    typer.echo(f"SPATIUS_APP_ID={app_id}")
    typer.echo(f"SPATIUS_API_KEY={key}")


@keys_app.command("list")
def list_keys(as_json: _Json = False, config: _Config = None) -> None:
    """List the keys, without their secrets."""
    rows = _key_table(config).all_keys()
    if as_json:
        typer.echo(json.dumps([asdict(row) for row in rows], indent=2))
        return
    for row in rows:
        made = datetime.fromtimestamp(row.created_at, UTC).date()
        limits = [
            f"{limit} {what}"
            for limit, what in (
                (row.max_sessions, "sessions"),
                (row.max_minutes_per_day, "minutes a day"),
            )
            if limit is not None
        ]
        state = "revoked" if row.revoked_at else ", ".join(limits) or "no limits"
        typer.echo(f"{row.id}  {made}  {row.app_id}  {row.app_name}  ({state})")
    if not rows:
        typer.echo("no keys; make one with: avamotion keys create --app NAME")


@keys_app.command()
def revoke(
    key_id: Annotated[str, typer.Argument(help="The key's id, from avamotion keys list.")],
    config: _Config = None,
) -> None:
    """Make a key useless at once; its sessions end within half a minute."""
    _key_table(config).revoke(key_id)
    typer.echo(f"{key_id} is revoked")


@keys_app.command()
def limit(
    key_id: Annotated[str, typer.Argument(help="The key's id, from avamotion keys list.")],
    max_sessions: Annotated[
        int | None, typer.Option(min=1, help="Sessions that may run at once; left out: any.")
    ] = None,
    max_minutes_per_day: Annotated[
        int | None, typer.Option(min=1, help="Minutes of session a day; left out: any.")
    ] = None,
    config: _Config = None,
) -> None:
    """Change the limits of a key; sessions beyond them end within half a minute."""
    _key_table(config).limit(
        key_id, max_sessions=max_sessions, max_minutes_per_day=max_minutes_per_day
    )
    typer.echo(f"{key_id} has new limits")


def show_usage(
    days: Annotated[int, typer.Option(min=1, help="How many days back.")] = 30,
    as_json: _Json = False,
    config: _Config = None,
) -> None:
    """Show sessions and minutes of every app and day (UTC)."""
    rows = _key_table(config).usage(days=days)
    if as_json:
        dated = [asdict(row) | {"day": row.day.isoformat()} for row in rows]
        typer.echo(json.dumps(dated, indent=2))
        return
    for row in rows:
        used = f"{row.sessions:6d} sessions  {row.minutes:9.1f} min"
        typer.echo(f"{row.day}  {row.app_id}  {used}  {row.app_name}")
    if not rows:
        typer.echo(f"nothing was used in the last {days} days")


def _key_table(config: Path | None) -> "KeyTable":
    """Open the database of the settings."""
    url = load_config(config, os.environ).database.url
    if not url:
        raise ConfigError(
            "there is no database: set database.url in the settings, or AVAMOTION_DATABASE_URL, "
            "to a file like keys.sqlite3 or to a PostgreSQL URL"
        )
    try:
        from avamotion.server.database.connection import open_database
        from avamotion.server.database.key_table import KeyTable
    except ImportError as exc:
        raise ConfigError("a database needs: pip install 'avamotion[database]'") from exc
    return KeyTable(open_database(url.reveal()))
