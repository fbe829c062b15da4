"""Which work goes first, that nobody's fault is another's, and that the process may die."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avamotion.errors import AudioError, InferenceError, ModelError
from avamotion.media import FloatArray
from avamotion.motion.engine import MotionEngine
from avamotion.motion.style import MotionStyle
from avamotion.playout.packet import PACKET_US, MediaNeed
from avamotion.protocol.payload import encode_frames
from avamotion.server.inference.link import InferenceLink
from avamotion.server.inference.message import Round, TurnResult, TurnSetup, TurnWork, pack, unpack
from avamotion.server.inference.process import InferenceRounds
from avamotion.server.inference.worker import (
    InferenceJob,
    InferenceTurn,
    InferenceWorker,
    Tick,
    begin_round,
)

RATE_HZ = 24_000
EVERYTHING = MediaNeed.SAMPLES | MediaNeed.OPUS | MediaNeed.FRAMES | MediaNeed.MOTION


def setup(*, need: MediaNeed = EVERYTHING, ogg_opus: bool = False) -> TurnSetup:
    return TurnSetup(ogg_opus, RATE_HZ, MotionStyle(seed=3), need, 32_000, 3)


def tone(seconds: float, hz: float = 200.0) -> bytes:
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    return (0.3 * 32767 * np.sin(2 * np.pi * hz * t)).astype("<i2").tobytes()


def job(turn: InferenceTurn, deadline: float = 0.0, n_blocks: int = 10) -> InferenceJob:
    return InferenceJob(turn, lambda: (TurnWork(b""), n_blocks), deadline, lambda outcome: None)


@given(st.lists(st.floats(0, 100), min_size=1, max_size=20), st.integers(0, 300))
def test_a_round_takes_the_most_urgent_jobs_and_no_more_than_it_has_time_for(
    deadlines: list[float], max_blocks: int
) -> None:
    jobs = [job(InferenceTurn(key, setup()), deadline) for key, deadline in enumerate(deadlines)]
    begun, waiting, n_blocks = begin_round(jobs, max_blocks)
    taken = [begun_job for begun_job, _ in begun]
    assert sorted(map(id, taken + waiting)) == sorted(map(id, jobs))
    assert n_blocks == 10 * len(taken)
    assert taken
    assert n_blocks < max_blocks + 10 or len(taken) == 1
    assert not waiting or n_blocks >= max_blocks
    if waiting:
        assert max(j.deadline for j in taken) <= min(j.deadline for j in waiting)


@pytest.fixture(scope="module")
def engine() -> MotionEngine:
    return MotionEngine.load()


def through_a_pickle(result: TurnResult | Exception) -> TurnResult:
    crossed = unpack(pack(result)[4:])
    assert isinstance(crossed, TurnResult)
    return crossed


def test_what_fails_in_one_turn_is_the_outcome_of_that_one(engine: MotionEngine) -> None:
    rounds = InferenceRounds(engine)
    opened = {1: setup(), 2: setup(ogg_opus=True), 3: setup()}
    work = {
        1: TurnWork(tone(0.2)),
        2: TurnWork(b"this is no Ogg page, whatever else it is"),
        3: TurnWork(tone(0.2)),
        4: TurnWork(tone(0.2)),  # was never opened: a bug of ours, and nobody else's trouble
    }
    first, second, third, fourth = rounds.run(Round([], opened, work)).outcomes
    assert isinstance(second, AudioError)
    assert isinstance(fourth, InferenceError)
    assert "KeyError" in str(fourth)
    assert through_a_pickle(first).n_blocks == through_a_pickle(third).n_blocks > 0


def test_a_broken_stream_still_ends_with_what_was_good(engine: MotionEngine) -> None:
    rounds = InferenceRounds(engine)
    (good,) = rounds.run(Round([], {1: setup()}, {1: TurnWork(tone(0.2))})).outcomes
    (bad,) = rounds.run(Round([], {}, {1: TurnWork(b"odd")})).outcomes
    (rest,) = rounds.run(Round([], {}, {1: TurnWork(b"", finish=True)})).outcomes
    assert isinstance(bad, AudioError)
    assert isinstance(good, TurnResult)
    assert isinstance(rest, TurnResult)
    assert rest.finished
    assert good.n_blocks + rest.n_blocks == 10


@pytest.mark.parametrize("cut_s", [0.02, 0.13, 1.0])
def test_every_block_of_a_turn_has_its_sound_and_the_frame_of_its_time(
    engine: MotionEngine, cut_s: float
) -> None:
    rounds = InferenceRounds(engine)
    pcm, n_bytes = tone(0.99), round(cut_s * RATE_HZ) * 2
    pieces = [pcm[at : at + n_bytes] for at in range(0, len(pcm), n_bytes)]
    blocks = []
    opened = {7: setup()}
    for index, piece in enumerate(pieces):
        work = TurnWork(piece, finish=index == len(pieces) - 1)
        (outcome,) = rounds.run(Round([], opened, {7: work})).outcomes
        blocks += through_a_pickle(outcome).blocks(sound_at=5.0)
        opened = {}
    assert len(blocks) == 50
    sound: FloatArray = np.concatenate([block.samples for block in blocks])
    np.testing.assert_allclose(
        sound[:23_000], np.frombuffer(pcm, "<i2")[:23_000] / 32768, atol=1e-4
    )
    assert not sound[-200:].any()  # the last block is filled up with silence
    for index, block in enumerate(blocks):
        (frame,) = block.frames
        assert frame.pts_us == index * PACKET_US
        assert block.motion == tuple(encode_frames([frame]))
        assert block.opus
        assert block.sound_at == 5.0


def test_nothing_is_made_that_nobody_needs(engine: MotionEngine) -> None:
    rounds = InferenceRounds(engine)
    opened = {1: setup(need=MediaNeed.FRAMES), 2: setup(need=MediaNeed.OPUS | MediaNeed.MOTION)}
    work = {key: TurnWork(tone(0.5), finish=True) for key in opened}
    faces, packets = rounds.run(Round([], opened, work)).outcomes
    for block in through_a_pickle(faces).blocks(sound_at=0.0):
        assert (len(block.samples), block.opus, block.motion, len(block.frames)) == (0, b"", (), 1)
    for block in through_a_pickle(packets).blocks(sound_at=0.0):
        assert (len(block.samples), block.frames, len(block.motion)) == (0, (), 1)
        assert block.opus


@asynccontextmanager
async def working(
    *, ticks: list[Tick] | None = None, losses: list[None] | None = None
) -> AsyncIterator[InferenceWorker]:
    async with InferenceWorker(
        tick_s=1.0,
        observe=(ticks if ticks is not None else []).append,
        observe_loss=lambda: (losses if losses is not None else []).append(None),
    ) as worker:
        yield worker


async def outcome_of(
    worker: InferenceWorker,
    turn: InferenceTurn,
    work: TurnWork,
    *,
    on_begin: Callable[[], None] = lambda: None,
) -> TurnResult | Exception:
    loop = asyncio.get_running_loop()
    done: asyncio.Future[TurnResult | Exception] = loop.create_future()

    def begin() -> tuple[TurnWork, int]:
        on_begin()
        return work, 10

    worker.submit(InferenceJob(turn, begin, loop.time(), done.set_result))
    return await done


def test_urgent_work_begins_at_once_and_the_rest_shares_a_round() -> None:
    ticks: list[Tick] = []

    async def story() -> None:
        clock = asyncio.get_running_loop().time
        async with working(ticks=ticks) as worker:
            await outcome_of(worker, worker.open(setup()), TurnWork(tone(0.2)))
            turns = [worker.open(setup()) for _ in range(3)]
            delivered = asyncio.Event()
            for turn in turns:
                worker.submit(
                    InferenceJob(
                        turn,
                        lambda: (TurnWork(tone(0.2)), 10),
                        clock() + 100,
                        lambda _: delivered.set(),
                    )
                )
                await asyncio.sleep(0)  # each wakes the worker, and none begins a round
            await delivered.wait()

    asyncio.run(story())
    assert [tick.n_jobs for tick in ticks] == [1, 3]
    assert all(0 < tick.cpu_s < 60 for tick in ticks)


def test_a_process_that_dies_takes_the_turns_it_knew_and_no_others() -> None:
    losses: list[None] = []

    async def story() -> None:
        async with working(losses=losses) as worker:
            old, idle, new = (worker.open(setup()) for _ in range(3))
            assert isinstance(await outcome_of(worker, old, TurnWork(tone(0.2))), TurnResult)
            assert isinstance(await outcome_of(worker, idle, TurnWork(tone(0.2))), TurnResult)
            pid = old.pid
            assert pid is not None

            def kill() -> None:
                os.kill(pid, signal.SIGKILL)

            lost = await outcome_of(worker, old, TurnWork(tone(0.2)), on_begin=kill)
            assert isinstance(lost, InferenceError)
            assert isinstance(await outcome_of(worker, new, TurnWork(tone(0.2))), TurnResult)
            assert worker.ready
            assert new.pid not in (None, pid)
            also_lost = await outcome_of(worker, idle, TurnWork(tone(0.2)))
            assert isinstance(also_lost, InferenceError)
            assert "has died" in str(also_lost)

    asyncio.run(story())
    assert len(losses) == 1


def test_one_session_that_cannot_take_its_result_does_not_stop_the_worker(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def story() -> TurnResult | Exception:
        async with working() as worker:

            def fail(outcome: object) -> None:
                raise RuntimeError("a bug")

            turn, other = worker.open(setup()), worker.open(setup())
            worker.submit(InferenceJob(turn, lambda: (TurnWork(tone(0.1)), 5), 0.0, fail))
            return await outcome_of(worker, other, TurnWork(tone(0.2)))

    assert isinstance(asyncio.run(story()), TurnResult)
    assert "a session could not take its result" in caplog.text


def test_one_job_that_cannot_begin_does_not_stop_the_worker() -> None:
    async def story() -> tuple[TurnResult | Exception, TurnResult | Exception]:
        async with working() as worker:

            def fail() -> None:
                raise RuntimeError("a bug")

            turns = [worker.open(setup()) for _ in range(2)]
            own, other = await asyncio.gather(
                outcome_of(worker, turns[0], TurnWork(tone(0.2)), on_begin=fail),
                outcome_of(worker, turns[1], TurnWork(tone(0.2))),
            )
            return own, other

    own, other = asyncio.run(story())
    assert isinstance(own, RuntimeError)
    assert isinstance(other, TurnResult)


def test_a_round_that_cannot_be_sent_is_the_last_of_its_process_and_not_of_the_worker(
    caplog: pytest.LogCaptureFixture,
) -> None:
    losses: list[None] = []

    async def story() -> tuple[TurnResult | Exception, TurnResult | Exception]:
        async with working(losses=losses) as worker:
            no_bytes = TurnWork(data=lambda: b"")  # type: ignore[arg-type]  # cannot be pickled
            lost = await outcome_of(worker, worker.open(setup()), no_bytes)
            return lost, await outcome_of(worker, worker.open(setup()), TurnWork(tone(0.2)))

    lost, fine = asyncio.run(story())
    assert isinstance(lost, InferenceError)
    assert isinstance(fine, TurnResult)
    assert len(losses) == 1
    assert "a round of inference failed" in caplog.text


def test_a_step_that_fails_costs_its_round_and_not_the_process(
    engine: MotionEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(streams: object) -> None:
        raise RuntimeError("a bug of the engine")

    rounds = InferenceRounds(engine)
    work = {key: TurnWork(tone(0.2)) for key in (1, 2)}
    rounds.run(Round([], {1: setup()}, {1: work[1]}))
    with monkeypatch.context() as broken:
        broken.setattr(engine, "step", fail)
        (lost,) = rounds.run(Round([], {2: setup()}, {2: work[2]})).outcomes
    kept, gone = rounds.run(Round([], {}, work)).outcomes
    assert isinstance(lost, InferenceError)
    assert "a bug of the engine" in str(lost)
    assert isinstance(kept, TurnResult)
    assert isinstance(gone, InferenceError)


def test_the_process_forgets_a_turn_that_nobody_holds(engine: MotionEngine) -> None:
    rounds = InferenceRounds(engine)
    rounds.run(Round([], {1: setup(), 2: setup()}, {1: TurnWork(b""), 2: TurnWork(b"")}))
    rounds.run(Round([1], {}, {}))
    first, second = rounds.run(Round([], {}, {1: TurnWork(b""), 2: TurnWork(b"")})).outcomes
    assert isinstance(first, InferenceError)
    assert isinstance(second, TurnResult)

    async def story() -> None:
        async with working() as worker:
            turn = worker.open(setup())
            await outcome_of(worker, turn, TurnWork(tone(0.1)))
            key = turn.key
            del turn
            assert worker._closed == [key]
            await outcome_of(worker, worker.open(setup()), TurnWork(tone(0.1)))
            assert key not in worker._closed

    asyncio.run(story())


def test_a_process_that_is_stuck_is_killed() -> None:
    async def story() -> None:
        link = InferenceLink(None, round_limit_s=0.2)
        await link.start()
        pid = link.pid
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)
        with pytest.raises(InferenceError, match="was stuck"):
            await link.run(Round([], {1: setup()}, {1: TurnWork(tone(0.1))}))
        await link.close()
        await link.start()
        assert link.pid != pid
        await link.close()

    asyncio.run(story())


@pytest.mark.parametrize("blow", [signal.SIGINT, signal.SIGTERM])
def test_the_process_leaves_with_the_server_and_not_before(blow: signal.Signals) -> None:
    async def story() -> int:
        link = InferenceLink(None)
        await link.start()
        pid = link.pid
        assert pid is not None
        os.kill(pid, blow)  # what a terminal or a service manager sends to all of a group
        assert (await link.run(Round([], {1: setup()}, {1: TurnWork(tone(0.1))}))).outcomes
        await link.close()
        return pid

    pid = asyncio.run(story())
    assert not Path(f"/proc/{pid}").exists()


def test_a_model_that_is_none_is_said_by_the_process(tmp_path: Path) -> None:
    async def story() -> None:
        link = InferenceLink(tmp_path / "nothing.onnx")
        try:
            with pytest.raises(ModelError, match="there is no motion model at"):
                await link.start()
        finally:
            await link.close()

    asyncio.run(story())
