"""The real voice."""

import asyncio
import json

import numpy as np
import pytest
from hibari_tts_python.config import SAMPLE_RATE_HZ, Manner, VoiceConfig
from hibari_tts_python.voice import HibariVoice, VoiceError
from ten_runtime import AsyncExtensionTester, AsyncTenEnvTester, AudioFrame, Data

pytest.importorskip("hibari", reason="pip install hibari-tts")
pytestmark = pytest.mark.e2e


class Listener(AsyncExtensionTester):
    """Has two sentences spoken and collects the sound."""

    def __init__(self) -> None:
        super().__init__()
        self.pcm = bytearray()
        self.first_sound_s = 0.0
        self.asked_at = 0.0

    async def on_start(self, ten_env_tester: AsyncTenEnvTester) -> None:
        await self.say(ten_env_tester, "warm", "Warm up.")

    async def say(self, ten_env_tester: AsyncTenEnvTester, request_id: str, text: str) -> None:
        self.pcm.clear()
        self.first_sound_s = 0.0
        self.asked_at = asyncio.get_running_loop().time()
        data = Data.create("tts_text_input")
        data.set_property_from_json(
            None, json.dumps({"request_id": request_id, "text": text, "text_input_end": True})
        )
        await ten_env_tester.send_data(data)

    async def on_audio_frame(
        self, ten_env_tester: AsyncTenEnvTester, audio_frame: AudioFrame
    ) -> None:
        if not self.pcm:
            self.first_sound_s = asyncio.get_running_loop().time() - self.asked_at
        self.pcm += audio_frame.get_buf()

    async def on_data(self, ten_env_tester: AsyncTenEnvTester, data: Data) -> None:
        if data.get_name() == "tts_audio_end":
            if data.get_property_string("request_id")[0] == "warm":
                text = "Peter packed a big box of maps for Bob. " + "Then he said a lot more. " * 20
                await self.say(ten_env_tester, "real", text)
            else:
                ten_env_tester.stop_test()


def test_the_first_sentence_is_heard_long_before_the_last_is_made() -> None:
    listener = Listener()
    listener.set_test_mode_single("hibari_tts_python")
    listener.set_timeout(60_000_000)
    assert listener.run() is None
    samples = np.frombuffer(bytes(listener.pcm), "<i2")
    assert 20 < len(samples) / SAMPLE_RATE_HZ < 80
    assert np.abs(samples).max() > 3000
    # Some 20 ms on an idle core; the limit only says that it does not wait for all sentences.
    assert listener.first_sound_s < 0.5


def test_an_unknown_voice_is_refused_by_name() -> None:
    with pytest.raises(VoiceError, match="nobody"):
        HibariVoice(VoiceConfig("nobody", Manner(), 1, 40, 60))
