"""The command line: arguments in, one sentence out when something is wrong."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tools.assets.array import FloatArray
from tools.assets.closure import Closure, closed_weights, find_closure
from tools.assets.glbfile import GlbError, read_glb
from tools.assets.mouth import MouthError, find_mouth

__all__ = ["main"]

AVATARS = Path("src/avamotion/avatars")


class _UserError(Exception):
    """A mistake in how the command was called, worth one sentence."""


def main(arguments: Sequence[str]) -> int:
    """Run the command line and return the exit status."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except (_UserError, GlbError, MouthError, OSError) as problem:
        print(f"tools.assets: {problem}", file=sys.stderr)  # noqa: T201 - the shell's own voice
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tools.assets", description="Build and measure the avatars."
    )
    commands = parser.add_subparsers(required=True)
    measure = commands.add_parser("measure", help="measure a mouth in millimetres")
    measure.add_argument("glb", type=Path)
    measure.add_argument("--weights", type=Path, help=".npz with names (C,) and values (N, C)")
    measure.add_argument("--set", nargs="*", default=[], metavar="SHAPE=WEIGHT", help="one pose")
    measure.add_argument("--raw", action="store_true", help="leave the closure curve out")
    measure.set_defaults(run=_measure)
    closure = commands.add_parser("closure", help="find a head's closure curve, print it as JSON")
    closure.add_argument("glb", type=Path)
    closure.set_defaults(run=_closure)
    return parser


def _measure(options: argparse.Namespace) -> None:
    names, weights = _weights(options)
    beside = options.glb.with_name("avatar.json")
    if not options.raw and beside.exists():
        entry = json.loads(beside.read_text())["closure"]
        weights = closed_weights(names, weights, Closure.from_json(entry))
    gap = find_mouth(read_glb(options.glb)).measure(names, weights)
    print("pose widest_mm smallest_mm overlap_mm lip_to_teeth_mm width_mm")  # noqa: T201
    for pose in range(len(weights)):
        row = (gap.widest_mm, gap.smallest_mm, gap.overlap_mm, gap.lip_to_teeth_mm, gap.width_mm)
        print(pose, *(f"{values[pose]:.2f}" for values in row))  # noqa: T201


def _weights(options: argparse.Namespace) -> tuple[list[str], FloatArray]:
    if options.weights is not None:
        with np.load(options.weights) as file:
            if not {"names", "values"} <= set(file.files):
                raise _UserError(f"{options.weights} has no arrays 'names' and 'values'")
            return [str(name) for name in file["names"]], file["values"].astype(np.float64)
    pose = {"jawOpen": 0.0, "mouthClose": 0.0}
    for setting in options.set:
        name, _, value = setting.partition("=")
        try:
            pose[name] = float(value)
        except ValueError:
            raise _UserError(f"--set takes SHAPE=WEIGHT, not {setting!r}") from None
    return list(pose), np.array([list(pose.values())])


def _closure(options: argparse.Namespace) -> None:
    found = find_closure(find_mouth(read_glb(options.glb)))
    print(json.dumps(found.to_json(), indent=2))  # noqa: T201
