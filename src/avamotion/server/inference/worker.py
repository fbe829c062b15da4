"""Who is computed when: one round at a time, one model call a round.

What is urgent starts a round at once. What can wait does so for a moment, so that it shares a
round with others: sixteen turns together cost half of what they cost one by one. A round takes
the most urgent work first, and no more of it than fits into its time: a long answer never delays
the first word of another.
"""

import asyncio
import itertools
import logging
import weakref
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from avamotion.errors import AvamotionError, InferenceError
from avamotion.server.alarm import Alarm
from avamotion.server.inference.link import InferenceLink
from avamotion.server.inference.message import (
    Round,
    RoundResult,
    TurnResult,
    TurnSetup,
    TurnWork,
)

__all__ = ["InferenceJob", "InferenceTurn", "InferenceWorker", "Tick", "begin_round"]

logger = logging.getLogger(__name__)

# What is known of the cost of a block before the first tick has been measured.
_FIRST_GUESS_S: Final = 200e-6
_LEARNING_RATE: Final = 0.1
# A job that is needed later than this can wait for others, so long.
_URGENT_S: Final = 0.15
_GATHER_S: Final = 0.03
_RESTART_AFTER_S: Final = 1.0


class InferenceTurn:
    """A turn of which the process knows, for as long as somebody holds this.

    Attributes:
        key: Its name there.
        setup: How it comes and goes.
        pid: The process, once it has begun.
    """

    __slots__ = ("__weakref__", "key", "pid", "setup")

    def __init__(self, key: int, setup: TurnSetup) -> None:
        self.key = key
        self.setup = setup
        self.pid: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class InferenceJob:
    """Work for one turn. A turn has at most one job at a time.

    Attributes:
        turn: The turn.
        begin: Called when the job's round begins: it takes the sound that has come by then, and
            returns the work and about how many blocks of 20 ms it is.
        deadline: When the result is needed, on the event loop's clock.
        deliver: Called with the result, or with what went wrong.
    """

    turn: InferenceTurn
    begin: Callable[[], tuple[TurnWork, int]]
    deadline: float
    deliver: Callable[[TurnResult | Exception], None]


@dataclass(frozen=True, slots=True)
class Tick:
    """One round, for whoever counts.

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
    """Runs the jobs of all sessions. Everything happens on the event loop.

    Args:
        model: The motion model; None takes the one that comes with the package.
        tick_s: About how long one round may take, in seconds.
        observe: Told about every round.
        observe_loss: Told when the process has died.
    """

    def __init__(
        self,
        model: Path | None = None,
        *,
        tick_s: float,
        observe: Callable[[Tick], None] = lambda tick: None,
        observe_loss: Callable[[], None] = lambda: None,
    ) -> None:
        self._link = InferenceLink(model)
        self._tick_s = tick_s
        self._observe = observe
        self._observe_loss = observe_loss
        self._keys = itertools.count()
        self._closed: list[int] = []
        self._block_s = _FIRST_GUESS_S
        self._jobs: list[InferenceJob] = []
        self._wake = Alarm()
        self._round_at = 0.0
        self._task: asyncio.Task[None] | None = None
        self.ready = False
        """Whether the process runs."""

    def open(self, setup: TurnSetup) -> InferenceTurn:
        """Begin a turn. It ends with its last piece, or when nobody holds it any more."""
        turn = InferenceTurn(next(self._keys), setup)
        weakref.finalize(turn, self._closed.append, turn.key).atexit = False
        return turn

    def submit(self, job: InferenceJob) -> None:
        """Queue a job; each turn has at most one, so the queue is bounded."""
        self._jobs.append(job)
        self._wake.ring()

    async def __aenter__(self) -> Self:
        try:
            await self._link.start()
        except BaseException:
            await self._link.close()
            raise
        self.ready = True
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._link.close()

    async def _run(self) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            await self._wake.sleep(self._next_round_at())
            if self._jobs and clock() >= (self._next_round_at() or 0.0):
                try:
                    await self._run_round()
                except InferenceError:
                    await self._restart()
                except Exception:  # whatever it was, the two ends may not agree any more
                    logger.exception("a round of inference failed")
                    await self._restart()
                self._round_at = clock()

    def _next_round_at(self) -> float | None:
        """Return when the next round begins: at once if a job is urgent."""
        if not self._jobs:
            return None
        urgent_at = min(job.deadline for job in self._jobs) - _URGENT_S
        return min(urgent_at, self._round_at + _GATHER_S)

    async def _run_round(self) -> None:
        """Do a round.

        Raises:
            InferenceError: If the process has died of it.
        """
        begun, self._jobs, n_blocks = begin_round(self._jobs, round(self._tick_s / self._block_s))
        if not begun:
            return
        pid = self._link.pid
        opened = {}
        work = {}
        for job, piece in begun:
            turn = job.turn
            if turn.pid is None:
                turn.pid = pid
                opened[turn.key] = turn.setup
            if turn.pid == pid:
                work[turn.key] = piece
        closed = self._closed[:]
        self._closed.clear()
        outcomes: dict[int, TurnResult | Exception] = {}
        try:
            result = await self._link.run(Round(closed, opened, work))
            outcomes = dict(zip(work, result.outcomes, strict=True))
            self._measure(len(work), n_blocks, result)
        finally:
            for job, _ in begun:
                lost = InferenceError("the inference process that knew the turn has died")
                _deliver(job, outcomes.get(job.turn.key, lost))

    async def _restart(self) -> None:
        """Start another process: turns that the last one knew are lost, the next ones are not."""
        self.ready = False
        self._observe_loss()
        while not self.ready:
            logger.error("the inference process has died: starting another")
            await self._link.close()
            try:
                await self._link.start()
                self.ready = True
            except AvamotionError as exc:
                logger.error("the inference process does not start: %s", exc)
                await asyncio.sleep(_RESTART_AFTER_S)

    def _measure(self, n_jobs: int, n_blocks: int, result: RoundResult) -> None:
        self._block_s += (result.seconds / max(1, n_blocks) - self._block_s) * _LEARNING_RATE
        self._observe(Tick(n_jobs, n_blocks, len(self._jobs), result.seconds, result.cpu_s))


def _deliver(job: InferenceJob, outcome: TurnResult | Exception) -> None:
    try:
        job.deliver(outcome)
    except Exception:  # one session's bug is not the others'
        logger.exception("a session could not take its result")


def begin_round(
    jobs: list[InferenceJob], max_blocks: int
) -> tuple[list[tuple[InferenceJob, TurnWork]], list[InferenceJob], int]:
    """Begin the most urgent jobs. One that cannot begin is told so, and costs no other.

    Args:
        jobs: All jobs; at least one.
        max_blocks: How many blocks the round has time for. The most urgent job is always in it.

    Returns:
        The jobs that have begun with their work, those that wait, and how many blocks have begun.
    """
    waiting = deque(sorted(jobs, key=lambda job: job.deadline))
    begun: list[tuple[InferenceJob, TurnWork]] = []
    n_blocks = 0
    while waiting and (n_blocks < max_blocks or not begun):
        job = waiting.popleft()
        try:
            work, n_more = job.begin()
        except Exception as exc:  # noqa: BLE001 - the session decides what it means
            _deliver(job, exc)
            continue
        begun.append((job, work))
        n_blocks += n_more
    return begun, list(waiting), n_blocks
