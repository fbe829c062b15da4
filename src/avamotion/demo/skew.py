"""How far a face is from its sound, measured on what was received.

The sound that arrived is animated again, by the same engine. Where the face that arrived agrees
best with that one says how far they are apart. Timestamps play no part in it.

Shapes: F frames, G frames of the other track, C channels, W windows, L lags.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from avamotion.audio.opus import OPUS_RATE_HZ
from avamotion.audio.resample import Resampler
from avamotion.demo.take import TimeArray
from avamotion.media import FloatArray, blendshape_index
from avamotion.motion import SAMPLE_RATE_HZ, MotionEngine

__all__ = ["Correlation", "energy_to_jaw", "face_leads_ms", "reanimate"]

# Channels that follow the sound alone: no blinks, no glances.
_MOUTH: Final = [
    blendshape_index(name)
    for name in ("jawOpen", "mouthClose", "mouthFunnel", "mouthPucker", "mouthStretchLeft")
]
_WINDOW_S: Final = 1.0
_STEP_S: Final = 0.5
_MAX_LAG_MS: Final = 240
_LAG_STEP_MS: Final = 2
_LEAST_MOTION: Final = 0.02
"""Standard deviation of the mouth's weights below which a window says nothing."""
_HOP_S: Final = 0.01


@dataclass(frozen=True, slots=True)
class Correlation:
    """Where two curves agree best.

    Attributes:
        lead_ms: How far the face is ahead of the sound.
        coefficient: Pearson's, -1 to 1.
    """

    lead_ms: float
    coefficient: float


def reanimate(samples: FloatArray, engine: MotionEngine) -> tuple[TimeArray, FloatArray]:
    """Animate a sound.

    Args:
        samples: Sound at 48 kHz, (N,).
        engine: The engine that the server has.

    Returns:
        Times in seconds, (F,), and blend-shape weights, (F, 52).
    """
    resampler = Resampler(OPUS_RATE_HZ, SAMPLE_RATE_HZ)
    stream = engine.open()
    stream.push(resampler.convert(samples))
    stream.push(resampler.finish())
    stream.finish()
    frames = engine.step([stream])[0]
    times_s = np.array([frame.pts_us / 1e6 for frame in frames], np.float64)
    return times_s, np.array([frame.weights for frame in frames], np.float32).reshape(-1, 52)


def face_leads_ms(
    times_s: TimeArray,
    values: FloatArray,
    reference_s: TimeArray,
    reference: FloatArray,
) -> FloatArray:
    """Measure how far a face runs ahead of another, second by second.

    Args:
        times_s: When each frame is shown, (F,).
        values: Its blend-shape weights, (F, 52).
        reference_s: The same of the face that the sound calls for, (G,).
        reference: Its blend-shape weights, (G, 52).

    Returns:
        Milliseconds in each second in which the mouth moves enough, (W,), in steps of 2 ms;
        negative where the face is late. A lag beyond 240 ms shows as 240.
    """
    if len(times_s) == 0 or len(reference_s) == 0:
        return np.zeros(0, np.float32)
    lags_s = np.arange(-_MAX_LAG_MS, _MAX_LAG_MS + 1, _LAG_STEP_MS) / 1000
    wanted, called_for = values[:, _MOUTH], reference[:, _MOUTH]
    leads: list[float] = []
    for start_s in np.arange(times_s[0], times_s[-1] - _WINDOW_S + 1e-9, _STEP_S):
        inside = (times_s >= start_s) & (times_s < start_s + _WINDOW_S)
        window = wanted[inside]
        if len(window) < 2 or float(window.std(axis=0).max()) < _LEAST_MOTION:
            continue
        # (L, F): a face that leads shows now what is called for later.
        at_s = times_s[inside][None, :] + lags_s[:, None]
        distance = np.zeros(len(lags_s))
        for channel in range(len(_MOUTH)):
            expected = np.interp(at_s, reference_s, called_for[:, channel])
            distance += ((expected - window[:, channel]) ** 2).sum(axis=1)
        leads.append(float(lags_s[int(distance.argmin())] * 1000))
    return np.array(leads, np.float32)


def energy_to_jaw(samples: FloatArray, times_s: TimeArray, values: FloatArray) -> Correlation:
    """Correlate the loudness of the sound with how far the jaw is open. No model takes part.

    A mouth opens before it is heard, so that a lead of some 20 to 80 ms is natural.

    Args:
        samples: Sound at 48 kHz, (N,).
        times_s: When each frame is shown, (F,).
        values: Its blend-shape weights, (F, 52).
    """
    hop = round(_HOP_S * OPUS_RATE_HZ)
    n_hops = len(samples) // hop
    best = Correlation(0.0, 0.0)
    if n_hops < 2 or len(times_s) < 2:
        return best
    energy = np.log1p(1000 * (samples[: n_hops * hop].reshape(n_hops, hop) ** 2).mean(axis=1))
    energy_s = (np.arange(n_hops) + 0.5) * _HOP_S
    jaw = values[:, blendshape_index("jawOpen")]
    for lag_ms in range(-_MAX_LAG_MS, _MAX_LAG_MS + 1, _LAG_STEP_MS):
        heard = np.interp(times_s + lag_ms / 1000, energy_s, energy)
        if heard.std() == 0 or jaw.std() == 0:
            continue
        coefficient = float(np.corrcoef(heard, jaw)[0, 1])
        if coefficient > best.coefficient:
            best = Correlation(float(lag_ms), coefficient)
    return best
