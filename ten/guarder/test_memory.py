"""Ten thousand frames leave no trace, whether somebody takes them or not."""

import gc
import tracemalloc
from collections.abc import Iterator

import pytest

from guarder.conftest import Guarded
from guarder.stage import Stage

N_FRAMES = 10_000
FRAME_S = 0.02
# Two hundred seconds of audio are ten million bytes; this is what may stay behind.
MAX_GROWTH_BYTES = 1_500_000


@pytest.fixture
def traced() -> Iterator[None]:
    tracemalloc.start()
    yield
    tracemalloc.stop()


def traced_bytes() -> int:
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


async def until_forgotten(stage: Stage, before: int) -> None:
    """What is on its way between threads may take its time."""
    await stage.until(
        lambda: traced_bytes() - before < MAX_GROWTH_BYTES,
        f"less than {MAX_GROWTH_BYTES} bytes stay behind",
    )


@pytest.mark.usefixtures("traced")
def test_frames_that_are_sent_are_forgotten(guarded: Guarded) -> None:
    async def story(stage: Stage) -> None:
        stage.backend.forget_audio()
        await stage.until_connected()
        sent = 0

        async def speak_all(first: int, n_turns: int) -> None:
            nonlocal sent
            for turn in range(first, first + n_turns):
                await stage.speak(turn, 100 * FRAME_S)
                await stage.end(turn)
                sent += 1
                await stage.until_ended(sent)

        await speak_all(1, 20)
        before = traced_bytes()
        await speak_all(21, N_FRAMES // 100)
        await until_forgotten(stage, before)

    guarded.perform(story, dump=False)  # a dump that lags behind is no leak


@pytest.mark.usefixtures("traced")
def test_frames_that_nobody_takes_are_kept_up_to_a_limit(guarded: Guarded) -> None:
    async def story(stage: Stage) -> None:
        stage.backend.kill()
        await stage.speak(1, N_FRAMES * FRAME_S)
        await stage.send_cmd("barrier")
        before = traced_bytes()
        await stage.speak(1, N_FRAMES * FRAME_S)
        await stage.send_cmd("barrier")
        await until_forgotten(stage, before)

    guarded.perform(story, dump=False)  # a dump that lags behind is no leak
