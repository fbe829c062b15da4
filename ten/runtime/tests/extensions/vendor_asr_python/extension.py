import asyncio
import json

from ten_runtime import (
    AsyncExtension,
    AsyncTenEnv,
    AudioFrame,
    Data,
)

from . import client


class VendorASRExtension(AsyncExtension):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.client = None
        self.early: list[bytes] = []

    async def on_init(self, ten_env: AsyncTenEnv) -> None:
        self.loop = asyncio.get_running_loop()
        self.ten_env = ten_env
        params, _ = await ten_env.get_property_to_json("params")
        self.params = json.loads(params)
        if not self.params["api_key"]:
            await self.send_error("api_key is missing")

    async def on_start(self, ten_env: AsyncTenEnv) -> None:
        try:
            self.client = client.Client(self.params["url"], self.on_text)
            for chunk in self.early:
                self.client.send(chunk)
        except Exception as exc:
            self.client = None
            ten_env.log_error(f"connect failed: {exc}")
            await self.send_error(str(exc))

    async def on_audio_frame(self, ten_env: AsyncTenEnv, audio_frame: AudioFrame) -> None:
        buf = audio_frame.lock_buf()
        chunk = bytes(buf)
        audio_frame.unlock_buf(buf)
        if self.client is None:  # frames may come before on_start
            self.early.append(chunk)
        else:
            await asyncio.to_thread(self.client.send, chunk)

    def on_text(self, text: str) -> None:
        self.ten_env.log_info(f"vendor thread: {text}")
        self.loop.call_soon_threadsafe(lambda: asyncio.create_task(self.send_text(text)))

    async def send_text(self, text: str) -> None:
        data = Data.create("asr_result")
        data.set_property_string("text", text)
        await self.ten_env.send_data(data)

    async def send_error(self, message: str) -> None:
        data = Data.create("error")
        data.set_property_from_json(None, json.dumps({"code": -1, "message": message}))
        await self.ten_env.send_data(data)
