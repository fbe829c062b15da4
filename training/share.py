"""Share work among processes."""

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

__all__ = ["share"]

Job = TypeVar("Job")


def share(do: Callable[[Job], None], jobs: Sequence[Job], n_processes: int) -> None:
    """Do all jobs, some at once.

    Args:
        do: Does one of them, perhaps in another process: a function of a module, or a partial one.
        jobs: What to do, in order.
        n_processes: How many to do at once; 1 does them here.
    """
    if n_processes == 1 or len(jobs) < 2:
        for job in jobs:
            do(job)
        return
    # Synthesisers keep threads and native state, which a forked process would inherit half.
    with ProcessPoolExecutor(n_processes, mp_context=get_context("spawn")) as pool:
        for _ in pool.map(do, jobs):
            pass
