"""Motion and Opus for all sessions: one worker thread, one model call a round.

What is urgent starts a round at once. What can wait does so for a moment, so that it shares a
round with others: sixteen turns together cost half of what they cost one by one. A round takes
the most urgent work first, and no more of it than fits into its time: a long answer never delays
the first word of another.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, Protocol, Self

from avamotion.media import FloatArray, MotionFrame
from avamotion.motion.engine import MotionEngine, MotionStream
from avamotion.server.alarm import Alarm

__all__ = ["Inference", "InferenceJob", "InferenceResult", "InferenceWorker", "Tick", "run_jobs"]

# What is known of the cost of a block before the first tick has been measured.
_FIRST_GUESS_S: Final = 200e-6
_LEARNING_RATE: Final = 0.1
# A job that is needed later than this can wait for others, so long.
_URGENT_S: Final = 0.15
_GATHER_S: Final = 0.03


class Inference(Protocol):
    """What a job does, called by the worker's thread in this order."""

    def prepare(self) -> MotionStream:
        """Decode the sound, push it into the stream, and return the stream.

        Raises:
            AudioError: If it cannot be decoded.
        """
        ...

    def conclude(self, frames: Sequence[MotionFrame]) -> "InferenceResult":
        """Take the frames that the engine gave, and encode the blocks."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class InferenceResult:
    """What a job gave.

    Attributes:
        blocks: The sound in blocks of 20 ms, each with its Opus packet if there is an encoder.
        frames: The frames that are now known, oldest first.
        motion: Each of them encoded for our own clients, or nothing if none of them listens.
        finished: Whether these are the turn's last.
    """

    blocks: Sequence[tuple[FloatArray, bytes]]
    frames: Sequence[MotionFrame]
    motion: Sequence[bytes]
    finished: bool


@dataclass(frozen=True, slots=True, eq=False)
class InferenceJob:
    """Work for one turn. A turn has at most one job at a time.

    Attributes:
        inference: What is to be done.
        begin: Called on the event loop when the job's round begins: it takes the sound that has
            come by then, and returns about how many blocks of 20 ms that is.
        deadline: When the result is needed, on the event loop's clock.
        deliver: Called on the event loop with the result, or with what went wrong.
    """

    inference: Inference
    begin: Callable[[], int]
    deadline: float
    deliver: Callable[[InferenceResult | Exception], None]


@dataclass(frozen=True, slots=True)
class Tick:
    """One round of the worker, for whoever counts.

    Attributes:
        n_jobs: Turns that took part.
        n_blocks: Blocks of 20 ms that they got.
        n_waiting: Jobs that had to wait for the next round.
        seconds: How long it took.
        cpu_s: CPU time that it took.
    """

    n_jobs: int
    n_blocks: int
    n_waiting: int
    seconds: float
    cpu_s: float


class InferenceWorker:
    """Runs the jobs of all sessions.

    Args:
        engine: The motion engine; from now on only the worker's thread touches its streams.
        tick_s: About how long one round may take, in seconds.
        observe: Told about every round.
    """

    def __init__(
        self, engine: MotionEngine, *, tick_s: float, observe: Callable[[Tick], None] | None = None
    ) -> None:
        self.engine = engine
        self._tick_s = tick_s
        self._observe = observe
        self._block_s = _FIRST_GUESS_S
        self._jobs: list[InferenceJob] = []
        self._wake = Alarm()
        self._round_at = 0.0
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="inference")
        self._task: asyncio.Task[None] | None = None

    def submit(self, job: InferenceJob) -> None:
        """Queue a job; each turn has at most one, so the queue is bounded."""
        self._jobs.append(job)
        self._wake.ring()

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._executor.shutdown()

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._wake.sleep(self._next_round_at())
            if self._jobs and loop.time() >= (self._next_round_at() or 0.0):
                max_blocks = round(self._tick_s / self._block_s)
                jobs, self._jobs, n_blocks = begin_round(self._jobs, max_blocks)
                started_at, cpu_s = time.perf_counter(), 0.0
                try:
                    outcomes, cpu_s = await loop.run_in_executor(self._executor, self._work, jobs)
                except Exception as exc:  # noqa: BLE001 - the sessions decide what it means
                    outcomes = [exc] * len(jobs)
                self._measure(len(jobs), n_blocks, time.perf_counter() - started_at, cpu_s)
                self._round_at = loop.time()
                for job, outcome in zip(jobs, outcomes, strict=True):
                    job.deliver(outcome)
                del jobs, outcomes, job, outcome  # else the last sessions live on until the next

    def _next_round_at(self) -> float | None:
        """Return when the next round begins: at once if a job is urgent."""
        if not self._jobs:
            return None
        urgent_at = min(job.deadline for job in self._jobs) - _URGENT_S
        return min(urgent_at, self._round_at + _GATHER_S)

    def _work(
        self, jobs: Sequence[InferenceJob]
    ) -> tuple[list[InferenceResult | Exception], float]:
        started_s = time.thread_time()
        outcomes = run_jobs(self.engine, jobs)
        return outcomes, time.thread_time() - started_s

    def _measure(self, n_jobs: int, n_blocks: int, seconds: float, cpu_s: float) -> None:
        self._block_s += (seconds / max(1, n_blocks) - self._block_s) * _LEARNING_RATE
        if self._observe is not None:
            self._observe(Tick(n_jobs, n_blocks, len(self._jobs), seconds, cpu_s))


def begin_round(
    jobs: list[InferenceJob], max_blocks: int
) -> tuple[list[InferenceJob], list[InferenceJob], int]:
    """Begin the most urgent jobs.

    Args:
        jobs: All jobs; at least one.
        max_blocks: How many blocks the round has time for. The most urgent job is always in it.

    Returns:
        The jobs that have begun, those that wait, and how many blocks have begun.
    """
    jobs = sorted(jobs, key=lambda job: job.deadline)
    n_blocks = n_jobs = 0
    while n_jobs < len(jobs) and n_blocks < max_blocks:
        n_blocks += jobs[n_jobs].begin()
        n_jobs += 1
    return jobs[:n_jobs], jobs[n_jobs:], n_blocks


def run_jobs(
    engine: MotionEngine, jobs: Sequence[InferenceJob]
) -> list[InferenceResult | Exception]:
    """Run jobs of different turns together. What fails in one is the outcome of that one."""
    outcomes: list[InferenceResult | Exception | None] = [None] * len(jobs)
    streams: dict[int, MotionStream] = {}
    for index, job in enumerate(jobs):
        try:
            streams[index] = job.inference.prepare()
        except Exception as exc:  # noqa: BLE001 - the session decides what it means
            outcomes[index] = exc
    stepped = engine.step(list(streams.values()))
    for index, frames in zip(streams, stepped, strict=True):
        try:
            outcomes[index] = jobs[index].inference.conclude(frames)
        except Exception as exc:  # noqa: BLE001 - as above
            outcomes[index] = exc
    return [outcome for outcome in outcomes if outcome is not None]
