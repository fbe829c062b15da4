"""Score the engine on recordings whose phones are known, and write a report.

    python benchmarks/motion_report.py --clips DIR --scorer FILE --out DIR

``DIR`` holds ``NAME.wav``, ``NAME.tsv`` (start, end, phone) and perhaps ``manifest.json`` above it
with each clip's ``lang`` and ``kind``. ``FILE`` is a Python module with ``score``,
``composite`` and ``aggregate``. Writes ``motion.md``, and a plot of the first clip of each group.
"""

import argparse
import importlib.util
import json
import math
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from avamotion.animate import animate
from avamotion.media import BLENDSHAPES
from avamotion.motion import MotionStyle

COLUMNS = {
    "composite": "composite",
    "bil_recall": "closures found",
    "bil_prec": "of those made, right",
    "fv_rate": "f/v",
    "round_auc": "rounding",
    "open_rho": "openness ρ",
    "rest": "rest",
    "smooth": "smooth",
    "lag_ms": "lag, ms",
}


def load_scorer(path: Path) -> ModuleType:
    """Import a module from a file."""
    spec = importlib.util.spec_from_file_location("scorer", path)
    if spec is None or spec.loader is None:
        raise SystemExit(f"{path} is not a Python module")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def read_segments(path: Path) -> list[tuple[float, float, str]]:
    """Read start, end and phone of each line but the first."""
    lines = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()[1:]]
    return [(float(start), float(end), phone) for start, end, phone in lines]


def read_groups(clips: Path) -> dict[str, str]:
    """Return which group each clip belongs to: its language and kind of voice."""
    manifest = clips.parent / "manifest.json"
    if not manifest.exists():
        return {}
    entries: list[Mapping[str, Any]] = json.loads(manifest.read_text(encoding="utf-8"))
    return {entry["name"]: f"{entry['lang']}, {entry['kind']}" for entry in entries}


def report(clips: Path, scorer: ModuleType, out: Path, style: MotionStyle) -> list[str]:
    """Animate and score every clip, and return the lines of a table."""
    groups = read_groups(clips)
    scores: defaultdict[str, list[dict[str, float]]] = defaultdict(list)
    for path in sorted(clips.glob("*.wav")):
        group = groups.get(path.stem, "all")
        plot = out / f"motion-{path.stem}.png" if group not in scores else None
        made = animate(path, out / "last.npz", style=style, plot=plot)
        segments = read_segments(path.with_suffix(".tsv"))
        result = scorer.score(
            made.times_s, list(BLENDSHAPES), made.values, segments, segments[-1][1]
        )
        result["composite"] = scorer.composite(result)
        scores[group].append(result)
    (out / "last.npz").unlink(missing_ok=True)
    lines = ["| voices | clips | " + " | ".join(COLUMNS.values()) + " |"]
    lines.append("|---" * (len(COLUMNS) + 2) + "|")
    for group, results in sorted(scores.items()):
        total = scorer.aggregate(results)
        cells = " | ".join(_cell(total[key]) for key in COLUMNS)
        lines.append(f"| {group} | {len(results)} | {cells} |")
    return lines


def _cell(value: float) -> str:
    if math.isnan(value):
        return "–"
    return f"{value:.0f}" if abs(value) > 2 else f"{value:.2f}"


def main() -> None:
    """Write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=Path, required=True)
    parser.add_argument("--scorer", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    out: Path = arguments.out
    out.mkdir(parents=True, exist_ok=True)
    scorer = load_scorer(arguments.scorer)
    lines = ["# How well the face speaks", ""]
    for lookahead_ms in (40, 80):
        lines += [f"With {lookahead_ms} ms of lookahead:", ""]
        lines += report(arguments.clips, scorer, out, MotionStyle(lookahead_ms=lookahead_ms))
        lines.append("")
    (out / "motion.md").write_text("\n".join(lines), encoding="utf-8")
    print("\n".join(lines))  # its output


if __name__ == "__main__":
    main()
