"""The report: tables in Markdown, plots in SVG."""

import math
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from matplotlib import rcParams
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from benchmarks.motion_report.clip import Clip
from benchmarks.motion_report.face import Face
from benchmarks.motion_report.score import MEASURES, Scores, aperture_of

__all__ = ["Mouth", "draw_composites", "draw_example", "figures", "markdown"]

_COLOURS: Final = (
    "#444444",
    "#0b6e4f",
    "#3fa37c",
    "#c8553d",
    "#e39b80",
    "#4d6cb3",
    "#94a9d6",
    "#b5b5b5",
)


@dataclass(frozen=True, slots=True)
class Mouth:
    """One way to animate, and what it scored on each clip.

    Attributes:
        key: Its name in JSON.
        title: Its name in tables.
        by_group: Pooled scores of each group of clips.
        overall: Pooled scores of all clips.
    """

    key: str
    title: str
    by_group: Mapping[str, Scores]
    overall: Scores


def figures(
    mouths: Sequence[Mouth], clips: Sequence[Clip], versions: Sequence[str]
) -> dict[str, Any]:
    """Return everything as JSON."""
    return {
        "what": "scores of mouths on clips whose phones are known; the composite is 0 to 100",
        "clips": [{"name": clip.path.stem, "group": clip.group} for clip in clips],
        "versions": list(versions),
        "python": platform.python_version(),
        "mouths": {
            mouth.key: {
                "title": mouth.title,
                "all": _plain(mouth.overall),
                "groups": {group: _plain(scores) for group, scores in mouth.by_group.items()},
            }
            for mouth in mouths
        },
    }


def _plain(scores: Scores) -> dict[str, float | None]:
    return {name: None if math.isnan(value) else round(value, 4) for name, value in scores.items()}


def markdown(mouths: Sequence[Mouth], clips: Sequence[Clip]) -> str:
    """Return the tables: all clips, then each group."""
    seconds: dict[str, float] = {}
    counts: dict[str, int] = {}
    for clip in clips:
        seconds[clip.group] = seconds.get(clip.group, 0.0) + clip.labels.duration_s
        counts[clip.group] = counts.get(clip.group, 0) + 1
    total_s = sum(seconds.values())
    lines = [f"## All {len(clips)} clips, {total_s:.0f} s", ""]
    lines += _table([(mouth.title, mouth.overall) for mouth in mouths])
    lines += ["", "## Composite by voice and language", ""]
    lines.append("| | " + " | ".join(mouth.title for mouth in mouths) + " |")
    lines.append("|---" * (len(mouths) + 1) + "|")
    for group in counts:
        cells = " | ".join(f"{mouth.by_group[group]['composite']:.0f}" for mouth in mouths)
        lines.append(f"| {group} | {cells} |")
    lines += ["", "## Everything by voice and language", ""]
    for group, n_clips in counts.items():
        plural = "s" if n_clips > 1 else ""
        title = f"{group}: {n_clips} clip{plural}, {seconds[group]:.0f} s"
        lines += [f"<details><summary>{title}</summary>", ""]
        lines += _table([(mouth.title, mouth.by_group[group]) for mouth in mouths])
        lines += ["", "</details>", ""]
    return "\n".join(lines) + "\n"


def _table(rows: Sequence[tuple[str, Scores]]) -> list[str]:
    lines = ["| | " + " | ".join(MEASURES.values()) + " |", "|---" * (len(MEASURES) + 1) + "|"]
    for title, scores in rows:
        cells = " | ".join(_cell(name, scores[name]) for name in MEASURES)
        lines.append(f"| {title} | {cells} |")
    return lines


def _cell(name: str, value: float) -> str:
    if math.isnan(value):
        return "–"
    if name == "lag_ms":
        return f"{value:+.0f}"
    return f"{value:.0f}" if name == "composite" else f"{value:.2f}"


def draw_composites(path: Path, mouths: Sequence[Mouth]) -> None:
    """Draw the composite of each mouth, group by group."""
    groups = list(mouths[0].by_group)
    figure = Figure(figsize=(9, 1.2 + 0.4 * len(groups)), layout="constrained")
    axis = figure.subplots()
    height = 0.8 / len(mouths)
    for i, mouth in enumerate(mouths):
        places = [row + (i - (len(mouths) - 1) / 2) * height for row in range(len(groups))]
        values = [mouth.by_group[group]["composite"] for group in groups]
        axis.barh(places, values, height, color=_COLOURS[i % len(_COLOURS)], label=mouth.title)
    axis.set_yticks(range(len(groups)), groups)
    axis.invert_yaxis()
    axis.set_xlim(0, 100)
    axis.set_xlabel("composite")
    axis.grid(axis="x", alpha=0.3)
    figure.legend(loc="outside lower center", ncols=3, fontsize=8)
    _save(figure, path)


def draw_example(path: Path, clip: Clip, faces: Mapping[str, Face]) -> None:
    """Draw how far the lips open in one clip; p, b, m are shaded."""
    figure = Figure(figsize=(9, 1.25 * len(faces) + 0.6), layout="constrained")
    axes = figure.subplots(len(faces), 1, sharex=True, squeeze=False)[:, 0]
    for axis, (title, face) in zip(axes, faces.items(), strict=True):
        for segment in clip.labels.segments:
            if segment.phone in ("P", "B", "M"):
                axis.axvspan(
                    segment.start_s, segment.end_s, color="#e39b80", alpha=0.5, linewidth=0
                )
        axis.plot(
            clip.labels.times_s(), aperture_of(face, clip.labels), color="#222222", linewidth=1
        )
        axis.set_title(title, loc="left", fontsize=9)
        axis.set_yticks([])
        axis.grid(axis="x", alpha=0.3)
    axes[-1].set_xlim(0, clip.labels.duration_s)
    axes[-1].set_xlabel("seconds")
    _save(figure, path)


def _save(figure: Figure, path: Path) -> None:
    rcParams["svg.fonttype"] = "none"
    rcParams["svg.hashsalt"] = "avamotion"  # the same figures draw the same file
    FigureCanvasSVG(figure)
    figure.savefig(path, format="svg", metadata={"Date": None})
