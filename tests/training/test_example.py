"""Targets follow the labels."""

import itertools

import numpy as np
import pytest

pytest.importorskip("scipy")

from avamotion.motion.phone import PHONES
from training.augment import augment
from training.example import end_with_sound, label
from training.ipa import PHONE_OF, phones_of, respell, segment
from training.utterance import SAMPLE_RATE_HZ, Segment, Utterance

SEGMENTS = [
    Segment(0.0, 0.1, "SIL"),
    Segment(0.1, 0.2, "M"),
    Segment(0.2, 0.3, "AA"),
    Segment(0.3, 0.36, "SIL"),
    Segment(0.36, 0.46, "P"),
    Segment(0.46, 0.76, "SIL"),
    Segment(0.76, 0.86, "AA"),
    Segment(0.86, 1.0, "SIL"),
]


def spell(phones: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> str:
    return " ".join(PHONES[i] for i in phones)


def test_each_hop_has_the_phone_of_its_middle() -> None:
    phones, _ = label(SEGMENTS, 20, offset_s=0.0)
    assert spell(phones) == "SIL " * 5 + "M " * 5 + "AA " * 5 + "SIL SIL SIL P P"


def test_late_labels_are_moved_earlier() -> None:
    phones, _ = label(SEGMENTS, 50, offset_s=0.0)
    earlier, _ = label(SEGMENTS, 50, offset_s=0.06)
    np.testing.assert_array_equal(earlier[:-3], phones[3:])


def test_a_short_gap_belongs_to_the_voice_and_a_pause_does_not() -> None:
    _, voices = label(SEGMENTS, 50, offset_s=0.0)
    assert "".join(map(str, voices)) == "0" * 5 + "1" * 18 + "0" * 15 + "1" * 5 + "0" * 7


def test_every_phone_but_silence_can_be_spelt() -> None:
    assert set(PHONE_OF.values()) == set(PHONES) - {"SIL"}


@pytest.mark.parametrize(
    ("symbols", "phone"), [("ˈaɪ", "AY"), ("tʃ", "CH"), ("t", "T"), ("œ̃", "OW"), ("_:", None)]
)
def test_spoken_units_become_phones(symbols: str, phone: str | None) -> None:
    assert phones_of(symbols) == phone


def test_marks_give_their_time_to_a_neighbour_and_pauses_are_heard() -> None:
    sound = np.full(1600, 0.5, dtype=np.float32)
    sound[600:1000] = 0  # of the two spaces, only the second is silent
    symbols = ["$", "ˈ", "m", "ː", " ", "p", ",", "a", "$"]
    bounds_s = [0, 0.05, 0.1, 0.2, 0.25, 0.27, 0.6, 1.0, 1.4, 1.6]
    found = segment(symbols, bounds_s, sound, 1000)
    assert [(s.phone, round(s.start_s, 3), round(s.end_s, 3)) for s in found] == [
        ("SIL", 0, 0.05),
        ("M", 0.05, 0.26),
        ("P", 0.26, 0.6),
        ("SIL", 0.6, 1.0),
        ("AA", 1.0, 1.4),
        ("SIL", 1.4, 1.6),
    ]


ROUNDED = {"UW", "OW", "UH", "AO", "OY", "W"}


@pytest.mark.parametrize("symbol", ["y", "yː", "ʏ", "ø", "œ", "œ̃", "ʉ", "ɥ", "ɶ", "ɔ̃", "õ"])
def test_what_is_rounded_stays_rounded(symbol: str) -> None:
    assert phones_of(respell(symbol, "xx")) in ROUNDED


@pytest.mark.parametrize("symbol", ["ɯ", "ɨ", "ɤ", "ɐ", "ã", "ẽ"])
def test_what_is_not_rounded_does_not_become_so(symbol: str) -> None:
    phone = phones_of(respell(symbol, "xx"))
    assert phone is not None
    assert phone not in ROUNDED


@pytest.mark.parametrize(
    ("symbols", "phone"),
    [
        ("ɾ", "D"), ("ɽ", "D"), ("r", "D"), ("ʁ", "G"),
        ("pʼ", "P"), ("kʼ", "K"), ("tsʼ", "S"), ("ɓ", "B"), ("ɗ", "D"), ("bʱ", "B"), ("ʘ", "P"),
        ("ɱ", "V"), ("β", "V"), ("ɸ", "F"), ("tɕ", "CH"), ("dʑ", "JH"), ("ç", "HH"), ("ħ", "HH"),
    ],
)  # fmt: skip
def test_sounds_that_english_lacks_look_like_their_nearest(symbols: str, phone: str) -> None:
    assert phones_of(respell(symbols, "xx")) == phone


def test_letters_that_a_language_uses_otherwise_are_put_right() -> None:
    assert phones_of(respell("y", "ru")) == "IH"
    assert phones_of(respell("y", "fr-fr")) == "UW"
    assert respell("bˈɛsɜ", "de") == "bˈɛsɐ"


def speech(*phones: tuple[float, str]) -> Utterance:
    """A hum of 0.5 s, then silence, labelled with phones and where each ends."""
    rng = np.random.default_rng(0)
    samples = np.zeros(SAMPLE_RATE_HZ, dtype=np.int16)
    samples[: SAMPLE_RATE_HZ // 2] = rng.normal(0, 3000, SAMPLE_RATE_HZ // 2)
    starts_s = [0.0, *(end_s for end_s, _ in phones)]
    segments = tuple(Segment(a, b, p) for a, (b, p) in zip(starts_s, phones, strict=False))
    return Utterance(samples, segments, "hibari", "heart", "en-us")


def test_a_phone_that_labels_stretch_into_a_pause_ends_with_its_sound() -> None:
    for late_s in (0.0, 0.06):
        stretched = speech((0.2, "M"), (0.8, "AA"), (1.0, "SIL"))
        m, aa, *silence = end_with_sound(stretched, offset_s=late_s).segments
        assert m == Segment(0.0, 0.2, "M")
        assert aa.end_s == pytest.approx(0.5 + late_s, abs=0.011)
        assert [segment.phone for segment in silence] == ["SIL", "SIL"]
        assert silence[0].start_s == aa.end_s
        assert silence[-1].end_s == 1.0


def test_a_phone_within_speech_keeps_its_label_however_silent_it_is() -> None:
    within = speech((0.2, "M"), (0.8, "T"), (0.9, "AA"), (1.0, "SIL"))
    assert end_with_sound(within, offset_s=0.0).segments[:2] == within.segments[:2]


def test_a_last_phone_without_sound_is_not_lost() -> None:
    unreleased = speech((0.5, "AA"), (0.9, "T"))
    aa, t, silence = end_with_sound(unreleased, offset_s=0.0).segments
    assert aa == unreleased.segments[0]
    assert t.end_s - t.start_s == pytest.approx(0.03)
    assert (silence.phone, silence.end_s) == ("SIL", 0.9)


def test_a_disturbed_copy_keeps_its_phones_in_order_and_its_loudness_in_range() -> None:
    rng = np.random.default_rng(1)
    whole = speech((0.2, "M"), (0.5, "AA"), (1.0, "SIL"))
    for _ in range(40):
        sound, segments = augment(whole, [whole], rng)
        assert [segment.phone for segment in segments] == ["SIL", "M", "AA", "SIL"]
        assert all(a.end_s <= b.start_s + 1e-9 for a, b in itertools.pairwise(segments))
        assert np.isfinite(sound).all()
        assert 0.03 < np.abs(sound).max() <= 1
