"""The last minutes of a server, one sample a second."""

import asyncio
import resource
import sys
import time
from collections import deque
from collections.abc import Sized
from dataclasses import asdict, dataclass
from itertools import accumulate
from typing import Final

from avamotion.server.metrics import LATENESS_BUCKETS_S, Metrics

__all__ = ["History", "Sample"]

_SAMPLES: Final = 300


@dataclass(frozen=True, slots=True)
class Sample:
    """One second.

    Attributes:
        sessions: Sessions that ran.
        packets: Packets that left.
        lateness_ms: How late 99 of 100 of them left at most, or None if none left.
        first_frame_ms: Mean time to first packet of the turns that began, or None.
        cpu: Share of one core that the process took.
        inference: Share of one core that decoding, the model and Opus took.
    """

    sessions: int
    packets: int
    lateness_ms: float | None
    first_frame_ms: float | None
    cpu: float
    inference: float


class History:
    """Takes the samples.

    Args:
        metrics: What the server counts.
    """

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._samples: deque[Sample] = deque(maxlen=_SAMPLES)
        self._last = self._read()

    def samples(self) -> list[dict[str, object]]:
        """Return the samples, the oldest first."""
        return [asdict(sample) for sample in self._samples]

    async def watch(self, sessions: Sized) -> None:
        """Take a sample every second, until cancelled."""
        while True:
            await asyncio.sleep(1.0)
            self.sample(len(sessions))

    def sample(self, n_sessions: int) -> None:
        """Take a sample of what has happened since the last one."""
        before, now = self._last, self._read()
        self._last = now
        counts = [new - old for new, old in zip(now.lateness, before.lateness, strict=True)]
        n_turns = now.turns - before.turns
        seconds = max(1e-3, now.at - before.at)
        self._samples.append(
            Sample(
                sessions=n_sessions,
                packets=sum(counts),
                lateness_ms=_percentile_ms(counts),
                first_frame_ms=(
                    round(1000 * (now.first_frame_s - before.first_frame_s) / n_turns, 1)
                    if n_turns
                    else None
                ),
                cpu=round((now.cpu_s - before.cpu_s) / seconds, 3),
                inference=round((now.inference_s - before.inference_s) / seconds, 3),
            )
        )

    def _read(self) -> "_Reading":
        turns, first_frame_s = self._metrics.first_frames()
        return _Reading(
            at=time.monotonic(),
            lateness=self._metrics.lateness.counts(),
            turns=turns,
            first_frame_s=first_frame_s,
            cpu_s=time.process_time(),
            inference_s=self._metrics.inference_cpu_s,
        )


@dataclass(frozen=True, slots=True)
class _Reading:
    at: float
    lateness: list[int]
    turns: int
    first_frame_s: float
    cpu_s: float
    inference_s: float


def _percentile_ms(counts: list[int]) -> float | None:
    total = sum(counts)
    if not total:
        return None
    bounds = (*LATENESS_BUCKETS_S, LATENESS_BUCKETS_S[-1])
    for bound, n in zip(bounds, accumulate(counts), strict=True):
        if n >= 0.99 * total:
            return bound * 1000
    raise AssertionError("the last bucket holds the rest")


def peak_rss_mb() -> float:
    """Return the most memory that the process has had, in MB."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20
