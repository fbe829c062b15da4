"""Change the sample rate of a stream."""

from errno import EAGAIN

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.error import FFmpegError
from av.filter import Graph

from avamotion.media import FloatArray

__all__ = ["Resampler"]


class Resampler:
    """Changes the sample rate of a mono stream, without moving it in time.

    Streaming-exact: cutting the input anywhere gives the same output. About 1 ms of sound stays
    inside until more comes or :meth:`finish` is called.

    Args:
        from_hz: Sample rate of what comes in.
        to_hz: Sample rate of what goes out.
    """

    def __init__(self, from_hz: int, to_hz: int) -> None:
        self._from_hz = from_hz
        self._graph = None if from_hz == to_hz else _resampling_graph(from_hz, to_hz)
        self._fed = False

    def convert(self, samples: FloatArray) -> FloatArray:
        """Resample a piece, (N,) to (M,); either may be empty."""
        if self._graph is None or len(samples) == 0:
            return samples
        frame = AudioFrame.from_ndarray(
            np.ascontiguousarray(samples, np.float32).reshape(1, -1), format="flt", layout="mono"
        )
        frame.sample_rate = self._from_hz
        self._graph.push(frame)
        self._fed = True
        return _pull(self._graph)

    def finish(self) -> FloatArray:
        """Return what was still inside, (M,). The stream is over."""
        graph, self._graph = self._graph, None
        if graph is None or not self._fed:
            return np.zeros(0, np.float32)
        graph.push(None)
        return _pull(graph)


def _resampling_graph(from_hz: int, to_hz: int) -> Graph:
    """Build what PyAV's own resampler builds, in one thread: its graph starts as many as there
    are processors, for every stream, and they have nothing to do."""
    graph = Graph()
    graph.threads = 1
    source = graph.add(
        "abuffer",
        sample_rate=str(from_hz),
        sample_fmt="flt",
        channel_layout="mono",
        time_base=f"1/{from_hz}",
    )
    converter = graph.add(
        "aformat", sample_rates=str(to_hz), sample_fmts="flt", channel_layouts="mono"
    )
    sink = graph.add("abuffersink")
    source.link_to(converter)
    converter.link_to(sink)
    graph.configure()
    return graph


def _pull(graph: Graph) -> FloatArray:
    parts = []
    while True:
        try:
            frame = graph.pull()
        except EOFError:
            break
        except FFmpegError as exc:
            if exc.errno != EAGAIN:
                raise
            break
        assert isinstance(frame, av.AudioFrame)
        parts.append(frame.to_ndarray().reshape(-1))
    return np.concatenate(parts) if parts else np.zeros(0, np.float32)
