"""The voice in a graph, with a voice that says a tone for each sentence."""

import json
import threading
from collections.abc import Callable
from typing import ClassVar

import pytest
from hibari_tts_python.config import Manner, VoiceConfig
from hibari_tts_python.extension import HibariTtsExtension
from hibari_tts_python.voice import VoiceError
from ten_runtime import (
    Addon,
    AsyncExtensionTester,
    AsyncTenEnvTester,
    AudioFrame,
    Data,
    TenEnv,
    register_addon_as_extension,
)

CHUNK_BYTES = 24 * 40 * 2
METADATA = {"session_id": "s", "turn_id": 7}


class ToneVoice:
    """Says 100 ms of samples 1 for each sentence; "hold" waits until it may go on."""

    held: ClassVar[threading.Event] = threading.Event()
    may_go_on: ClassVar[threading.Event] = threading.Event()
    manners: ClassVar[list[Manner]] = []

    def __init__(self, config: VoiceConfig) -> None:
        if config.voice == "missing":
            raise VoiceError("the voice is not installed")

    def split(self, text: str) -> list[str]:
        return [part.strip() for part in text.split(".") if part.strip()]

    def speak(self, sentence: str, manner: Manner) -> bytes:
        self.manners.append(manner)
        if sentence == "hold":
            self.held.set()
            assert self.may_go_on.wait(5)
        if sentence == "choke":
            raise RuntimeError("a bad sentence")
        return b"" if sentence == "nothing" else b"\x00\x01" * 2400


class ToneExtension(HibariTtsExtension):
    load_voice = ToneVoice


@register_addon_as_extension("hibari_tts_python_with_tone")
class ToneAddon(Addon):
    def on_create_instance(self, ten_env: TenEnv, name: str, context: object) -> None:
        ten_env.on_create_instance_done(ToneExtension(name), context)


Note = tuple[str, object]
Message = tuple[str, dict[str, object]]


class Listener(AsyncExtensionTester):
    """Sends a script and notes what comes back, until an event that ends the test."""

    def __init__(self, script: list[Message], until: str) -> None:
        super().__init__()
        self._script = script
        self._until = until
        self.notes: list[Note] = []
        self.voices: list[tuple[object, object]] = []
        self.on_note: Callable[[Note], list[Message]] = lambda note: []

    async def on_start(self, ten_env_tester: AsyncTenEnvTester) -> None:
        for name, properties in self._script:
            await send(ten_env_tester, name, properties)

    async def on_data(self, ten_env_tester: AsyncTenEnvTester, data: Data) -> None:
        content = json.loads(data.get_property_to_json()[0])
        if data.get_name() == "tts_voices":
            self.voices.append((content["timbre"], content["speed"]))
            return
        await self._note(ten_env_tester, data.get_name(), content)

    async def on_audio_frame(
        self, ten_env_tester: AsyncTenEnvTester, audio_frame: AudioFrame
    ) -> None:
        assert audio_frame.get_sample_rate() == 24000
        assert audio_frame.get_number_of_channels() == 1
        assert audio_frame.get_bytes_per_sample() == 2
        buffer = audio_frame.get_buf()
        assert audio_frame.get_samples_per_channel() == len(buffer) // 2
        assert json.loads(audio_frame.get_property_to_json("metadata")[0]) == METADATA
        await self._note(ten_env_tester, "pcm_frame", len(buffer))

    async def _note(self, ten_env_tester: AsyncTenEnvTester, name: str, content: object) -> None:
        self.notes.append((name, content))
        for answer, properties in self.on_note((name, content)):
            await send(ten_env_tester, answer, properties)
        if name == self._until:
            ten_env_tester.stop_test()


async def send(ten_env: AsyncTenEnvTester, name: str, properties: dict[str, object]) -> None:
    data = Data.create(name)
    data.set_property_from_json(None, json.dumps(properties))
    await ten_env.send_data(data)


def text(text: str, *, request_id: str = "r1", end: bool = True) -> Message:
    return "tts_text_input", {
        "request_id": request_id,
        "text": text,
        "text_input_end": end,
        "metadata": METADATA,
    }


def listen(tester: Listener, params: dict[str, object] | None = None) -> list[Note]:
    tester.set_test_mode_single(
        "hibari_tts_python_with_tone", json.dumps({"params": {"chunk_ms": 40, **(params or {})}})
    )
    tester.set_timeout(10_000_000)
    assert tester.run() is None
    return tester.notes


def ends(notes: list[Note]) -> list[tuple[object, object, object]]:
    return [
        (end["request_id"], end["reason"], end["request_total_audio_duration_ms"])
        for name, end in notes
        if name == "tts_audio_end" and isinstance(end, dict)
    ]


def test_a_request_is_start_frames_end() -> None:
    notes = listen(Listener([text("One. Two.")], "tts_audio_end"))
    assert [name for name, _ in notes] == ["tts_audio_start", *["pcm_frame"] * 6, "tts_audio_end"]
    assert notes[0][1] == {"request_id": "r1", "metadata": METADATA}
    sizes = [CHUNK_BYTES, CHUNK_BYTES, CHUNK_BYTES // 2]
    assert [content for name, content in notes if name == "pcm_frame"] == sizes * 2
    assert ends(notes) == [("r1", 1, 200)]


def test_a_request_without_sound_only_ends() -> None:
    notes = listen(Listener([text("nothing.")], "tts_audio_end"))
    assert [name for name, _ in notes] == ["tts_audio_end"]
    assert ends(notes) == [("r1", 1, 0)]


def test_a_flush_cuts_off_a_sentence_in_the_making() -> None:
    ToneVoice.may_go_on.clear()
    ToneVoice.held.clear()
    tester = Listener([text("One. hold. Two.")], "tts_flush_end")

    def react(note: Note) -> list[Message]:
        if note == ("pcm_frame", CHUNK_BYTES // 2):
            assert ToneVoice.held.wait(5)
            return [("tts_flush", {"flush_id": "f1", "metadata": METADATA})]
        if note[0] == "tts_flush_end":
            ToneVoice.may_go_on.set()
        return []

    tester.on_note = react
    notes = listen(tester)
    assert notes[-1] == ("tts_flush_end", {"flush_id": "f1", "metadata": METADATA})
    assert ends(notes) == [("r1", 2, 100)]
    assert [name for name, _ in notes].count("pcm_frame") == 3


def test_after_a_flush_the_next_request_is_spoken_and_the_old_one_is_not() -> None:
    flush: Message = ("tts_flush", {"flush_id": "f1"})
    script = [text("One. Two"), flush, text("Late."), text("New.", request_id="r2")]
    tester = Listener(script, "-")
    tester._until = "tts_flush_end"

    def react(note: Note) -> list[Message]:
        if note[0] == "tts_flush_end":
            tester._until = "tts_audio_end"
        return []

    tester.on_note = react
    notes = listen(tester)
    assert ends(notes)[-1] == ("r2", 1, 100)
    after = [name for name, _ in notes[notes.index(("tts_flush_end", notes_flush(notes))) :]]
    assert after == ["tts_flush_end", "tts_audio_start", *["pcm_frame"] * 3, "tts_audio_end"]


def notes_flush(notes: list[Note]) -> object:
    return next(content for name, content in notes if name == "tts_flush_end")


def test_a_sentence_that_cannot_be_spoken_is_reported_and_the_rest_is_spoken() -> None:
    notes = listen(Listener([text("One. choke. Two.")], "tts_audio_end"))
    (error,) = [content for name, content in notes if name == "error"]
    assert isinstance(error, dict)
    assert (error["module"], error["code"], error["id"]) == ("tts", -1, "7")
    assert "bad sentence" not in error["message"]
    assert ends(notes) == [("r1", 3, 200)]


def test_a_missing_voice_is_reported_and_every_request_ends() -> None:
    notes = listen(Listener([text("One. Two.")], "tts_audio_end"), {"voice": "missing"})
    messages = [
        content["message"]
        for _, content in notes
        if isinstance(content, dict) and "message" in content
    ]
    assert set(messages) == {"the voice is not installed"}
    assert ends(notes) == [("r1", 3, 0)]


def test_a_voice_changes_from_the_next_sentence_on_and_says_so() -> None:
    ToneVoice.manners.clear()
    deeper: Message = ("tts_voice", {"timbre": "deeper", "speed": 1})
    unknown: Message = ("tts_voice", {"timbre": "squeaky"})
    tester = Listener([deeper, unknown, text("One.")], "tts_audio_end")
    notes = listen(tester, {"speed": 0.8})
    assert len(tester.voices) == 3, "at the start, and after each wish"
    assert tester.voices[1:] == [("deeper", 1), ("deeper", 1)]
    assert [manner.timbre.id for manner in ToneVoice.manners] == ["deeper"]
    (error,) = [content for name, content in notes if name == "error"]
    assert isinstance(error, dict)
    assert "one of natural, deeper, brighter" in error["message"]


@pytest.mark.parametrize("speed", ["fast", 9])
def test_a_bad_setting_is_reported(speed: object) -> None:
    (note,) = listen(Listener([], "error"), {"speed": speed})
    assert isinstance(note[1], dict)
    assert note[1]["code"] == -1012
    assert "params.speed" in note[1]["message"]
