"""Draw what a server does as its sessions grow in number."""

from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("svg")
import matplotlib.pyplot as plt

__all__ = ["draw_curve"]

_INK, _SOFT, _ACCENT, _SECOND = "#1b1f24", "#8a929c", "#2f6fdf", "#d9822b"


def draw_curve(results: list[dict[str, Any]], path: Path) -> None:
    """Draw lateness, first frame and CPU over the number of sessions.

    Args:
        results: What :func:`load.run.run_load` gave, for growing numbers of sessions.
        path: An SVG file.
    """
    sessions = [result["plan"]["sessions"] for result in results]
    plt.rcParams.update(
        {"font.size": 9, "svg.fonttype": "none", "text.color": _INK, "axes.labelcolor": _INK}
    )
    figure, axes = plt.subplots(1, 3, figsize=(10.5, 3.0), layout="constrained")
    _plot(
        axes[0],
        sessions,
        {
            "p99": [r["frame_lateness_ms"]["p99"] for r in results],
            "p50": [r["frame_lateness_ms"]["p50"] for r in results],
        },
        title="Packet lateness at the viewer, ms",
        limit=20,
        log=True,
    )
    _plot(
        axes[1],
        sessions,
        {
            "p95": [r["first_frame_ms"]["p95"] for r in results],
            "p50": [r["first_frame_ms"]["p50"] for r in results],
        },
        title="First sound in → first packet out, ms",
        limit=150,
        log=True,
    )
    _plot(
        axes[2],
        sessions,
        {
            "server": [r["cpu_cores"] for r in results],
            "of it decoding, model, Opus": [r["cpu_cores"] / r["cpu_ratio"] for r in results],
        },
        title="CPU cores",
        limit=2,
        log=False,
    )
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def _plot(
    axis: Any,  # noqa: ANN401 - matplotlib's types are not checked here
    sessions: list[int],
    series: dict[str, list[float]],
    *,
    title: str,
    limit: float,
    log: bool,
) -> None:
    for (name, values), colour in zip(series.items(), (_ACCENT, _SECOND), strict=True):
        axis.plot(sessions, values, "o-", color=colour, markersize=3.5, linewidth=1.5, label=name)
    axis.axhline(limit, color=_SOFT, linewidth=0.8, linestyle=(0, (4, 3)))
    axis.annotate(f"{limit:g}", (0, limit), xytext=(2, 2), textcoords="offset points", color=_SOFT)
    if log:
        axis.set_yscale("log")
        axis.yaxis.set_major_formatter("{x:g}")
    else:
        axis.set_ylim(0, max(limit * 1.1, *(max(values) for values in series.values())))
    axis.set_xlim(0, max(sessions) * 1.04)
    axis.set_title(title, fontsize=9, loc="left")
    axis.set_xlabel("sessions speaking at once, one viewer each")
    axis.legend(frameon=False, fontsize=8)
    for side in ("top", "right"):
        axis.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axis.spines[side].set_color(_SOFT)
    axis.tick_params(color=_SOFT)
