"""Whatever came in becomes mono float32 at two rates."""

import numpy as np
import pytest
from spatius.audio_encoder import OggOpusStreamEncoder

from avamotion.audio.decoder import RequestDecoder, pcm_s16le_to_float
from avamotion.audio.opus import OpusDecoder, OpusEncoder
from avamotion.errors import AudioError
from avamotion.media import FloatArray


def tone(rate_hz: int, seconds: float = 0.5) -> FloatArray:
    time = np.arange(int(rate_hz * seconds)) / rate_hz
    return (0.5 * np.sin(2 * np.pi * 440 * time)).astype(np.float32)


def pcm(samples: FloatArray) -> bytes:
    return (samples * 32767).astype("<i2").tobytes()


def ogg_opus(rate_hz: int) -> bytes:
    """Encode a tone with the official client's own encoder."""
    encoder = OggOpusStreamEncoder(
        sample_rate=rate_hz,
        bitrate=32000,
        frame_duration_ms=20,
        application="voip",
        collect_encoded_output=False,
    )
    payload: bytes = encoder.encode(pcm(tone(rate_hz)), end=True).payload
    return payload


def decode(data: bytes, *, rate_hz: int, opus: bool, slice_bytes: int) -> tuple[FloatArray, ...]:
    decoder = RequestDecoder(
        ogg_opus=opus, sample_rate_hz=rate_hz, playout_hz=24000, engine_hz=16000
    )
    parts = [decoder.decode(data[at : at + slice_bytes]) for at in range(0, len(data), slice_bytes)]
    parts.append(decoder.finish())
    return (
        np.concatenate([part.playout for part in parts]),
        np.concatenate([part.engine for part in parts]),
    )


@pytest.mark.parametrize("rate_hz", [8000, 16000, 22050, 24000, 32000, 44100, 48000])
def test_pcm_of_every_rate_is_the_same_tone(rate_hz: int) -> None:
    playout, engine = decode(pcm(tone(rate_hz)), rate_hz=rate_hz, opus=False, slice_bytes=640)
    for got, want in ((playout, tone(24000)), (engine, tone(16000))):
        inner = slice(1000, len(want) - 1000)
        np.testing.assert_allclose(got[inner], want[inner], atol=2e-3)


@pytest.mark.parametrize("rate_hz", [8000, 12000, 16000, 24000, 48000])
@pytest.mark.parametrize("slice_bytes", [1, 37, 100_000])
def test_opus_of_every_rate_is_the_same_tone_however_it_is_sliced(
    rate_hz: int, slice_bytes: int
) -> None:
    playout, engine = decode(ogg_opus(rate_hz), rate_hz=rate_hz, opus=True, slice_bytes=slice_bytes)
    for got, want in ((playout, tone(24000)), (engine, tone(16000))):
        assert len(got) >= len(want)
        assert peak_lag(got[: len(want)], want) == 0
        assert 0.4 < np.abs(got[2000:6000]).max() < 0.6


def peak_lag(got: FloatArray, want: FloatArray) -> int:
    """Return by how many ms ``got`` is late, to the nearest, within a period of the tone."""
    rate_hz = 24000 if len(want) == 12000 else 16000
    lags = np.arange(-rate_hz // 1000, rate_hz // 1000 + 1)
    inner = slice(2000, len(want) - 1000)
    fit = [float(np.dot(np.roll(got, -lag)[inner], want[inner])) for lag in lags]
    return round(int(lags[int(np.argmax(fit))]) * 1000 / rate_hz)


def test_odd_pcm_is_refused() -> None:
    with pytest.raises(AudioError, match="even number"):
        pcm_s16le_to_float(b"abc")


def test_full_scale_stays_in_range() -> None:
    samples = pcm_s16le_to_float(b"\x00\x80\xff\x7f")
    assert samples[0] == -1.0
    assert 0.9999 < samples[1] < 1.0


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"this is no sound", "not an Ogg stream"),
        (ogg_opus(24000)[:60], "middle of a page"),
    ],
)
def test_a_stream_that_is_no_opus_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(AudioError, match=words):
        decode(data, rate_hz=24000, opus=True, slice_bytes=64)


def test_stereo_is_refused() -> None:
    stereo = ogg_opus(24000)
    channels_at = stereo.index(b"OpusHead") + 9
    with pytest.raises(AudioError, match="send mono"):
        decode(
            stereo[:channels_at] + b"\x02" + stereo[channels_at + 1 :],
            rate_hz=24000,
            opus=True,
            slice_bytes=1000,
        )


def test_an_opus_round_trip_keeps_the_level() -> None:
    encoder, decoder = OpusEncoder(24000, bitrate_bps=32000), OpusDecoder()
    blocks = tone(24000).reshape(-1, encoder.packet_samples)
    got = np.concatenate([decoder.decode(encoder.encode(block)) for block in blocks])
    assert len(got) == 24000
    assert np.sqrt(np.mean(got[4800:] ** 2)) == pytest.approx(0.5 / np.sqrt(2), rel=0.1)


def test_an_opus_packet_that_is_none_is_refused() -> None:
    with pytest.raises(AudioError, match="not an Opus packet"):
        OpusDecoder().decode(b"\xff" * 3)
