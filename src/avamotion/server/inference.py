"""Motion and Opus for all sessions: one worker thread, one model call a tick.

While a tick runs, work for the next one gathers: a lone session is served at once, and the busier
the server, the larger the batches.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Self

from avamotion.audio.opus import OpusEncoder
from avamotion.media import FloatArray, MotionFrame
from avamotion.motion.engine import MotionEngine, MotionStream

__all__ = ["InferenceJob", "InferenceResult", "InferenceWorker"]


@dataclass(frozen=True, slots=True, eq=False)
class InferenceResult:
    """What a job gave.

    Attributes:
        frames: The frames that are now known, oldest first.
        opus: One packet for each of the job's blocks; empty ones without an encoder.
    """

    frames: list[MotionFrame]
    opus: list[bytes]


@dataclass(frozen=True, slots=True, eq=False)
class InferenceJob:
    """Work for one turn. A turn has at most one job at a time.

    Attributes:
        stream: The turn's motion.
        samples: New sound at the engine's rate, (N,).
        finish: Whether the turn has no more sound.
        encoder: The turn's Opus encoder, or None if nobody wants Opus.
        blocks: New blocks of 20 ms at the encoder's rate.
        deliver: Called on the event loop with the result, or with what went wrong.
    """

    stream: MotionStream
    samples: FloatArray
    finish: bool
    encoder: OpusEncoder | None
    blocks: Sequence[FloatArray]
    deliver: Callable[[InferenceResult | Exception], None]


class InferenceWorker:
    """Runs the jobs of all sessions.

    Args:
        engine: The motion engine; from now on only the worker's thread touches its streams.
    """

    def __init__(self, engine: MotionEngine) -> None:
        self.engine = engine
        self._jobs: list[InferenceJob] = []
        self._wake = asyncio.Event()
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="inference")
        self._task: asyncio.Task[None] | None = None

    def submit(self, job: InferenceJob) -> None:
        """Queue a job; each session has at most one for each turn, so the queue is bounded."""
        self._jobs.append(job)
        self._wake.set()

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
            await self._wake.wait()
            self._wake.clear()
            jobs, self._jobs = self._jobs, []
            if not jobs:
                continue
            try:
                outcomes: Sequence[InferenceResult | Exception] = await loop.run_in_executor(
                    self._executor, run_jobs, self.engine, jobs
                )
            except Exception as exc:  # noqa: BLE001 - the sessions decide what it means for them
                outcomes = [exc] * len(jobs)
            for job, outcome in zip(jobs, outcomes, strict=True):
                job.deliver(outcome)


def run_jobs(engine: MotionEngine, jobs: Sequence[InferenceJob]) -> list[InferenceResult]:
    """Run jobs of different turns together."""
    for job in jobs:
        job.stream.push(job.samples)
        if job.finish:
            job.stream.finish()
    frames = engine.step([job.stream for job in jobs])
    return [
        InferenceResult(
            frames=known,
            opus=[job.encoder.encode(block) if job.encoder else b"" for block in job.blocks],
        )
        for job, known in zip(jobs, frames, strict=True)
    ]
