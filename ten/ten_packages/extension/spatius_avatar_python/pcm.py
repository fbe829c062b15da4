"""What audio may look like, and samples that were cut in half."""

from dataclasses import dataclass

from .turn import Turn

__all__ = ["AudioShape", "SampleAligner"]

_BYTES_PER_SAMPLE = 2


@dataclass(frozen=True, slots=True)
class AudioShape:
    """What a frame says about its samples. Zero means that the sender left it out.

    Attributes:
        sample_rate_hz: Samples per second.
        bytes_per_sample: Width of a sample.
        n_channels: Number of channels.
    """

    sample_rate_hz: int
    bytes_per_sample: int = 0
    n_channels: int = 0

    def duration_s(self, n_bytes: int) -> float:
        """Return how long so many bytes play; 0 if the rate is unknown."""
        frame_bytes = (self.bytes_per_sample or _BYTES_PER_SAMPLE) * (self.n_channels or 1)
        return n_bytes / (frame_bytes * self.sample_rate_hz) if self.sample_rate_hz > 0 else 0.0

    def problem(self, *, sample_rate_hz: int, resample: bool) -> str:
        """Return why audio like this cannot be spoken, or an empty string.

        Args:
            sample_rate_hz: The configured rate.
            resample: Whether other rates are converted.
        """
        if self.bytes_per_sample not in (0, _BYTES_PER_SAMPLE):
            return (
                f"the audio has {self.bytes_per_sample} bytes per sample: "
                "send signed 16-bit samples"
            )
        if self.n_channels not in (0, 1):
            return f"the audio has {self.n_channels} channels: send mono"
        if self.sample_rate_hz <= 0:
            return "the audio does not say its sample rate: set it on the frame"
        if self.sample_rate_hz != sample_rate_hz and not resample:
            return (
                f"the audio has a sample rate of {self.sample_rate_hz} Hz but {sample_rate_hz} is "
                "configured: set params.sample_rate to what the TTS sends, or params.resample to "
                "true"
            )
        return ""


class SampleAligner:
    """Keeps the odd byte of one frame for the next one of the same turn."""

    def __init__(self) -> None:
        self._turn: Turn | None = None
        self._odd = b""

    def align(self, turn: Turn, data: bytes) -> bytes:
        """Return whole samples only. The byte left over goes before the next data of the turn."""
        if turn is not self._turn:
            self._turn, self._odd = turn, b""
        data = self._odd + data
        whole = len(data) - len(data) % _BYTES_PER_SAMPLE
        self._odd = data[whole:]
        return data[:whole]
