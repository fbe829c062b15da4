import json
import threading
from unittest.mock import patch

from ten_runtime import (
    AsyncExtensionTester,
    AsyncTenEnvTester,
    AudioFrame,
    Data,
)


class FakeClient:
    def __init__(self, url, on_text):
        assert url == "wss://example.invalid"
        self.on_text = on_text

    def send(self, chunk):
        threading.Thread(target=self.on_text, args=(f"{len(chunk)} bytes",)).start()


class AsrTester(AsyncExtensionTester):
    def __init__(self, expected):
        super().__init__()
        self.expected = expected

    async def on_start(self, ten_env_tester: AsyncTenEnvTester) -> None:
        frame = AudioFrame.create("pcm_frame")
        frame.alloc_buf(320)
        buf = frame.lock_buf()
        buf[:] = bytes(320)
        frame.unlock_buf(buf)
        await ten_env_tester.send_audio_frame(frame)

    async def on_data(self, ten_env_tester: AsyncTenEnvTester, data: Data) -> None:
        payload = json.loads(data.get_property_to_json(None)[0])
        if (data.get_name(), payload.get("text") or payload.get("message")) == self.expected:
            ten_env_tester.stop_test()


@patch("vendor_asr_python.client.Client", FakeClient)
def test_transcribes():
    tester = AsrTester(("asr_result", "320 bytes"))
    tester.set_test_mode_single("vendor_asr_python", json.dumps({"params": {"api_key": "k"}}))
    tester.set_timeout(10_000_000)
    assert tester.run() is None


def test_reports_a_missing_key():
    tester = AsrTester(("error", "api_key is missing"))
    tester.set_test_mode_single("vendor_asr_python")
    tester.set_timeout(10_000_000)
    assert tester.run() is None


def test_survives_a_failed_connection():
    tester = AsrTester(("error", "there is no such vendor; tests patch this class"))
    tester.set_test_mode_single("vendor_asr_python", json.dumps({"params": {"api_key": "k"}}))
    tester.set_timeout(10_000_000)
    assert tester.run() is None
