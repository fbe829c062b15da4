"""Other voices out of one: its model says pitch and spectrum apart, so that each can be moved.

The model gives a spectrum for every 12.5 ms and the pitch beside it. Moving the pitch makes a voice
deeper, moving the spectrum makes the throat larger; neither moves a sound in time.

Shapes: K bins of 20 Hz, F frames.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["NATURAL", "TIMBRES", "Curve", "Curves", "Timbre", "move"]

Curve = npt.NDArray[np.float32]
Curves = tuple[Curve, Curve, Curve, Curve, Curve, Curve]
"""What the model gives of a sentence: logarithm and phase of what is voiced, logarithm of noise,
logarithm and phase of the rest, each (K, F); and the pitch in Hz, (F,)."""

_BIN_HZ: Final = 20.0
_VOICED_HZ: Final = 40.0


@dataclass(frozen=True, slots=True)
class Timbre:
    """How a voice differs from the model's own.

    Attributes:
        id: Its name in properties and messages.
        name: What people read.
        pitch: Factor of the pitch.
        formant: Factor of the spectrum's resonances: below 1 is a larger throat.
    """

    id: str
    name: str
    pitch: float
    formant: float


NATURAL: Final = Timbre("natural", "Hibari", 1.0, 1.0)
TIMBRES: Final = {
    timbre.id: timbre
    for timbre in (
        NATURAL,
        Timbre("deeper", "Hibari, deeper", 0.58, 0.86),
        Timbre("brighter", "Hibari, brighter", 1.16, 1.06),
    )
}
"""The voices, by their names."""


def move(curves: Curves, timbre: Timbre) -> Curves:
    """Return the curves of a sentence in another voice; as long, sound by sound, as they were."""
    voiced, phase, noise, rest, rest_phase, pitch_hz = curves
    source = np.arange(len(voiced), dtype=np.float32) / np.float32(timbre.formant)
    bins: Curve = np.repeat(source[:, None], len(pitch_hz), axis=1)
    # The model was only taught what is heard at the old pitch's harmonics: between two of them,
    # and below the first, the way from one to the next is the envelope.
    step = np.asarray(np.maximum(pitch_hz, _BIN_HZ)[None] / _BIN_HZ, dtype=np.float32)
    harmonic: Curve = np.maximum(np.floor(bins / step), np.float32(1))
    between = np.clip(bins / step - harmonic, 0, 1)
    is_voiced = (pitch_hz >= _VOICED_HZ)[None]

    def envelope(curve: Curve) -> Curve:
        low, high = _sample(curve, harmonic * step), _sample(curve, (harmonic + 1) * step)
        moved: Curve = np.where(is_voiced, low + between * (high - low), _sample(curve, bins))
        return moved

    return (
        envelope(voiced),
        envelope(phase),
        _sample(noise, bins),
        _sample(rest, bins),
        rest_phase,
        pitch_hz * np.float32(timbre.pitch),
    )


def _sample(curve: Curve, bins: Curve) -> Curve:
    """Return a curve's values between its bins, (K, F)."""
    bins = np.clip(bins, 0, len(curve) - 1)
    low = np.minimum(bins.astype(np.intp), len(curve) - 2)
    column = np.arange(curve.shape[1])[None]
    share = (bins - low).astype(np.float32)
    sampled: Curve = curve[low, column] * (1 - share) + curve[low + 1, column] * share
    return sampled
