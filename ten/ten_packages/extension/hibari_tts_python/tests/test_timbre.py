"""Other voices out of one."""

from typing import Any

import numpy as np
import pytest
from hibari_tts_python.config import Manner, VoiceConfig
from hibari_tts_python.timbre import NATURAL, TIMBRES, Timbre, move
from hibari_tts_python.voice import HibariVoice

pytest.importorskip("hibari")

N_BINS, N_FRAMES = 601, 40
SENTENCE = "Peter packed a big box of maps for Bob."


def buzz(pitch_hz: float, resonance_hz: float) -> tuple[Any, ...]:
    """Make curves with one resonance."""
    hz = np.arange(N_BINS, dtype=np.float32)[:, None] * 20
    peak = -(((hz - resonance_hz) / 400) ** 2) * np.ones((1, N_FRAMES), dtype=np.float32)
    flat = np.zeros_like(peak)
    return peak, flat, flat - 9, flat - 9, flat, np.full(N_FRAMES, pitch_hz, dtype=np.float32)


def test_pitch_and_resonances_move_by_themselves() -> None:
    curves = move(buzz(100, 1500), Timbre("", "", pitch=0.5, formant=0.8))
    assert curves[5] == pytest.approx(50)
    assert 20 * curves[0][:, 5].argmax() == pytest.approx(1200, abs=40)


@pytest.mark.parametrize(("pitch_hz", "every"), [(0, 1), (100, 5)])
def test_what_is_heard_of_an_unmoved_voice_stays_what_it_was(pitch_hz: float, every: int) -> None:
    before = buzz(pitch_hz, 1500)
    for old, new in zip(before, move(before, NATURAL), strict=True):
        np.testing.assert_allclose(new[every:590:every], old[every:590:every], atol=1e-3)


def pitch_hz(pcm: bytes) -> float:
    """Return the median pitch of what is loud."""
    samples = np.frombuffer(pcm, "<i2").astype(np.float32) / 32768
    found = []
    for start in range(0, len(samples) - 1440, 240):
        piece = samples[start : start + 1440] * np.hanning(1440)
        likeness = np.correlate(piece, piece, "full")[1439:]
        if likeness[0] < 0.2:
            continue
        lag = 60 + int(likeness[60:400].argmax())
        if likeness[lag] > 0.5 * likeness[0]:
            found.append(24_000 / lag)
    return float(np.median(found))


@pytest.mark.e2e
def test_each_voice_has_its_pitch_and_the_timing_of_the_first() -> None:
    voice = HibariVoice(VoiceConfig("heart", Manner(), 1, 40, 60))
    natural = voice.speak(SENTENCE, Manner())
    for timbre in TIMBRES.values():
        pcm = voice.speak(SENTENCE, Manner(timbre))
        assert len(pcm) == len(natural)
        assert pitch_hz(pcm) / pitch_hz(natural) == pytest.approx(timbre.pitch, rel=0.06)
        loudness = [np.frombuffer(p, "<i2").astype(float).std() for p in (pcm, natural)]
        assert 0.7 < loudness[0] / loudness[1] < 1.4
        peak = int(np.abs(np.frombuffer(pcm, "<i2").astype(int)).max())
        assert peak < 32_000, "it clips"
    slow = voice.speak(SENTENCE, Manner(speed=0.8))
    assert len(slow) / len(natural) == pytest.approx(1.25, rel=0.06)
