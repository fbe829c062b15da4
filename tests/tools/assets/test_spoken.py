"""Whether lips shut while a mouth speaks is told from the mesh."""

import wave
from pathlib import Path

import numpy as np
import pytest

from tests.tools.assets.mouths import DROP_M, cardboard_mouth
from tools.assets.array import FloatArray
from tools.assets.command import main
from tools.assets.mouth import find_mouth
from tools.assets.spoken import Phone, PhoneFileError, measure_speech, pool, read_phones

NAMES = ["jawOpen", "mouthClose"]
TIMES_S = np.arange(100) / 50
WORD = [Phone(0.0, 0.5, "SIL"), Phone(0.5, 0.6, "AA"), Phone(0.6, 0.7, "P"), Phone(0.7, 1.0, "AA")]


def speak(*, shut_from_s: float, shut_to_s: float, jaw: float = 0.2) -> FloatArray:
    """Return a mouth that rests for half a second, then is open but for a while, (100, 2)."""
    weights = np.zeros((len(TIMES_S), 2))
    weights[TIMES_S >= 0.5, 0] = jaw
    shut = (shut_from_s <= TIMES_S) & (shut_to_s > TIMES_S)
    weights[shut, 1] = weights[shut, 0]
    return weights


def test_lips_that_shut_in_time_are_shut_at_the_centre() -> None:
    weights = speak(shut_from_s=0.6, shut_to_s=0.7)
    gaps = measure_speech(find_mouth(cardboard_mouth()), NAMES, TIMES_S, weights, WORD)
    assert gaps.centre_mm == pytest.approx([0.0], abs=1e-6)
    assert gaps.shares[:3] == (1.0, 1.0, 1.0)
    assert np.isnan(gaps.shares[3])


def test_lips_that_shut_a_little_late_are_shut_only_nearby() -> None:
    weights = speak(shut_from_s=0.7, shut_to_s=0.8)
    gaps = measure_speech(find_mouth(cardboard_mouth()), NAMES, TIMES_S, weights, WORD)
    assert gaps.centre_mm == pytest.approx([1000 * DROP_M * 0.2], abs=1e-6)
    assert gaps.shares[:2] == (0.0, 1.0)


def test_lips_that_shut_much_too_late_are_missed() -> None:
    weights = speak(shut_from_s=0.8, shut_to_s=0.9)
    gaps = measure_speech(find_mouth(cardboard_mouth()), NAMES, TIMES_S, weights, WORD)
    assert gaps.shares[:2] == (0.0, 0.0)


def test_a_mouth_ajar_in_a_pause_is_told() -> None:
    weights = speak(shut_from_s=0.6, shut_to_s=0.7)
    weights[:, 0] = 0.2
    gaps = measure_speech(find_mouth(cardboard_mouth()), NAMES, TIMES_S, weights, WORD)
    assert gaps.shares[2] == 0.0


def test_the_lower_lip_touches_the_teeth_or_does_not() -> None:
    mouth = find_mouth(cardboard_mouth())
    word = [Phone(0.6, 0.7, "F")]
    near = measure_speech(mouth, NAMES, TIMES_S, np.zeros((100, 2)), word)
    far = measure_speech(mouth, NAMES, TIMES_S, speak(shut_from_s=9, shut_to_s=9, jaw=1), word)
    assert far.teeth_mm[0] > near.teeth_mm[0]
    assert far.shares[3] == 0.0
    assert len(pool([near, far]).teeth_mm) == 2


def test_speech_without_such_sounds_has_no_figures() -> None:
    vowel = [Phone(0.0, 1.0, "AA")]
    gaps = measure_speech(find_mouth(cardboard_mouth()), NAMES, TIMES_S, np.zeros((100, 2)), vowel)
    assert np.isnan(gaps.shares).all()


def test_a_table_of_phones_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_text("start\tend\tphone\n0.0\t0.5\tSIL\n0.5\t0.6\tP\n")
    assert read_phones(path) == [Phone(0.0, 0.5, "SIL"), Phone(0.5, 0.6, "P")]


@pytest.mark.parametrize("text", ["", "start\tend\tphone\n", "start\tend\tphone\n0.1 0.2 P\n"])
def test_a_table_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.tsv"
    path.write_text(text)
    with pytest.raises(PhoneFileError, match=r"a\.tsv"):
        read_phones(path)


def test_a_clip_without_phones_gets_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["closure-on-speech", str(tmp_path / "a.wav")]) == 1
    complaint = capsys.readouterr().err
    assert f"there is no {tmp_path / 'a.tsv'}: write a table" in complaint
    assert "Errno" not in complaint


def test_phones_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_bytes(b"start\tend\tphone\n0\t1\t\xff\n")
    with pytest.raises(PhoneFileError, match="UTF-8"):
        read_phones(path)


def test_a_clip_that_is_missing_gets_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.tsv").write_text("start\tend\tphone\n0\t1\tP\n")
    assert main(["closure-on-speech", str(tmp_path / "a.wav")]) == 1
    assert "there is no file" in capsys.readouterr().err


def test_the_command_measures_a_shipped_head(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with wave.open(str(tmp_path / "a.wav"), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(16000)
        sound.writeframes(bytes(2 * 16000))
    (tmp_path / "a.tsv").write_text("start\tend\tphone\n0\t1\tSIL\n")
    head = "src/avamotion/avatars/mia/avatar_low.glb"
    assert main(["closure-on-speech", str(tmp_path / "a.wav"), "--glb", head]) == 0
    assert capsys.readouterr().out.splitlines()[1].split()[:2] == ["mia", "0"]
