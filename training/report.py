"""Draw how learning went."""

import csv
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

__all__ = ["draw_log"]


def draw_log(log: Path, image: Path) -> None:
    """Draw a log of :func:`training.fit.fit` as PNG: losses above, figures of merit below."""
    with log.open(newline="") as file:
        rows = list(csv.DictReader(file))
    steps = [int(row["step"]) for row in rows]
    names = [name for name in rows[0] if name != "step"]
    losses = ("phone", "viseme", "lip", "voice")
    figure = Figure(figsize=(9, 8), layout="constrained")
    FigureCanvasAgg(figure)
    for axis, wanted in zip(figure.subplots(2, 1, sharex=True), (True, False), strict=True):
        for name in names:
            if (name in losses) is wanted:
                axis.plot(steps, [float(row[name]) for row in rows], label=name)
        axis.legend()
        axis.grid(alpha=0.3)
    figure.axes[0].set_ylabel("loss")
    figure.axes[1].set_ylabel("share right, on speech not learned from")
    figure.axes[1].set_xlabel("step")
    figure.savefig(image, dpi=100)
