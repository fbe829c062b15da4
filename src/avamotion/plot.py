"""Draw a face's curves over the sound that moves it."""

from pathlib import Path
from typing import Any, Final

import numpy as np

from avamotion.errors import ConfigError
from avamotion.media import FloatArray, blendshape_index
from avamotion.motion import SAMPLE_RATE_HZ

__all__ = ["draw_plot"]

_PANELS: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("jaw and closure", ("jawOpen", "mouthClose")),
    ("rounding and spreading", ("mouthFunnel", "mouthPucker", "mouthStretchLeft")),
    ("lips", ("mouthLowerDownLeft", "mouthUpperUpLeft", "mouthRollLower", "mouthPressLeft")),
    ("eyes and brows", ("eyeBlinkLeft", "browInnerUp")),
)
_INCHES_PER_S: Final = 1.8
_WIDTH_INCHES: Final = (8.0, 60.0)


def draw_plot(
    path: Path,
    samples: FloatArray,
    times_s: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]",
    values: FloatArray,
) -> None:
    """Draw curves over a waveform as PNG.

    Args:
        path: Where to write.
        samples: The sound at 16 kHz, (N,).
        times_s: Times of the frames, (F,), float64.
        values: Blend-shape weights, (F, 52).

    Raises:
        ConfigError: If matplotlib is not installed, or the file cannot be written.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        raise ConfigError(
            "drawing needs matplotlib: install it with  pip install 'avamotion[plot]'"
        ) from None
    duration_s = len(samples) / SAMPLE_RATE_HZ
    width = float(np.clip(duration_s * _INCHES_PER_S, *_WIDTH_INCHES))
    figure = Figure(figsize=(width, 9), layout="constrained")
    FigureCanvasAgg(figure)
    axes: list[Any] = list(figure.subplots(1 + len(_PANELS), 1, sharex=True))
    axes[0].plot(np.arange(len(samples)) / SAMPLE_RATE_HZ, samples, linewidth=0.4, color="0.3")
    axes[0].set_ylabel("sound")
    for axis, (title, names) in zip(axes[1:], _PANELS, strict=True):
        for name in names:
            axis.plot(times_s, values[:, blendshape_index(name)], linewidth=1.2, label=name)
        axis.set_ylim(0, 1)
        axis.set_ylabel(title)
        axis.legend(loc="upper right", fontsize=8)
        axis.grid(alpha=0.3)
    axes[-1].set_xlabel("seconds")
    axes[-1].set_xlim(0, duration_s)
    try:
        figure.savefig(path, dpi=100, format="png")
    except OSError as exc:
        raise ConfigError(f"{path} cannot be written: {exc.strerror}") from exc
