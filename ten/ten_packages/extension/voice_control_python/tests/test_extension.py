"""The control node in a graph."""

import json
from collections.abc import Mapping, Sequence

from ten_runtime import (
    AsyncExtensionTester,
    AsyncTenEnvTester,
    Cmd,
    CmdResult,
    Data,
    StatusCode,
)


class Bench(AsyncExtensionTester):
    """Sends messages one after the other and notes what comes back, until there is enough."""

    def __init__(
        self, script: Sequence[tuple[str, str, Mapping[str, object]]], n_notes: int
    ) -> None:
        super().__init__()
        self._script = script
        self._n_notes = n_notes
        self.answers_flush = True
        self.notes: list[tuple[str, dict[str, object]]] = []
        self.results: list[StatusCode] = []
        self._is_sent = False

    async def on_start(self, ten_env_tester: AsyncTenEnvTester) -> None:
        for kind, name, properties in self._script:
            message = (Cmd if kind == "cmd" else Data).create(name)
            message.set_property_from_json(None, json.dumps(properties))
            if isinstance(message, Cmd):
                result, error = await ten_env_tester.send_cmd(message)
                assert error is None
                assert result is not None
                self.results.append(result.get_status_code())
            else:
                await ten_env_tester.send_data(message)
        self._is_sent = True
        self._note(ten_env_tester)

    async def on_data(self, ten_env_tester: AsyncTenEnvTester, data: Data) -> None:
        self.notes.append((data.get_name(), json.loads(data.get_property_to_json()[0])))
        self._note(ten_env_tester)

    async def on_cmd(self, ten_env_tester: AsyncTenEnvTester, cmd: Cmd) -> None:
        self.notes.append((cmd.get_name(), json.loads(cmd.get_property_to_json()[0])))
        if self.answers_flush:
            await ten_env_tester.return_result(CmdResult.create(StatusCode.OK, cmd))
        self._note(ten_env_tester)

    def _note(self, ten_env_tester: AsyncTenEnvTester) -> None:
        if self._is_sent and len(self.notes) == self._n_notes:
            ten_env_tester.stop_test()


def run(bench: Bench, greeting: str = "") -> list[tuple[str, dict[str, object]]]:
    bench.set_test_mode_single("voice_control_python", json.dumps({"greeting": greeting}))
    bench.set_timeout(10_000_000)
    assert bench.run() is None
    return bench.notes


def say(text: str) -> tuple[str, str, dict[str, object]]:
    return "data", "text_input", {"text": text, "uid": 1001}


def test_a_new_text_comes_after_the_interrupt_of_the_old_one() -> None:
    notes = run(Bench([say("One."), say("Two.")], 4))
    assert [name for name, _ in notes] == ["tts_text_input", "tts_flush", "flush", "tts_text_input"]
    (_, one), (_, flush), (_, cmd), (_, two) = notes
    assert (one["request_id"], one["text"], one["text_input_end"]) == (
        "tts-request-1",
        "One.",
        True,
    )
    assert (two["request_id"], two["text"], two["text_input_end"]) == (
        "tts-request-2",
        "Two.",
        True,
    )
    assert isinstance(one["metadata"], dict)
    assert isinstance(two["metadata"], dict)
    assert (one["metadata"]["turn_id"], two["metadata"]["turn_id"]) == (1, 2)
    assert one["metadata"]["session_id"] == two["metadata"]["session_id"] != ""
    assert flush == cmd == {"flush_id": "flush-1", "metadata": one["metadata"]}


def test_an_avatar_that_does_not_answer_holds_nothing_up_for_long() -> None:
    bench = Bench([say("One."), say("Two.")], 4)
    bench.answers_flush = False
    assert [name for name, _ in run(bench)][-1] == "tts_text_input"


def test_a_user_is_greeted_and_the_command_answered() -> None:
    user = {"uid": 1001}
    script = [("cmd", "on_user_joined", user), ("cmd", "on_user_left", user), ("cmd", "dance", {})]
    bench = Bench(script, 1)
    (note,) = run(bench, "Hello!")
    assert (note[0], note[1]["text"]) == ("tts_text_input", "Hello!")
    assert bench.results == [StatusCode.OK, StatusCode.OK, StatusCode.ERROR]


def test_captions_and_errors_go_out() -> None:
    notes = run(
        Bench(
            [
                say("One."),
                ("data", "tts_audio_start", {"request_id": "tts-request-1"}),
                ("data", "error", {"module": "avatar", "message": "no answer", "code": -1}),
            ],
            3,
        )
    )
    assert notes[1:] == [
        ("caption", {"text": "One.", "final": True}),
        ("error", {"message": "avatar: no answer"}),
    ]
