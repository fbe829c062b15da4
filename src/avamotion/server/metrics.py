"""What the server counts, for Prometheus and for its own operator page."""

from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterator
from itertools import accumulate
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.metrics_core import HistogramMetricFamily
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from avamotion import __version__
from avamotion.server.inference.worker import Tick

__all__ = ["LATENESS_BUCKETS_S", "LatenessCollector", "Metrics", "SessionMetrics"]

LATENESS_BUCKETS_S: Final = (
    0.0005, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.03, 0.05, 0.1, 0.25, 1.0,
)  # fmt: skip
_FIRST_FRAME_BUCKETS_S: Final = (
    0.005, 0.01, 0.02, 0.03, 0.045, 0.06, 0.08, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0, 2.5,
)  # fmt: skip
_BATCH_BUCKETS: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256)
_TICK_BUCKETS_S: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25)
# The operator page shows this many turns of a session.
_RECENT_TURNS: Final = 40


class Metrics:
    """All counters of one server."""

    def __init__(self) -> None:
        registry = self.registry = CollectorRegistry()
        self._inference_cpu_s = 0.0
        self._n_first_frames = 0
        self._first_frames_s = 0.0
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        Gauge("avamotion_info", "Version of the server.", ["version"], registry=registry).labels(
            __version__
        ).set(1)
        self.sessions = Gauge(
            "avamotion_sessions", "Sessions that run now.", ["egress"], registry=registry
        )
        self.sessions_total = Counter(
            "avamotion_sessions_opened", "Sessions that were opened.", ["egress"], registry=registry
        )
        self.refused = Counter(
            "avamotion_sessions_refused", "Sessions refused.", ["reason"], registry=registry
        )
        self.closed = Counter(
            "avamotion_sessions_closed", "Sessions that ended, by close code.", ["code"],
            registry=registry,
        )  # fmt: skip
        self.turns = Counter(
            "avamotion_turns", "Turns that ended.", ["egress", "outcome"], registry=registry
        )
        self.interrupts = Counter(
            "avamotion_interrupts", "Interrupts, by reason.", ["reason"], registry=registry
        )
        self.dropped = Counter(
            "avamotion_dropped", "What was dropped, by reason.", ["reason"], registry=registry
        )
        self.reconnects = Counter(
            "avamotion_reconnects", "Who came back within a minute.", ["who"], registry=registry
        )
        self.first_frame = Histogram(
            "avamotion_first_frame_seconds",
            "From the first sound of a turn to its first packet.",
            ["egress"], buckets=_FIRST_FRAME_BUCKETS_S, registry=registry,
        )  # fmt: skip
        self.lateness = LatenessCollector()
        registry.register(self.lateness)
        self.members = Gauge(
            "avamotion_channel_members", "Members of hosted channels.", registry=registry
        )
        self.queue = Gauge(
            "avamotion_queue_seconds", "Sound that waits to be spoken.", registry=registry
        )
        self.tasks = Gauge("avamotion_tasks", "Tasks of the event loop.", registry=registry)
        self._batch = Histogram(
            "avamotion_inference_batch_turns", "Turns in one inference.",
            buckets=_BATCH_BUCKETS, registry=registry,
        )  # fmt: skip
        self._tick = Histogram(
            "avamotion_inference_seconds", "How long one inference took, Opus included.",
            buckets=_TICK_BUCKETS_S, registry=registry,
        )  # fmt: skip
        self._blocks = Counter(
            "avamotion_inference_blocks", "Blocks of 20 ms computed.", registry=registry
        )
        self._cpu = Counter(
            "avamotion_inference_cpu_seconds",
            "CPU time of decoding, the motion model and Opus.",
            registry=registry,
        )
        self.inference_losses = Counter(
            "avamotion_inference_losses", "Times that the inference process died.",
            registry=registry,
        )  # fmt: skip
        self._waiting = Gauge(
            "avamotion_inference_waiting", "Jobs that wait for the next round.", registry=registry
        )

    def observe_tick(self, tick: Tick) -> None:
        """Count one round of the worker."""
        self._batch.observe(tick.n_jobs)
        self._tick.observe(tick.seconds)
        self._cpu.inc(tick.cpu_s)
        self._inference_cpu_s += tick.cpu_s
        self._blocks.inc(tick.n_blocks)
        self._waiting.set(tick.n_waiting)

    @property
    def inference_cpu_s(self) -> float:
        """CPU time of decoding, the motion model and Opus so far."""
        return self._inference_cpu_s

    def first_frames(self) -> tuple[int, float]:
        """Return how many turns have begun, and the sum of their first-frame latencies."""
        return self._n_first_frames, self._first_frames_s

    def observe_first_frame(self, egress: str, seconds: float) -> None:
        """Count the first packet of a turn."""
        self.first_frame.labels(egress).observe(seconds)
        self._n_first_frames += 1
        self._first_frames_s += seconds

    def watch(
        self, *, members: Callable[[], int], queue_s: Callable[[], float], tasks: Callable[[], int]
    ) -> None:
        """Read these whenever somebody asks."""
        self.members.set_function(members)
        self.queue.set_function(queue_s)
        self.tasks.set_function(tasks)


class _Buckets:
    """A histogram for one thread: a tenth of the price of one that any thread may use."""

    def __init__(self) -> None:
        self.counts = [0] * (len(LATENESS_BUCKETS_S) + 1)
        self.sum_s = 0.0

    def observe(self, value_s: float) -> None:
        self.counts[bisect_left(LATENESS_BUCKETS_S, value_s)] += 1
        self.sum_s += value_s


class LatenessCollector(Collector):
    """Lateness of every packet: five thousand a second with a hundred sessions."""

    def __init__(self) -> None:
        self._histograms: dict[str, _Buckets] = {}

    def histogram(self, egress: str) -> _Buckets:
        """Return the histogram of an egress."""
        return self._histograms.setdefault(egress, _Buckets())

    def counts(self) -> list[int]:
        """Return how many packets fell into each bucket, of every egress."""
        columns = [histogram.counts for histogram in self._histograms.values()]
        return [sum(row) for row in zip([0] * (len(LATENESS_BUCKETS_S) + 1), *columns, strict=True)]

    def collect(self) -> Iterator[HistogramMetricFamily]:
        """Tell Prometheus."""
        family = HistogramMetricFamily(
            "avamotion_frame_lateness_seconds",
            "From when a packet was due, or its sound arrived, to when it left.",
            labels=["egress"],
        )
        bounds = [*map(str, LATENESS_BUCKETS_S), "+Inf"]
        for egress, histogram in self._histograms.items():
            totals = zip(bounds, accumulate(histogram.counts), strict=True)
            family.add_metric([egress], list(totals), histogram.sum_s)
        yield family


class SessionMetrics:
    """What one session counts.

    Args:
        metrics: Where it adds up.
        egress: Where the session's packets go.
    """

    def __init__(self, metrics: Metrics, egress: str) -> None:
        self.egress = egress
        self._metrics = metrics
        self._lateness = metrics.lateness.histogram(egress)
        self.first_frames_s: deque[float] = deque(maxlen=_RECENT_TURNS)
        """First-frame latencies of the newest turns."""
        self.latest_s: deque[float] = deque(maxlen=_RECENT_TURNS)
        """The worst lateness of each of the newest turns, the running one last."""
        self.n_packets = 0

    def packet(self, *, first_frame_s: float | None, late_s: float) -> None:
        """Count a packet that leaves."""
        self.n_packets += 1
        if first_frame_s is not None:
            self._metrics.observe_first_frame(self.egress, first_frame_s)
            self.first_frames_s.append(first_frame_s)
            self.latest_s.append(0.0)
        self._lateness.observe(late_s)
        if self.latest_s and late_s > self.latest_s[-1]:
            self.latest_s[-1] = late_s

    def turn(self, outcome: str) -> None:
        """Count a turn that is over: ``ended``, or why it was interrupted."""
        self._metrics.turns.labels(self.egress, outcome).inc()
        if outcome != "ended":
            self._metrics.interrupts.labels(outcome).inc()

    def drop(self, reason: str) -> None:
        """Count something that was dropped."""
        self._metrics.dropped.labels(reason).inc()
