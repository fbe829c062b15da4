import asyncio
import json
import traceback
from abc import ABC

from ten_runtime import AudioFrame, AudioFrameDataFmt, Cmd, CmdResult, Data, StatusCode
from ten_runtime.async_extension import AsyncExtension
from ten_runtime.async_ten_env import AsyncTenEnv


class QueuedExtension(AsyncExtension, ABC):
    def __init__(self, name: str):
        super().__init__(name)
        self.queue: asyncio.Queue = asyncio.Queue()
        self.worker = None
        self.ten_env: AsyncTenEnv = None

    async def on_init(self, ten_env: AsyncTenEnv) -> None:
        await super().on_init(ten_env)
        self.ten_env = ten_env

    async def on_start(self, ten_env: AsyncTenEnv) -> None:
        await super().on_start(ten_env)
        self.worker = asyncio.create_task(self.work())

    async def on_stop(self, ten_env: AsyncTenEnv) -> None:
        await super().on_stop(ten_env)
        if self.worker:
            self.worker.cancel()
            try:
                await self.worker
            except asyncio.CancelledError:
                ten_env.log_info("worker cancelled")

    async def work(self) -> None:
        while True:
            item = await self.queue.get()
            try:
                await self.handle(item)
            except Exception:
                self.ten_env.log_error(traceback.format_exc())


class BeepTTSExtension(QueuedExtension):
    async def on_init(self, ten_env: AsyncTenEnv) -> None:
        await super().on_init(ten_env)
        self.sample_rate, err = await ten_env.get_property_int("sample_rate")
        assert err is None
        self.volume, err = await ten_env.get_property_float("volume")
        assert err is None, err
        config, _ = await ten_env.get_property_to_json("")
        ten_env.log_info(f"KEYPOINT config: {json.loads(config)}", category="key_point")

    async def on_cmd(self, ten_env: AsyncTenEnv, cmd: Cmd) -> None:
        ten_env.log_debug(f"cmd {cmd.get_name()} from {cmd.get_source().extension_name}")
        if cmd.get_name() == "flush":
            while not self.queue.empty():
                self.queue.get_nowait()
        result = CmdResult.create(StatusCode.OK, cmd)
        result.set_property_string("detail", "success")
        await ten_env.return_result(result)

    async def on_data(self, ten_env: AsyncTenEnv, data: Data) -> None:
        text, err = data.get_property_to_json("")
        if err:
            ten_env.log_error(f"bad data: {err}")
            return
        await self.queue.put(json.loads(text))

    async def handle(self, request: dict) -> None:
        await self.say("tts_audio_start", request)
        for _ in request["text"]:
            pcm = int(1000 * self.volume).to_bytes(2, "little") * (self.sample_rate // 50)
            frame = AudioFrame.create("pcm_frame")
            frame.set_sample_rate(self.sample_rate)
            frame.set_bytes_per_sample(2)
            frame.set_number_of_channels(1)
            frame.set_data_fmt(AudioFrameDataFmt.INTERLEAVE)
            frame.set_samples_per_channel(len(pcm) // 2)
            frame.set_property_from_json("metadata", json.dumps(request.get("metadata", {})))
            frame.alloc_buf(len(pcm))
            buf = frame.lock_buf()
            buf[:] = pcm
            frame.unlock_buf(buf)
            await self.ten_env.send_audio_frame(frame)
        await self.say("tts_audio_end", {**request, "reason": 1})

    async def say(self, name: str, payload: dict) -> None:
        data = Data.create(name)
        data.set_property_from_json(None, json.dumps(payload))
        await self.ten_env.send_data(data)
