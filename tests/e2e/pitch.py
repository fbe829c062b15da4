"""How high a voice speaks."""

from typing import Final

import numpy as np

from avamotion.media import FloatArray

__all__ = ["median_pitch_hz"]

_PIECE_S: Final = 0.06
_STEP_S: Final = 0.01
_LOWEST_HZ, _HIGHEST_HZ = 60, 400


def median_pitch_hz(samples: FloatArray, rate_hz: int) -> float:
    """Return the median pitch of what is loud and periodic.

    Args:
        samples: Mono sound, (N,), nominally in [-1, 1].
        rate_hz: Its sample rate.
    """
    n_piece, n_step = int(_PIECE_S * rate_hz), int(_STEP_S * rate_hz)
    shortest, longest = rate_hz // _HIGHEST_HZ, rate_hz // _LOWEST_HZ
    loud = 0.3 * float(samples.std())
    found = []
    for start in range(0, len(samples) - n_piece, n_step):
        piece = samples[start : start + n_piece] * np.hanning(n_piece)
        if piece.std() < loud:
            continue
        likeness = np.correlate(piece, piece, "full")[n_piece - 1 :]
        lag = shortest + int(likeness[shortest:longest].argmax())
        if likeness[lag] > 0.5 * likeness[0]:
            found.append(rate_hz / lag)
    assert found, "nothing is voiced"
    return float(np.median(found))
