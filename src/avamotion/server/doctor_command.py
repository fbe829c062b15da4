"""``avamotion doctor``."""

import os
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["doctor"]


def doctor(
    config: Annotated[
        Path | None, typer.Option(help="Settings, a TOML file; see docs/configuration.md.")
    ] = None,
) -> None:
    """Look for what would keep the server from working; exit status 1 if there is something."""
    from avamotion.server.doctor import examine

    findings = examine(config, os.environ)
    width = max(len(finding.subject) for finding in findings)
    for finding in findings:
        typer.echo(
            f"{'ok ' if finding.good else 'BAD'}  {finding.subject:{width}}  {finding.detail}"
        )
    if not all(finding.good for finding in findings):
        raise typer.Exit(1)
