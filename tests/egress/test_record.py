"""The recorder keeps what left, and stands in nobody's way."""

import asyncio
import wave
from pathlib import Path

import numpy as np
import pytest

from avamotion.egress.memory import MemoryEgress
from avamotion.egress.record import RecordingEgress
from avamotion.media import BLENDSHAPES
from avamotion.playout.packet import Packet
from tests.egress.packets import SAMPLE_RATE_HZ, turn


def record(folder: Path, packets: list[Packet], *, clear_after: int | None = None) -> MemoryEgress:
    inner = MemoryEgress()

    async def story() -> None:
        async with RecordingEgress(inner, folder, "c1") as way:
            for index, packet in enumerate(packets):
                await way.send(packet)
                if index == clear_after:
                    await way.clear(1)
            assert inner.opened

    asyncio.run(story())
    assert not inner.opened
    return inner


def sound(path: Path) -> tuple[int, np.ndarray]:
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32767
        return file.getframerate(), samples


def test_what_is_recorded_is_what_was_sent(tmp_path: Path) -> None:
    packets = turn(10)
    assert record(tmp_path, packets).packets == packets
    rate_hz, samples = sound(tmp_path / "c1.wav")
    assert rate_hz == SAMPLE_RATE_HZ
    sent = np.concatenate([item.block.samples for item in packets if item.block])
    np.testing.assert_allclose(samples, sent, atol=1 / 32767)
    motion = np.load(tmp_path / "c1.npz")
    np.testing.assert_allclose(motion["times"], 0.02 * np.arange(10), atol=1e-6)
    assert motion["values"].shape == (10, 52)
    np.testing.assert_allclose(motion["values"], 128 / 255)
    assert tuple(motion["names"]) == BLENDSHAPES
    np.testing.assert_array_equal(motion["head"], [[0, 0, 0, 1]] * 10)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["c1.npz", "c1.wav"]


def test_turns_follow_each_other_on_one_clock(tmp_path: Path) -> None:
    record(tmp_path, [*turn(10)[:4], *turn(3, turn_id=2, epoch=1)], clear_after=3)
    motion = np.load(tmp_path / "c1.npz")
    np.testing.assert_allclose(motion["times"], 0.02 * np.arange(7), atol=1e-6)
    assert motion["turn"].tolist() == [1, 1, 1, 1, 2, 2, 2]
    assert len(sound(tmp_path / "c1.wav")[1]) == 7 * SAMPLE_RATE_HZ // 50


def test_a_session_without_sound_leaves_no_file(tmp_path: Path) -> None:
    record(tmp_path, [])
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_fails_ends_no_session(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    packets = turn(5)
    inner = record(tmp_path / "gone", packets)
    assert inner.packets == packets
    assert [entry.message for entry in caplog.records] == [
        "a recording stopped: No such file or directory"
    ]
