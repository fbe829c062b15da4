import json

from ten_runtime import (
    AudioFrame,
    Cmd,
    CmdResult,
    Data,
    ExtensionTester,
    StatusCode,
    TenEnvTester,
    TenError,
    TenErrorCode,
)


class ExtensionTesterBasic(ExtensionTester):
    def __init__(self):
        super().__init__()
        self.frames = 0
        self.events: list[str] = []

    def on_start(self, ten_env_tester: TenEnvTester) -> None:
        ten_env_tester.log_info("Test started")
        data = Data.create("tts_text_input")
        data.set_property_string("request_id", "r1")
        data.set_property_string("text", "hello")
        data.set_property_from_json("metadata", json.dumps({"turn_id": 7}))
        ten_env_tester.send_data(data)
        ten_env_tester.on_start_done()

    def on_data(self, ten_env: TenEnvTester, data: Data) -> None:
        name = data.get_name()
        self.events.append(name)
        payload, error = data.get_property_to_json(None)
        assert error is None
        if name == "tts_audio_end":
            if json.loads(payload)["reason"] != 1:
                ten_env.stop_test(TenError.create(TenErrorCode.ErrorCodeGeneric, "bad reason"))
            ten_env.stop_test()

    def on_audio_frame(self, ten_env: TenEnvTester, audio_frame: AudioFrame) -> None:
        self.frames += 1
        metadata, _ = audio_frame.get_property_to_json("metadata")
        assert json.loads(metadata) == {"turn_id": 7}
        buf = audio_frame.lock_buf()
        try:
            assert bytes(buf[:2]) == (500).to_bytes(2, "little")
            assert len(buf) == audio_frame.get_samples_per_channel() * 2 == 480 * 2
        finally:
            audio_frame.unlock_buf(buf)


def test_basic():
    tester = ExtensionTesterBasic()
    tester.set_test_mode_single(
        "beep_tts_python", json.dumps({"sample_rate": 24000, "volume": 0.5})
    )
    err = tester.run()
    if err is not None:
        assert False, f"{err.error_code()} {err.error_message()}"
    assert tester.frames == 5
    assert tester.events == ["tts_audio_start", "tts_audio_end"]


class ExtensionTesterFlush(ExtensionTester):
    def check(self, ten_env: TenEnvTester, result: CmdResult | None, error: TenError | None):
        if error is not None:
            assert False, error.error_message()
        assert result is not None
        if result.get_status_code() == StatusCode.OK:
            detail, _ = result.get_property_string("detail")
            assert detail == "success"
            ten_env.stop_test()

    def on_start(self, ten_env: TenEnvTester) -> None:
        ten_env.send_cmd(
            Cmd.create("flush"),
            lambda ten_env, result, error: self.check(ten_env, result, error),
        )
        ten_env.on_start_done()


def test_flush():
    tester = ExtensionTesterFlush()
    tester.set_test_mode_single("beep_tts_python")
    assert tester.run() is None


def test_timeout():
    tester = ExtensionTester()
    tester.set_test_mode_single("beep_tts_python")
    tester.set_timeout(1000)
    err = tester.run()
    assert err is not None
    assert err.error_code() == TenErrorCode.ErrorCodeTimeout
