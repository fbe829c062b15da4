"""Threads with queues, and loops in threads."""

from __future__ import annotations

import asyncio
import threading

from hypothesis import given
from hypothesis import strategies as st
from ten_runtime._engine.home import LoopHome, QueueHome


def running(home: QueueHome | LoopHome) -> QueueHome | LoopHome:
    if isinstance(home, QueueHome):
        home.start()
    return home


@given(st.lists(st.integers(), max_size=20), st.booleans())
def test_calls_run_in_order_and_what_was_accepted_is_run(calls: list[int], is_loop: bool) -> None:
    home = running(LoopHome("test") if is_loop else QueueHome("test"))
    ran: list[int] = []
    for call in calls:
        assert home.post(ran.append, call)
    home.stop()
    assert home.join(10)
    assert ran == calls
    assert home.post(ran.append, 0) is False
    assert ran == calls


def test_a_timer_comes_in_the_midst_of_calls() -> None:
    home = QueueHome("test")
    rounds = 0
    fired: list[int] = []

    def call() -> None:
        nonlocal rounds
        rounds += 1
        if not fired and rounds < 1_000_000:
            home.post(call)

    home.later(0.0, lambda: fired.append(rounds))
    home.post(call)
    home.start()
    home.later(0.05, home.stop)
    assert home.join(10)
    assert fired
    assert fired[0] < 100


def test_timers_come_in_the_order_of_their_times() -> None:
    home = QueueHome("test")
    ran: list[str] = []
    home.later(0.02, home.stop)
    home.later(0.002, lambda: ran.append("second"))
    home.later(0.001, lambda: ran.append("first"))
    home.run()
    assert ran == ["first", "second"]


def test_a_call_from_the_loop_itself_runs_at_once() -> None:
    home = LoopHome("test")
    turns: list[str] = []
    over = threading.Event()

    def outer() -> None:
        home.post(turns.append, "inner")
        turns.append("outer")
        over.set()

    home.post(outer)
    assert over.wait(10)
    assert turns == ["inner", "outer"]
    home.stop()
    assert home.join(10)


def test_a_closed_loop_has_cancelled_its_tasks() -> None:
    home = LoopHome("test")
    cancelled = threading.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    asyncio.run_coroutine_threadsafe(work(), home.loop)
    home.stop()
    assert home.join(10)
    assert cancelled.is_set()
    assert home.loop.is_closed()
