"""Which prompts people are judged by."""

import gzip
from pathlib import Path

import pytest

from benchmarks.motion_report import people
from benchmarks.motion_report.people import PEOPLE, Person, recordings

LIST = """\
; a comment
agent-user: Agent login. Please enter your agent number followed by the pound key.
beep: [this is a simple beep tone]
press: Please press 1 to hear this again.
short: Good bye.
gone: This one was never recorded here.
letters/a: A
d'accord: Il faut dire que c'est d'accord.
"""


def test_prompts_are_sentences_whose_words_are_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with gzip.open(tmp_path / "list-xx.gz", "wt", encoding="utf-8") as file:
        file.write(LIST)
    folder = tmp_path / "xx_f_Somebody"
    folder.mkdir()
    for name in ("agent-user", "beep", "press", "short", "d'accord"):
        (folder / f"{name}.g722").touch()
    monkeypatch.setattr(people, "_SOUNDS", tmp_path)
    monkeypatch.setattr(people, "_TEXTS", str(tmp_path / "list-{0}.gz"))
    somebody = Person("Somebody", "xx", "xx_f_Somebody", "xx")
    assert somebody.installed
    (prompt,) = people._prompts(somebody)
    name, words = prompt
    assert name == "agent-user"
    assert words[:3] == ["agent", "login", "please"]
    assert words[-1] == "key"


@pytest.mark.parametrize("person", PEOPLE, ids=lambda p: p.folder)
def test_phones_of_a_recording_fill_it_in_order(person: Person) -> None:
    if not person.installed:
        pytest.skip("Debian's recordings are not installed")
    pytest.importorskip("pocketsphinx")
    utterance = next(recordings(person))
    ends_s = [segment.end_s for segment in utterance.segments]
    assert utterance.segments[0].phone == utterance.segments[-1].phone == "SIL"
    assert len(ends_s) > 10
    assert ends_s == sorted(ends_s)
    assert ends_s[-1] == pytest.approx(len(utterance.samples) / 16_000)
