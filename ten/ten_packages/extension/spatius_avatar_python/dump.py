"""Writes inbound audio to a WAV file, from a thread, so that a slow disk harms nobody."""

import queue
import threading
import wave
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

__all__ = ["AudioDump"]

# Ten minutes of 24 kHz audio. A disk that is further behind than that is broken.
_MAX_BACKLOG_BYTES = 28_800_000
_MAX_BACKLOG_CHUNKS = 100_000
_BYTES_PER_SAMPLE = 2


class AudioDump:
    """One file for one session. It appears with the first audio.

    Args:
        directory: Where it goes; created if absent.
        name: What its name begins with.
        warn: Called, from any thread, with a sentence when something could not be written.
    """

    def __init__(self, directory: Path, name: str, warn: Callable[[str], None]) -> None:
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
        self._stem = directory / f"{name}-{stamp}"
        self._warn = warn
        self._chunks: queue.Queue[tuple[bytes, int] | None] = queue.Queue(_MAX_BACKLOG_CHUNKS)
        self._backlog_bytes = 0
        self._lock = threading.Lock()
        self._has_warned = False
        self._thread = threading.Thread(target=self._run, name="avatar-dump", daemon=True)
        self._thread.start()

    @property
    def path(self) -> Path:
        """The file, whether or not it exists yet."""
        return self._stem.with_suffix(".wav")

    def write(self, pcm: bytes, sample_rate_hz: int) -> None:
        """Hand over audio. Never blocks and never raises.

        Args:
            pcm: Mono s16le.
            sample_rate_hz: Its rate. Audio of another rate than the first goes to a second file.
        """
        with self._lock:
            if self._backlog_bytes + len(pcm) > _MAX_BACKLOG_BYTES:
                full = True
            else:
                try:
                    self._chunks.put_nowait((pcm, sample_rate_hz))
                except queue.Full:
                    full = True
                else:
                    full = False
                    self._backlog_bytes += len(pcm)
        if full:
            self._warn_once("the audio dump cannot keep up with the audio: its file has gaps")

    def close(self, timeout_s: float) -> bool:
        """Write what is left. Blocks, so call it from a thread.

        Returns:
            Whether everything was written in time.
        """
        try:
            self._chunks.put(None, timeout=timeout_s)
        except queue.Full:
            return False
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        files: dict[int, wave.Wave_write] = {}
        is_broken = False
        while (chunk := self._chunks.get()) is not None:
            pcm, rate_hz = chunk
            if not is_broken:
                try:
                    if rate_hz not in files:
                        files[rate_hz] = self._open(rate_hz, is_first=not files)
                    files[rate_hz].writeframes(pcm)
                except (OSError, wave.Error) as error:
                    is_broken = True
                    self._warn_once(f"the audio dump stopped: {error}")
            with self._lock:
                self._backlog_bytes -= len(pcm)
        for file in files.values():
            try:
                file.close()
            except OSError as error:
                self._warn_once(f"the audio dump could not be closed: {error}")

    def _open(self, rate_hz: int, *, is_first: bool) -> wave.Wave_write:
        path = self.path if is_first else Path(f"{self._stem}-{rate_hz}hz.wav")
        path.parent.mkdir(parents=True, exist_ok=True)
        # It stays open for the whole session, and wave patches its header with every write.
        file = wave.open(str(path), "wb")  # noqa: SIM115
        file.setnchannels(1)
        file.setsampwidth(_BYTES_PER_SAMPLE)
        file.setframerate(rate_hz)
        return file

    def _warn_once(self, sentence: str) -> None:
        with self._lock:
            if self._has_warned:
                return
            self._has_warned = True
        self._warn(sentence)
