"""Which work goes first, and that nobody's fault is another's."""

import asyncio

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avamotion.errors import AudioError
from avamotion.motion.engine import MotionEngine, MotionStream
from avamotion.server.inference import (
    InferenceJob,
    InferenceResult,
    InferenceWorker,
    Tick,
    begin_round,
    run_jobs,
)


class Work:
    """A scripted inference."""

    def __init__(
        self, stream: MotionStream | None = None, failure: Exception | None = None
    ) -> None:
        self.stream = stream
        self.failure = failure
        self.begun = 0

    def prepare(self) -> MotionStream:
        if self.failure is not None:
            raise self.failure
        assert self.stream is not None
        self.stream.push(np.zeros(3200, np.float32))
        return self.stream

    def conclude(self, frames: object) -> InferenceResult:
        assert isinstance(frames, list)
        return InferenceResult((), frames, (), False)

    def begin(self) -> int:
        self.begun += 1
        return 10


def job(work: Work, deadline: float = 0.0) -> InferenceJob:
    return InferenceJob(work, work.begin, deadline, lambda outcome: None)


@given(st.lists(st.floats(0, 100), min_size=1, max_size=20), st.integers(0, 300))
def test_a_round_takes_the_most_urgent_jobs_and_no_more_than_it_has_time_for(
    deadlines: list[float], max_blocks: int
) -> None:
    jobs = [job(Work(), deadline) for deadline in deadlines]
    taken, waiting, n_blocks = begin_round(jobs, max_blocks) if max_blocks else ([], jobs, 0)
    assert sorted(map(id, taken + waiting)) == sorted(map(id, jobs))
    assert n_blocks == 10 * len(taken)
    assert n_blocks < max_blocks + 10
    assert not waiting or n_blocks >= max_blocks
    if taken and waiting:
        assert max(j.deadline for j in taken) <= min(j.deadline for j in waiting)


@pytest.fixture(scope="module")
def engine() -> MotionEngine:
    return MotionEngine.load()


def test_what_fails_in_one_job_is_the_outcome_of_that_one(engine: MotionEngine) -> None:
    broken = Work(failure=AudioError("not an Opus packet"))
    works = [Work(engine.open()), broken, Work(engine.open())]
    first, second, third = run_jobs(engine, [job(work) for work in works])
    assert second is broken.failure
    assert isinstance(first, InferenceResult)
    assert isinstance(third, InferenceResult)
    assert len(first.frames) == len(third.frames) > 0


def test_urgent_work_begins_at_once_and_the_rest_shares_a_round(engine: MotionEngine) -> None:
    async def story() -> list[Tick]:
        ticks: list[Tick] = []
        clock = asyncio.get_running_loop().time
        delivered = asyncio.Event()
        async with InferenceWorker(engine, tick_s=1.0, observe=ticks.append) as worker:

            def submit(work: Work, deadline: float) -> None:
                worker.submit(InferenceJob(work, work.begin, deadline, lambda _: delivered.set()))

            submit(Work(engine.open()), clock())
            await delivered.wait()
            delivered.clear()
            for _ in range(3):
                submit(Work(engine.open()), clock() + 100)
                await asyncio.sleep(0)  # each wakes the worker, and none begins a round
            await delivered.wait()
        return ticks

    assert [tick.n_jobs for tick in asyncio.run(story())] == [1, 3]
