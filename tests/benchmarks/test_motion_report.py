"""What the report's scores mean, and that no easy face earns them."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from benchmarks.motion_report.clip import read_clips
from benchmarks.motion_report.document import Mouth, markdown
from benchmarks.motion_report.face import (
    HEADAUDIO_VISEMES,
    OCULUS_VISEMES,
    Face,
    Picture,
    face_from_phones,
    face_from_pictures,
)
from benchmarks.motion_report.score import Labels, Scores, pool, score
from training.utterance import Segment

# fmt: off
PHONES = [
    "SIL", "P", "AA", "M", "IY", "B", "UW", "SIL", "F", "AE", "T", "OW", "V", "EH", "SIL", "W",
    "IY", "S", "AA", "P", "IY", "M", "AO", "B", "IH", "N", "EY", "D", "UW", "SIL",
]
# fmt: on
LENGTHS_S = {"SIL": 0.5}


def labels() -> Labels:
    """Return a sentence with everything in it."""
    segments, time_s = [], 0.0
    for phone in PHONES:
        end_s = time_s + LENGTHS_S.get(phone, 0.12)
        segments.append(Segment(time_s, end_s, phone))
        time_s = end_s
    return Labels(tuple(segments), time_s)


LABELS = labels()


def curves(**columns: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]") -> Face:
    times_s = LABELS.times_s()
    values = np.stack([np.broadcast_to(c, times_s.shape) for c in columns.values()], axis=1)
    return Face(times_s, list(columns), values)


def told() -> Face:
    return face_from_phones(LABELS.segments, LABELS.duration_s)


def test_who_is_told_the_phones_scores_high() -> None:
    scores = score(told(), LABELS)
    assert scores["composite"] > 85
    assert scores["found"] == scores["right"] == scores["rest"] == 1
    assert abs(scores["lag_ms"]) < 30


@pytest.mark.parametrize("jaw", [0.0, 0.4, 1.0])
def test_a_still_face_scores_nothing(jaw: float) -> None:
    scores = score(curves(jawOpen=np.array(jaw)), LABELS)
    assert scores["composite"] < 1
    assert scores["found"] == 0


@pytest.mark.parametrize("rate_hz", [2.0, 4.0, 8.0])
def test_chatter_scores_little(rate_hz: float) -> None:
    chatter = 0.25 + 0.25 * np.sin(2 * np.pi * rate_hz * LABELS.times_s())
    scores = score(curves(jawOpen=chatter), LABELS)
    assert scores["composite"] < 30
    assert scores["right"] < 0.6


@pytest.mark.parametrize("shift_ms", [-80, 60, 120])
def test_lag_is_measured(shift_ms: int) -> None:
    in_time = score(told(), LABELS)["lag_ms"]
    late = score(told(), LABELS, shift_s=shift_ms / 1000)
    assert late["lag_ms"] - in_time == pytest.approx(shift_ms, abs=3)


def test_being_late_costs() -> None:
    assert score(told(), LABELS, shift_s=0.15)["composite"] < score(told(), LABELS)["composite"] / 2


def test_lips_that_never_meet_find_few_closures() -> None:
    without = [
        Segment(s.start_s, s.end_s, "AH" if s.phone in ("P", "B", "M") else s.phone)
        for s in LABELS.segments
    ]
    scores = score(face_from_phones(without, LABELS.duration_s), LABELS)
    assert scores["found"] < 0.5


@pytest.mark.parametrize("visemes", [OCULUS_VISEMES, HEADAUDIO_VISEMES])
def test_true_visemes_are_all_right(visemes: dict[str, str]) -> None:
    pictures = [
        Picture(float(time_s), visemes[phone], {visemes[phone]: 1.0})
        for time_s, phone in zip(LABELS.times_s(), LABELS.phones(), strict=True)
    ]
    scores = score(face_from_pictures(pictures, visemes), LABELS)
    assert scores["visemes"] == scores["visemes_speech"] == 1
    # Without any easing at all: that is not smooth, but everything else is there.
    assert scores["found"] == scores["right"] == scores["rest"] == 1
    assert scores["rounding"] > 0.9


def test_every_phone_has_a_viseme_in_both_tables() -> None:
    assert OCULUS_VISEMES.keys() == HEADAUDIO_VISEMES.keys()
    assert set(OCULUS_VISEMES.values()) == set(HEADAUDIO_VISEMES.values())


def test_clips_weigh_by_what_they_hold() -> None:
    base = score(told(), LABELS)
    one: Scores = base | {"found": 1.0, "n_bilabials": 1, "fv": math.nan, "lag_ms": 0.0}
    three: Scores = base | {"found": 0.0, "n_bilabials": 3, "fv": 0.5, "lag_ms": 10.0}
    pooled = pool([one, three])
    assert pooled["found"] == pytest.approx(0.25)
    assert pooled["fv"] == 0.5
    assert pooled["lag_ms"] == 5


def write_clip(folder: Path, name: str) -> None:
    (folder / f"{name}.wav").write_bytes(b"")
    rows = [f"{s.start_s:.3f}\t{s.end_s:.3f}\t{s.phone}" for s in LABELS.segments]
    (folder / f"{name}.tsv").write_text("\n".join(["start\tend\tphone", *rows]), encoding="utf-8")


def test_a_folder_of_clips_is_read_with_its_manifest(tmp_path: Path) -> None:
    write_clip(tmp_path, "a")
    write_clip(tmp_path, "b")
    about = [{"name": "b", "lang": "de", "voice": "anna"}]
    (tmp_path / "manifest.json").write_text(json.dumps(about), encoding="utf-8")
    unknown, known = read_clips(tmp_path)
    assert (unknown.group, known.group) == ("a voice, unknown", "anna, de")
    assert [s.phone for s in known.labels.segments] == PHONES
    assert known.labels.duration_s == pytest.approx(LABELS.duration_s, abs=0.001)


def test_what_is_no_clip_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"no \.wav files"):
        read_clips(tmp_path)
    (tmp_path / "a.wav").write_bytes(b"")
    with pytest.raises(ValueError, match=r"a\.tsv must hold start, end and phone"):
        read_clips(tmp_path)


def test_tables_show_every_group(tmp_path: Path) -> None:
    write_clip(tmp_path, "a")
    clips = read_clips(tmp_path)
    scores = score(told(), LABELS)
    text = markdown([Mouth("phones", "told", {clips[0].group: scores}, scores)], clips)
    assert "a voice, unknown: 1 clip, " in text
    assert "| told | " in text
