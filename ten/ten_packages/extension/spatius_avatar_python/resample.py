"""Changes the sample rate of a stream of PCM, without a dependency.

A windowed-sinc low-pass, evaluated only at the output's instants. Cutting the input anywhere
changes nothing: the filter's history travels from one call to the next.
"""

import math
from array import array
from operator import mul
from sys import byteorder

__all__ = ["Resampler"]

_ZERO_CROSSINGS = 12
_MAX_S16 = 32767
_MIN_S16 = -32768
# The transition band lies below this share of the lower of the two Nyquist frequencies.
_CUTOFF = 0.94


class Resampler:
    """Converts mono s16le from one rate to another.

    Args:
        from_hz: Rate of the input.
        to_hz: Rate of the output.
    """

    def __init__(self, from_hz: int, to_hz: int) -> None:
        divisor = math.gcd(from_hz, to_hz)
        self._up = to_hz // divisor
        self._down = from_hz // divisor
        cutoff = _CUTOFF * min(1.0, to_hz / from_hz)
        self._half = math.ceil(_ZERO_CROSSINGS / cutoff)
        self._phases: dict[int, list[float]] = {}
        self._cutoff = cutoff
        # Half a filter of silence before the first sample, so that time is not shifted.
        self._samples = array("h", bytes(2 * (self._half - 1)))
        self._phase = 0

    def process(self, pcm: bytes) -> bytes:
        """Return the output that the input so far determines.

        Args:
            pcm: Whole s16le samples; may be empty.
        """
        arrived = array("h", pcm)
        if byteorder == "big":
            arrived.byteswap()
        self._samples.extend(arrived)
        return self._drain()

    def finish(self) -> bytes:
        """Return the rest of the output; the stream is over."""
        self._samples.extend(array("h", bytes(2 * self._half)))
        return self._drain()

    def _drain(self) -> bytes:
        samples, width = self._samples, 2 * self._half
        output = array("h")
        start, phase = divmod(self._phase, self._up)
        while start + width <= len(samples):
            total = sum(map(mul, samples[start : start + width], self._filter(phase)))
            output.append(max(_MIN_S16, min(_MAX_S16, round(total))))
            phase += self._down
            start, phase = start + phase // self._up, phase % self._up
        # Downsampling steps past what has arrived: remember how far.
        consumed = min(start, len(samples))
        del samples[:consumed]
        self._phase = phase + (start - consumed) * self._up
        if byteorder == "big":
            output.byteswap()
        return output.tobytes()

    def _filter(self, phase: int) -> list[float]:
        taps = self._phases.get(phase)
        if taps is None:
            offset = phase / self._up
            taps = [
                self._kernel(index - (self._half - 1) - offset) for index in range(2 * self._half)
            ]
            total = sum(taps)
            self._phases[phase] = taps = [tap / total for tap in taps]
        return taps

    def _kernel(self, distance: float) -> float:
        x = distance / self._half
        if abs(x) >= 1:
            return 0.0
        window = 0.42 + 0.5 * math.cos(math.pi * x) + 0.08 * math.cos(2 * math.pi * x)
        turn = math.pi * self._cutoff * distance
        return window * (math.sin(turn) / turn if turn else 1.0)
