"""R15: encoding needs no event loop, and loses nothing."""

import math
from array import array

import opuslib_next  # type: ignore[import-untyped]  # it has no stubs
from spatius import AudioFormat
from spatius_avatar_python.config import AudioConfig
from spatius_avatar_python.transcoder import Transcoder

RATE_HZ = 24000
OPUS = AudioConfig(RATE_HZ, AudioFormat.OGG_OPUS, resample=True)
PCM = AudioConfig(RATE_HZ, AudioFormat.PCM_S16LE, resample=True)


def tone(rate_hz: int, seconds: float) -> bytes:
    step = 2 * math.pi * 440 / rate_hz
    return array(
        "h", (round(9000 * math.sin(step * n)) for n in range(round(rate_hz * seconds)))
    ).tobytes()


def packets(stream: bytes) -> list[bytes]:
    """Split an Ogg stream whose pages carry one packet each, as the SDK writes them."""
    found = []
    while stream:
        assert stream[:4] == b"OggS"
        lacing = stream[27 : 27 + stream[26]]
        start = 27 + len(lacing)
        found.append(stream[start : start + sum(lacing)])
        stream = stream[start + sum(lacing) :]
    return found


def decode(stream: bytes) -> "array[int]":
    head, tags, *audio = packets(stream)
    assert head.startswith(b"OpusHead")
    assert tags.startswith(b"OpusTags")
    decoder = opuslib_next.Decoder(RATE_HZ, 1)
    return array("h", b"".join(decoder.decode(packet, 480) for packet in audio))


def level(samples: "array[int]") -> float:
    return math.sqrt(sum(sample * sample for sample in samples) / len(samples))


def test_pcm_at_the_configured_rate_is_sent_as_it_is() -> None:
    """R8: the guide's default."""
    assert not Transcoder.is_needed(PCM, RATE_HZ)
    assert Transcoder.is_needed(PCM, 16000)
    assert Transcoder.is_needed(OPUS, RATE_HZ)


def test_opus_is_one_stream_that_holds_the_whole_turn() -> None:
    """R15."""
    transcoder = Transcoder(OPUS)
    audio = tone(RATE_HZ, 0.5)
    stream = b"".join(transcoder.process(audio[i : i + 962], RATE_HZ) for i in range(0, 24000, 962))
    stream += transcoder.finish()
    heard = decode(stream)
    assert 0.5 <= len(heard) / RATE_HZ < 0.55
    assert 5500 < level(heard[2400:9600]) < 7200


def test_a_turn_shorter_than_an_opus_frame_is_not_lost() -> None:
    """R4, R15."""
    transcoder = Transcoder(OPUS)
    assert transcoder.process(tone(RATE_HZ, 0.005), RATE_HZ) == b""
    assert len(packets(transcoder.finish())) >= 3


def test_another_rate_is_converted_on_the_way() -> None:
    """R8."""
    transcoder = Transcoder(PCM)
    out = transcoder.process(tone(44100, 0.2), 44100) + transcoder.finish()
    assert len(out) == len(tone(RATE_HZ, 0.2))


def test_a_rate_that_changes_within_a_turn_loses_nothing() -> None:
    """R8."""
    transcoder = Transcoder(PCM)
    out = transcoder.process(tone(16000, 0.1), 16000)
    out += transcoder.process(tone(RATE_HZ, 0.1), RATE_HZ)
    out += transcoder.process(tone(48000, 0.1), 48000) + transcoder.finish()
    assert len(out) == 3 * len(tone(RATE_HZ, 0.1))
