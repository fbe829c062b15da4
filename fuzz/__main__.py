"""``python -m fuzz``: fuzz every parser for some seconds.

Starts from ``fuzz/inputs``. A crash is written there too, so that it is tried first ever after, and
ends the run with status 1; ``--replay`` tries one file again. ``--keep`` also adds what showed a
behaviour that was new.
"""

import os
import random
import secrets
import time
import traceback
from base64 import b64encode
from pathlib import Path
from typing import Annotated

import typer

from fuzz import corpus
from fuzz.mutator import Crash, Fuzzer
from fuzz.target import TARGETS

__all__: list[str] = []

_MAX_SHOWN_BYTES = 6000


def main(
    seconds: Annotated[float, typer.Option(help="For each parser.")] = 5.0,
    target: Annotated[str | None, typer.Option(help="Only this one.")] = None,
    seed: Annotated[
        int | None, typer.Option(help="The same seed makes the same changes; else they are new.")
    ] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Add what is new to the corpus.")] = False,
    replay: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Try only this file.")
    ] = None,
) -> None:
    """Fuzz every parser for some seconds."""
    names = list(TARGETS) if target is None else [target]
    if unknown := set(names) - TARGETS.keys():
        raise typer.BadParameter(f"no such target: {unknown.pop()}; there are {', '.join(TARGETS)}")
    if replay is not None:
        for name in names if target else [replay.parent.name]:
            _replay(name, replay)
        return
    if seed is None:
        seed = secrets.randbelow(1 << 31)
    typer.echo(f"seed {seed}")
    crashed = False
    for name in names:
        fuzzer = Fuzzer(TARGETS[name], corpus.load(name), random.Random(seed))
        deadline, n_tries = time.monotonic() + seconds, 0
        while fuzzer.crash is None and time.monotonic() < deadline:
            fuzzer.step()
            n_tries += 1
        typer.echo(f"{name:14} {n_tries:8d} inputs  {len(fuzzer.behaviours):3d} behaviours")
        if keep:
            for data in fuzzer.found:
                corpus.keep(name, data)
        if fuzzer.crash is not None:
            crashed = True
            _tell(name, fuzzer.crash)
    if crashed:
        raise typer.Exit(1)


def _replay(name: str, path: Path) -> None:
    """Feed one file to a parser; what goes wrong comes out as it is."""
    if name not in TARGETS:
        raise typer.BadParameter(f"name the parser of {path}: --target {', '.join(TARGETS)}")
    typer.echo(f"{name}: {TARGETS[name](path.read_bytes())}")


def _tell(name: str, crash: Crash) -> None:
    """Keep what crashed a parser, and say how to try it again, here and from a log."""
    path = os.path.relpath(corpus.keep(name, crash.data))
    typer.echo("".join(traceback.format_exception(crash.error)), err=True)
    typer.echo(f"{name} crashed. The input is in {path}; try it again with", err=True)
    typer.echo(f"  python -m fuzz --target {name} --replay {path}", err=True)
    if len(crash.data) <= _MAX_SHOWN_BYTES:
        text = b64encode(crash.data).decode()
        typer.echo(f"elsewhere make the file first: echo {text} | base64 -d > {path}", err=True)


if __name__ == "__main__":
    typer.run(main)
