"""R6: the queue is bounded in seconds of audio."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spatius_avatar_python.audio_queue import AudioQueue, Chunk, EndOfTurn
from spatius_avatar_python.turn import Turn, TurnKey

RATE_HZ = 1000


def new_turn(serial: int = 1) -> Turn:
    return Turn(serial, TurnKey(str(serial)))


def new_chunk(turn: Turn, seconds: float, at: float = 0.0, fill: int = 0) -> Chunk:
    return Chunk(turn, bytes([fill, 0]) * round(seconds * RATE_HZ), RATE_HZ, at)


def new_queue() -> AudioQueue:
    return AudioQueue(max_waiting_s=10.0, max_s=60.0, max_chunk_s=0.5)


def drained(queue: AudioQueue) -> list[Chunk | EndOfTurn]:
    items = []
    while (item := queue.pop()) is not None:
        items.append(item)
    return items


def test_without_a_connection_the_oldest_audio_goes_first() -> None:
    """R6."""
    queue, turn = new_queue(), new_turn()
    for second in range(12):
        queue.push(new_chunk(turn, 1.0, fill=second), connected=False)
    assert queue.duration_s == pytest.approx(10.0)
    first = queue.pop()
    assert isinstance(first, Chunk)
    assert first.pcm[0] == 2


def test_what_is_dropped_is_told() -> None:
    """R6."""
    queue, turn = new_queue(), new_turn()
    assert queue.push(new_chunk(turn, 10.0), connected=False) == 0.0
    assert queue.push(new_chunk(turn, 2.0), connected=False) == pytest.approx(2.0)


def test_with_a_connection_a_long_answer_is_kept_up_to_the_hard_limit() -> None:
    """R6: drop-oldest only while disconnected."""
    queue, turn = new_queue(), new_turn()
    for _ in range(60):
        assert queue.push(new_chunk(turn, 1.0), connected=True) == 0.0
    assert queue.push(new_chunk(turn, 1.0), connected=True) == pytest.approx(1.0)
    assert queue.duration_s == pytest.approx(60.0)


def test_audio_that_waited_too_long_is_discarded_and_ends_are_kept() -> None:
    """R6."""
    queue, old, new = new_queue(), new_turn(1), new_turn(2)
    queue.push(new_chunk(old, 0.5, at=1.0), connected=False)
    queue.push_end(old)
    queue.push(new_chunk(new, 0.5, at=9.0), connected=False)
    assert queue.discard_older(5.0) == pytest.approx(0.5)
    assert [item.turn for item in drained(queue)] == [old, new]


def test_one_turn_can_be_forgotten() -> None:
    queue, old, new = new_queue(), new_turn(1), new_turn(2)
    queue.push(new_chunk(old, 0.5), connected=True)
    queue.push_end(old)
    queue.push(new_chunk(new, 0.5), connected=True)
    assert queue.discard_turn(old) == pytest.approx(0.5)
    assert [item.turn for item in drained(queue)] == [new]


def test_clearing_forgets_ends_as_well() -> None:
    """R3."""
    queue, turn = new_queue(), new_turn()
    queue.push(new_chunk(turn, 0.5), connected=True)
    queue.push_end(turn)
    assert queue.clear() == pytest.approx(0.5)
    assert queue.duration_s == 0.0
    assert drained(queue) == []


@given(st.lists(st.binary(min_size=1, max_size=3000).map(lambda data: data * 2), max_size=20))
def test_cutting_long_chunks_changes_no_byte(frames: list[bytes]) -> None:
    """R3: an interrupt never waits for a long write."""
    queue, turn = new_queue(), new_turn()
    for frame in frames:
        queue.push(Chunk(turn, frame, RATE_HZ, 0.0), connected=True)
    items = drained(queue)
    pieces = [item.pcm for item in items if isinstance(item, Chunk)]
    assert b"".join(pieces) == b"".join(frames)
    assert all(len(piece) <= 0.5 * RATE_HZ * 2 for piece in pieces)
    assert queue.duration_s == 0.0
