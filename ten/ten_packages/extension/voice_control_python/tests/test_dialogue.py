"""The rules of the conversation."""

from voice_control_python.dialogue import (
    Announce,
    Caption,
    ChangeStyle,
    ChangeVoice,
    Complain,
    Dialogue,
    Interrupt,
    Speak,
)
from voice_control_python.sentence import Report


def test_the_first_user_is_greeted_once() -> None:
    dialogue = Dialogue(greeting=" Hello! ")
    assert dialogue.user_joined() == [Speak("tts-request-1", "Hello!", 1)]
    assert dialogue.user_joined() == []


def test_without_a_greeting_nobody_is_greeted() -> None:
    assert Dialogue(greeting=" ").user_joined() == []


def test_who_speaks_before_being_greeted_is_not_greeted_any_more() -> None:
    dialogue = Dialogue(greeting="Hello!")
    dialogue.text_received("Hi")
    assert dialogue.user_joined() == []


def test_the_newest_text_interrupts_the_one_before() -> None:
    dialogue = Dialogue(greeting="")
    assert dialogue.text_received("One.") == [Speak("tts-request-1", "One.", 1)]
    assert dialogue.text_received(" Two. ") == [
        Interrupt("flush-1", 1),
        Speak("tts-request-2", "Two.", 2),
    ]


def test_a_stop_interrupts_once() -> None:
    dialogue = Dialogue(greeting="")
    assert dialogue.stop_received() == []
    dialogue.text_received("One.")
    assert dialogue.stop_received() == [Interrupt("flush-1", 1)]
    assert dialogue.stop_received() == []
    assert dialogue.text_received("Two.") == [Speak("tts-request-2", "Two.", 2)]


def test_an_empty_text_interrupts_nothing() -> None:
    dialogue = Dialogue(greeting="")
    dialogue.text_received("One.")
    assert dialogue.text_received("  ") == []


def test_the_caption_comes_with_the_sound_and_never_for_what_was_interrupted() -> None:
    dialogue = Dialogue(greeting="")
    dialogue.text_received("One.")
    assert dialogue.speech_started("tts-request-1") == [Caption("One.")]
    dialogue.text_received("Two.")
    assert dialogue.speech_started("tts-request-1") == []
    assert dialogue.speech_started("tts-request-2") == [Caption("Two.")]


def test_a_failure_becomes_a_sentence() -> None:
    report = Report("tts", "the voice is not installed")
    assert Dialogue(greeting="").failed(report) == [Complain("tts: the voice is not installed")]


def test_whoever_comes_is_told_what_there_is_to_choose_and_what_is_chosen() -> None:
    dialogue = Dialogue(greeting="")
    voices = {"voices": [{"id": "natural", "name": "Hibari"}], "timbre": "natural"}
    assert dialogue.voices_known(voices) == [Announce(voices)]
    dialogue.style_received({"emotion": "sad", "head": False})
    assert dialogue.style_received({"emotion": "happy"}) == [
        ChangeStyle({"emotion": "happy"}),
        Announce(voices, {"emotion": "happy", "head": False}),
    ]
    assert dialogue.user_joined() == [Announce(voices, {"emotion": "happy", "head": False})]


def test_of_a_wish_for_a_voice_only_what_a_voice_knows_goes_on() -> None:
    dialogue = Dialogue(greeting="")
    wish = {"timbre": "deeper", "name": "x", "speed": 1.2}
    assert dialogue.voice_received(wish) == [ChangeVoice({"timbre": "deeper", "speed": 1.2})]
