"""What the sessions say: a voice of its own for each, computed once."""

import numpy as np

__all__ = ["RATE_HZ", "pitch_hz", "speech"]

RATE_HZ = 24_000


def pitch_hz(session: int) -> float:
    """Return the pitch of a session, by which a viewer knows whom it hears."""
    return 90.0 + 3.7 * (session % 60)


def speech(session: int, seconds: float) -> bytes:
    """Compute PCM s16le of something that a mouth would move to: a buzz in syllables."""
    time_s = np.arange(int(RATE_HZ * seconds)) / RATE_HZ
    pitch = pitch_hz(session)
    buzz = sum(np.sin(2 * np.pi * pitch * k * time_s) / k for k in range(1, 16))
    syllables = np.clip(np.sin(2 * np.pi * 3.5 * time_s) * 3, 0, 1)
    pcm: bytes = (0.2 * buzz * syllables * 32767).astype("<i2").tobytes()
    return pcm
