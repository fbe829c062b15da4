"""Animate a recording: a sound file in, the face's curves out.

The same engine as the server's, over a whole file.

Shapes: N frames.
"""

import csv
import json
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import av
import numpy as np
from av.audio.resampler import AudioResampler

from avamotion.errors import AudioError, ConfigError
from avamotion.media import BLENDSHAPES, FloatArray, MotionFrame
from avamotion.motion import SAMPLE_RATE_HZ, MotionEngine, MotionStyle
from avamotion.plot import draw_plot

__all__ = ["FORMATS", "Animation", "animate", "read_sound"]

_NATIVE_FPS: Final = 50.0
_FPS_RANGE: Final = (1.0, 240.0)
_READ_SHARE: Final = 0.2
"""Part of the progress that reading the file counts for."""
_CHUNK_SAMPLES: Final = SAMPLE_RATE_HZ * 2

Progress = Callable[[float], None]
"""Told how much is done, from 0 to 1."""


@dataclass(frozen=True, slots=True, eq=False)
class Animation:
    """A face over time.

    Attributes:
        fps: Frames per second.
        times_s: When each frame is shown, (N,), float64.
        values: Blend-shape weights in the order of ``BLENDSHAPES``, (N, 52), in [0, 1].
        head: Head rotations, unit quaternions (x, y, z, w), (N, 4).
        gaze: Yaw and pitch of the eyes in radians, (N, 2).
    """

    fps: float
    times_s: np.ndarray[tuple[int, ...], np.dtype[np.float64]]
    values: FloatArray
    head: FloatArray
    gaze: FloatArray


def animate(
    in_path: Path,
    out_path: Path,
    *,
    fps: float = _NATIVE_FPS,
    plot: Path | None = None,
    style: MotionStyle | None = None,
    progress: Progress | None = None,
    model: Path | None = None,
) -> Animation:
    """Animate a recording and write the result.

    Args:
        in_path: A sound file of any rate and number of channels.
        out_path: Where to write; its suffix chooses the format: ``.npz``, ``.csv`` (the layout
            of Live Link Face) or ``.json``.
        fps: Frames per second of the result.
        plot: Where to draw the curves over the sound, as PNG.
        style: How the face moves.
        progress: Told how much is done.
        model: A model other than the one of the package.

    Returns:
        What was written.

    Raises:
        AudioError: If the file cannot be read or holds no sound.
        ConfigError: If the output's format is unknown, its folder is missing, the frame rate is
            out of range, or drawing needs a package that is not there.
        ModelError: If the model cannot be used.
    """
    write = FORMATS.get(out_path.suffix.lower())
    if write is None:
        raise ConfigError(f"{out_path.name}: the output must end in {', '.join(FORMATS)}")
    for path in filter(None, (out_path, plot)):
        if not path.parent.is_dir():
            raise ConfigError(f"there is no folder {path.parent} to write {path.name} into")
    low, high = _FPS_RANGE
    if not (math.isfinite(fps) and low <= fps <= high):
        raise ConfigError(f"frames per second must lie in [{low:g}, {high:g}], not {fps!r}")
    tell = progress or (lambda _: None)
    engine = MotionEngine.load(model)
    samples = read_sound(in_path)
    tell(_READ_SHARE)
    frames = []
    for done, some in _frames(engine, style or MotionStyle(), samples):
        frames += some
        tell(_READ_SHARE + (1 - _READ_SHARE) * done)
    animation = _at_rate(frames, fps, len(samples) / SAMPLE_RATE_HZ)
    try:
        write(out_path, animation)
    except OSError as exc:
        raise ConfigError(f"{out_path} cannot be written: {exc.strerror}") from exc
    if plot is not None:
        draw_plot(plot, samples, animation.times_s, animation.values)
    tell(1.0)
    return animation


def read_sound(path: Path) -> FloatArray:
    """Read a sound file as mono at the engine's rate, (N,).

    Raises:
        AudioError: If the file cannot be read or holds no sound.
    """
    if not path.is_file():
        raise AudioError(f"there is no file {path}")
    if path.stat().st_size == 0:
        raise AudioError(f"{path} is empty")
    resampler = AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE_HZ)
    pieces: list[FloatArray] = []
    try:
        with av.open(str(path)) as container:
            if not container.streams.audio:
                raise AudioError(f"{path} holds no sound")
            for frame in container.decode(audio=0):
                pieces += (piece.to_ndarray()[0] for piece in resampler.resample(frame))
            pieces += (piece.to_ndarray()[0] for piece in resampler.resample(None))
    except av.error.FFmpegError as exc:
        raise AudioError(f"{path} is not a sound file that can be read: {exc.strerror}") from exc
    if not pieces or not sum(len(piece) for piece in pieces):
        raise AudioError(f"{path} holds no sound")
    return np.concatenate(pieces)


def _frames(
    engine: MotionEngine, style: MotionStyle, samples: FloatArray
) -> Iterator[tuple[float, list[MotionFrame]]]:
    """Yield frames as they become known, with the share of the sound that is done."""
    stream = engine.open(style)
    for start in range(0, len(samples), _CHUNK_SAMPLES):
        stream.push(samples[start : start + _CHUNK_SAMPLES])
        yield start / len(samples), engine.step([stream])[0]
    stream.finish()
    yield 1.0, engine.step([stream])[0]


def _at_rate(frames: list[MotionFrame], fps: float, duration_s: float) -> Animation:
    """Resample frames to another rate; at the engine's own rate they stay as they are."""
    known_s = np.array([frame.pts_us for frame in frames]) / 1e6
    rows = np.concatenate(
        [
            np.stack([frame.weights for frame in frames]),
            np.array([frame.head for frame in frames], dtype=np.float32),
            np.array([frame.gaze for frame in frames], dtype=np.float32),
        ],
        axis=1,
    )
    if fps == _NATIVE_FPS:
        times_s = known_s
    else:
        times_s = np.arange(math.ceil(duration_s * fps - 1e-9)) / fps
        columns = [np.interp(times_s, known_s, column) for column in rows.T]
        rows = np.stack(columns, axis=1).astype(np.float32)
    n_shapes = len(BLENDSHAPES)
    head = rows[:, n_shapes : n_shapes + 4]
    head = head / np.linalg.norm(head, axis=1, keepdims=True)
    return Animation(fps, times_s, rows[:, :n_shapes], head, rows[:, n_shapes + 4 :])


def _write_npz(path: Path, animation: Animation) -> None:
    with path.open("wb") as file:  # numpy would append a second suffix to an upper-case one
        np.savez_compressed(
            file,
            times=animation.times_s,
            names=np.array(BLENDSHAPES),
            values=animation.values,
            head=animation.head,
            gaze=animation.gaze,
        )


def _write_json(path: Path, animation: Animation) -> None:
    document = {
        "fps": animation.fps,
        "names": BLENDSHAPES,
        "frames": [
            {
                "time_s": round(time_s, 4),
                "weights": [round(x, 4) for x in values],
                "head": [round(x, 5) for x in head],
                "gaze": [round(x, 5) for x in gaze],
            }
            for time_s, values, head, gaze in zip(
                animation.times_s.tolist(),
                animation.values.tolist(),
                animation.head.tolist(),
                animation.gaze.tolist(),
                strict=True,
            )
        ],
    }
    path.write_text(json.dumps(document, indent=None), encoding="utf-8")


def _live_link_columns() -> list[str]:
    """Return the blend shapes in Live Link Face's order: Apple's, but right before left twice."""
    names = list(BLENDSHAPES)
    for left, right in (("jawLeft", "jawRight"), ("mouthLeft", "mouthRight")):
        i, j = names.index(left), names.index(right)
        names[i], names[j] = names[j], names[i]
    return names


_LIVE_LINK_ANGLES: Final = [
    *("HeadYaw", "HeadPitch", "HeadRoll"),
    *("LeftEyeYaw", "LeftEyePitch", "LeftEyeRoll"),
    *("RightEyeYaw", "RightEyePitch", "RightEyeRoll"),
]


def _write_csv(path: Path, animation: Animation) -> None:
    names = _live_link_columns()
    order = [BLENDSHAPES.index(name) for name in names]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        titles = [name[0].upper() + name[1:] for name in names]
        writer.writerow(["Timecode", "BlendShapeCount", *titles, *_LIVE_LINK_ANGLES])
        count = len(names) + len(_LIVE_LINK_ANGLES)
        for time_s, values, head, (yaw, pitch) in zip(
            animation.times_s.tolist(),
            animation.values[:, order].tolist(),
            animation.head.tolist(),
            animation.gaze.tolist(),
            strict=True,
        ):
            angles = [*_euler(*head), yaw, pitch, 0.0, yaw, pitch, 0.0]
            numbers = [f"{x:.6f}" for x in (*values, *angles)]
            writer.writerow([_timecode(time_s, animation.fps), count, *numbers])


def _timecode(time_s: float, fps: float) -> str:
    """Return hours, minutes, seconds, frames and thousandths of a frame."""
    whole_s = int(time_s + 1e-9)
    minutes, seconds = divmod(whole_s, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}:{max(0.0, time_s - whole_s) * fps:06.3f}"


def _euler(x: float, y: float, z: float, w: float) -> tuple[float, float, float]:
    """Return yaw (left positive), pitch (up positive) and roll of a rotation, in radians."""
    yaw = math.atan2(2 * (w * y + x * z), 1 - 2 * (x * x + y * y))
    pitch = -math.asin(max(-1.0, min(1.0, 2 * (w * x - y * z))))
    roll = math.atan2(2 * (w * z + x * y), 1 - 2 * (x * x + z * z))
    return yaw, pitch, roll


FORMATS: Final[dict[str, Callable[[Path, Animation], None]]] = {
    ".npz": _write_npz,
    ".csv": _write_csv,
    ".json": _write_json,
}
"""How to write each format, by suffix."""
