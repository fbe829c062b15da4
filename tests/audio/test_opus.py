"""Both ways to libopus encode what a decoder understands."""

import numpy as np
import pytest

from avamotion.audio.libopus import DirectOpusEncoder, libopus
from avamotion.audio.opus import OpusDecoder, OpusEncoder, PyavOpusEncoder
from avamotion.errors import AudioError

RATE_HZ = 24_000
# RFC 6716: what an encoder for anything but the lowest delay looks ahead.
LOOKAHEAD_SAMPLES = round(0.0065 * 48_000)


def tone(seconds: float) -> np.ndarray:
    time = np.arange(int(RATE_HZ * seconds)) / RATE_HZ
    return (0.4 * np.sin(2 * np.pi * 220 * time)).astype(np.float32)


@pytest.mark.parametrize("kind", [OpusEncoder, PyavOpusEncoder])
@pytest.mark.parametrize("complexity", [0, 5, 10])
def test_what_is_encoded_sounds_as_before_6_5_ms_later(
    kind: type[OpusEncoder] | type[PyavOpusEncoder], complexity: int
) -> None:
    encoder = kind(RATE_HZ, bitrate_bps=48_000, complexity=complexity)
    decoder = OpusDecoder()
    sound = tone(1.0)
    packets = [encoder.encode(block) for block in sound.reshape(-1, RATE_HZ // 50)]
    heard = np.concatenate([decoder.decode(packet) for packet in packets])
    expected = np.repeat(sound, 2)[: len(heard) - LOOKAHEAD_SAMPLES]
    heard = heard[LOOKAHEAD_SAMPLES:]
    steady = slice(24_000, 40_000)
    error = heard[steady] - expected[steady]
    assert np.sqrt(np.mean(error**2)) < 0.1 * np.sqrt(np.mean(expected[steady] ** 2))


def test_a_packet_is_exactly_20_ms() -> None:
    with pytest.raises(ValueError, match="480 samples"):
        OpusEncoder(RATE_HZ, bitrate_bps=32_000).encode(np.zeros(481, np.float32))


def test_settings_that_opus_does_not_know_are_refused() -> None:
    library = libopus()
    assert library is not None, "PyAV's wheels bring libopus along"
    with pytest.raises(AudioError, match="11025 Hz"):
        DirectOpusEncoder(library, 11_025, bitrate_bps=32_000, complexity=5)
    with pytest.raises(AudioError, match="effort 11"):
        DirectOpusEncoder(library, RATE_HZ, bitrate_bps=32_000, complexity=11)
