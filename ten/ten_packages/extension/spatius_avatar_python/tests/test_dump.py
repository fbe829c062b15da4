"""R11: inbound audio on disk."""

import threading
import time
import wave
from pathlib import Path

from spatius_avatar_python.dump import AudioDump


def collect(_: str) -> None:
    raise AssertionError("nothing to warn about")


def test_one_session_is_one_wav_file_without_a_byte_missing(tmp_path: Path) -> None:
    """R11."""
    dump = AudioDump(tmp_path / "new" / "directory", "avatar", collect)
    frames = [bytes([n % 256, n // 256]) * 480 for n in range(2000)]
    for frame in frames:
        dump.write(frame, 24000)
    assert dump.close(5.0)
    assert list((tmp_path / "new" / "directory").iterdir()) == [dump.path]
    with wave.open(str(dump.path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (24000, 1, 2)
        assert file.readframes(file.getnframes()) == b"".join(frames)


def test_two_sessions_are_two_files(tmp_path: Path) -> None:
    """R11."""
    for _ in range(2):
        dump = AudioDump(tmp_path, "avatar", collect)
        dump.write(b"\x01\x02", 24000)
        dump.close(5.0)
    assert len(list(tmp_path.iterdir())) == 2


def test_audio_of_another_rate_gets_a_file_of_its_own(tmp_path: Path) -> None:
    dump = AudioDump(tmp_path, "avatar", collect)
    dump.write(b"\x01\x02", 24000)
    dump.write(b"\x03\x04", 16000)
    dump.close(5.0)
    rates = set()
    for path in tmp_path.iterdir():
        with wave.open(str(path)) as file:
            rates.add(file.getframerate())
    assert rates == {24000, 16000}


def test_a_directory_that_cannot_be_written_is_reported_once_and_harms_nobody(
    tmp_path: Path,
) -> None:
    """R11."""
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    warnings: list[str] = []
    dump = AudioDump(tmp_path / "file" / "directory", "avatar", warnings.append)
    for _ in range(10):
        dump.write(b"\x01\x02", 24000)
    assert dump.close(5.0)
    assert len(warnings) == 1
    assert warnings[0].startswith("the audio dump stopped: ")


def test_a_long_session_is_written_whole_if_the_disk_keeps_up(tmp_path: Path) -> None:
    """R11: the limit is on what waits, not on what was ever written."""
    dump = AudioDump(tmp_path, "avatar", collect)
    deadline = time.monotonic() + 20.0
    for n_chunks in range(1, 41):
        dump.write(bytes(1_000_000), 24000)
        while not dump.path.exists() or dump.path.stat().st_size < n_chunks * 1_000_000:
            assert time.monotonic() < deadline
            threading.Event().wait(0.002)
    assert dump.close(10.0)


def test_writing_does_not_wait_for_the_disk(tmp_path: Path) -> None:
    """R11: with the writing thread stuck, the audio path goes on, and the gap is reported."""
    opened, go_on = threading.Event(), threading.Event()
    warnings: list[str] = []

    class SlowDisk(AudioDump):
        def _open(self, rate_hz: int, *, is_first: bool) -> wave.Wave_write:
            opened.set()
            go_on.wait(10.0)
            return super()._open(rate_hz, is_first=is_first)

    dump = SlowDisk(tmp_path, "avatar", warnings.append)
    for _ in range(40):
        dump.write(bytes(1_000_000), 24000)
    assert warnings == ["the audio dump cannot keep up with the audio: its file has gaps"]
    opened.wait(10.0)
    go_on.set()
    assert dump.close(10.0)
