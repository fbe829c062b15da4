"""``python -m fuzz``: fuzz every parser for some seconds.

Starts from ``fuzz/inputs``. A crash is written there too, so that it is tried first ever after, and
ends the run with status 1. ``--keep`` also adds what showed a behaviour that was new.
"""

import random
import time
import traceback
from typing import Annotated

import typer

from fuzz import corpus
from fuzz.mutator import Fuzzer
from fuzz.target import TARGETS

__all__: list[str] = []


def main(
    seconds: Annotated[float, typer.Option(help="For each parser.")] = 5.0,
    target: Annotated[str | None, typer.Option(help="Only this one.")] = None,
    seed: Annotated[int, typer.Option(help="Another seed, other changes.")] = 0,
    keep: Annotated[bool, typer.Option("--keep", help="Add what is new to the corpus.")] = False,
) -> None:
    """Fuzz every parser for some seconds."""
    names = list(TARGETS) if target is None else [target]
    if unknown := set(names) - TARGETS.keys():
        raise typer.BadParameter(f"no such target: {unknown.pop()}; there are {', '.join(TARGETS)}")
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
            path = corpus.keep(name, fuzzer.crash.data)
            typer.echo(f"{name}: crashed by {path}", err=True)
            typer.echo("".join(traceback.format_exception(fuzzer.crash.error)), err=True)
    if crashed:
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
