"""Sound that waits: encoded, in seconds; and decoded, in samples."""

from collections import deque
from typing import Final

import numpy as np

from avamotion.audio.decoder import check_pcm
from avamotion.media import FloatArray

__all__ = ["SampleQueue", "SoundQueue"]

# Until a stream has told its bit rate, it is taken for one of 32 kbit/s.
_OPUS_BYTES_PER_S: Final = 4000


class SoundQueue:
    """Encoded sound in pieces, as it came: decoded it would take up to eight times the memory.

    Args:
        pcm_bytes_per_s: Bytes of one second, if it is PCM; None for Ogg Opus.
    """

    def __init__(self, *, pcm_bytes_per_s: int | None) -> None:
        self._is_pcm = pcm_bytes_per_s is not None
        self._bytes_per_s = pcm_bytes_per_s or _OPUS_BYTES_PER_S
        self._pieces: deque[tuple[bytes, float]] = deque()
        self._n_bytes = 0

    @property
    def seconds(self) -> float:
        """Seconds of sound that wait; of Opus, about."""
        return self._n_bytes / self._bytes_per_s

    def append(self, data: bytes, *, now: float) -> None:
        """Add a piece that arrived now.

        Raises:
            AudioError: If it cannot be PCM.
        """
        if self._is_pcm:
            check_pcm(data)
        if data:
            self._pieces.append((data, now))
            self._n_bytes += len(data)

    def take(self, seconds: float) -> tuple[list[bytes], float, float]:
        """Take the oldest pieces, up to ``seconds``.

        Returns:
            The pieces, how many seconds they are, and when the newest of them arrived (0.0
            if there are none).
        """
        missing = round(seconds * self._bytes_per_s)
        missing -= missing % 2
        taken: list[bytes] = []
        n_bytes = 0
        arrived_at = 0.0
        while missing > 0 and self._pieces:
            piece, arrived_at = self._pieces.popleft()
            if len(piece) > missing:
                self._pieces.appendleft((piece[missing:], arrived_at))
                piece = piece[:missing]
            taken.append(piece)
            missing -= len(piece)
            n_bytes += len(piece)
        self._n_bytes -= n_bytes
        return taken, n_bytes / self._bytes_per_s, arrived_at

    def clear(self) -> None:
        """Forget everything."""
        self._pieces.clear()
        self._n_bytes = 0


class SampleQueue:
    """Samples in pieces."""

    def __init__(self) -> None:
        self._pieces: deque[FloatArray] = deque()
        self.n_samples = 0

    def append(self, samples: FloatArray) -> None:
        """Add a piece, (N,)."""
        if len(samples):
            self._pieces.append(samples)
            self.n_samples += len(samples)

    def take(self, at_most: int, *, multiple: int = 1) -> FloatArray:
        """Take as many samples as there are, at most ``at_most``, a multiple of ``multiple``."""
        wanted = min(at_most, self.n_samples)
        wanted -= wanted % multiple
        taken: list[FloatArray] = []
        missing = wanted
        while missing:
            piece = self._pieces.popleft()
            if len(piece) > missing:
                self._pieces.appendleft(piece[missing:])
                piece = piece[:missing]
            taken.append(piece)
            missing -= len(piece)
        self.n_samples -= wanted
        if len(taken) == 1:
            return taken[0]
        return np.concatenate(taken) if taken else np.zeros(0, np.float32)
