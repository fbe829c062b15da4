"""The command line: arguments only; the work is done elsewhere."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from avamotion import __version__
from avamotion.errors import AvamotionError

__all__ = ["app", "main"]

app = typer.Typer(
    name="avamotion",
    help="A face for a voice agent: speech in, synchronised sound and facial motion out.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
token_app = typer.Typer(help="Make and read tokens.", no_args_is_help=True)
app.add_typer(token_app, name="token")


def main() -> None:
    """Run the command line. A user's mistake is one sentence and exit status 1."""
    try:
        app()
    except AvamotionError as exc:
        typer.echo(f"avamotion: {exc}", err=True)
        sys.exit(1)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"avamotion {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """A face for a voice agent."""


@app.command()
def serve(
    config: Annotated[
        Path | None, typer.Option(help="Settings, a TOML file; see docs/configuration.md.")
    ] = None,
    host: Annotated[str | None, typer.Option(help="Address to bind; 0.0.0.0 for all.")] = None,
    port: Annotated[int | None, typer.Option(help="TCP port; 0 picks a free one.")] = None,
) -> None:
    """Run the Motion Server. Without settings it makes development keys and prints them once."""
    from avamotion.server.run import serve as run_server

    run_server(config, os.environ, host=host, port=port)
