"""The TEN side of the voice: the messages of ten_ai_base's text-to-speech interface, version 2."""

import asyncio
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from ten_runtime import (
    AsyncExtension,
    AsyncTenEnv,
    AudioFrame,
    AudioFrameDataFmt,
    Cmd,
    CmdResult,
    Data,
    StatusCode,
)

from .config import SAMPLE_RATE_HZ, Manner, VoiceConfig
from .request import Ended, Reason, Request, RequestQueue
from .silence import trim_lead
from .timbre import TIMBRES
from .voice import HibariVoice, Voice, VoiceError

__all__ = ["HibariTtsExtension"]

_BYTES_PER_SAMPLE: Final = 2
_STOP_LIMIT_S: Final = 1.0
_CONFIG_ERROR: Final = -1012
_VOICE_ERROR: Final = -1


class HibariTtsExtension(AsyncExtension):
    """Speaks texts, sentence by sentence, faster than real time.

    All state belongs to the event loop. The model runs in one thread; what it returns after a
    flush is dropped.

    Attributes:
        load_voice: Loads the voice; called once, in the voice's thread.
    """

    load_voice: Callable[[VoiceConfig], Voice] = HibariVoice

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._voice: Voice | None = None
        self._requests = RequestQueue(self._split)
        self._arrived = asyncio.Event()
        self._worker: asyncio.Task[None] | None = None
        self._manner = Manner()
        self._chunk_bytes = 0
        self._lead_samples = 0
        # A thread of its own: another's work must not delay the first sound.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="hibari")

    async def on_init(self, ten_env: AsyncTenEnv) -> None:
        """Start to load the voice; texts that come meanwhile wait for it."""
        properties, _ = await ten_env.get_property_to_json("")
        try:
            config = VoiceConfig.from_properties(json.loads(properties or "{}"))
        except ValueError as exc:
            await _report(ten_env, _CONFIG_ERROR, str(exc), {})
            return
        self._manner = config.manner
        self._chunk_bytes = SAMPLE_RATE_HZ * config.chunk_ms // 1000 * _BYTES_PER_SAMPLE
        self._lead_samples = SAMPLE_RATE_HZ * config.lead_ms // 1000
        self._worker = asyncio.create_task(self._work(ten_env, config))
        self._worker.add_done_callback(lambda task: _report_end(ten_env, task))

    async def on_start(self, ten_env: AsyncTenEnv) -> None:
        """Tell which voices there are."""
        if self._worker is not None:
            await self._tell_voices(ten_env)

    async def on_stop(self, ten_env: AsyncTenEnv) -> None:
        """Fall silent."""
        if self._worker is not None:
            self._worker.cancel()
            await asyncio.wait([self._worker], timeout=_STOP_LIMIT_S)
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def on_cmd(self, ten_env: AsyncTenEnv, cmd: Cmd) -> None:
        """Answer: like every voice of this interface, it is flushed by data ``tts_flush``."""
        await ten_env.return_result(CmdResult.create(StatusCode.OK, cmd))

    async def on_data(self, ten_env: AsyncTenEnv, data: Data) -> None:
        """Take a text, or drop all texts."""
        match data.get_name():
            case "tts_text_input":
                self._requests.push(
                    data.get_property_string("request_id")[0],
                    data.get_property_string("text")[0],
                    end=data.get_property_bool("text_input_end")[0],
                    metadata=_metadata(data),
                    now=asyncio.get_running_loop().time(),
                )
                self._arrived.set()
            case "tts_voice":
                await self._change_voice(ten_env, data)
            case "tts_flush":
                for request in self._requests.flush():
                    await _send_end(ten_env, request, Reason.INTERRUPTED)
                flush_id = data.get_property_string("flush_id")[0]
                metadata = _metadata(data)
                await _send(ten_env, "tts_flush_end", flush_id=flush_id, metadata=metadata)

    async def _change_voice(self, ten_env: AsyncTenEnv, data: Data) -> None:
        """Speak otherwise, from the next sentence on."""
        text, error = data.get_property_to_json("")
        try:
            self._manner = self._manner.changed(json.loads(text) if error is None else {})
        except ValueError as exc:
            await _report(ten_env, _CONFIG_ERROR, str(exc), {})
        await self._tell_voices(ten_env)

    async def _tell_voices(self, ten_env: AsyncTenEnv) -> None:
        await _send(
            ten_env,
            "tts_voices",
            voices=[{"id": timbre.id, "name": timbre.name} for timbre in TIMBRES.values()],
            timbre=self._manner.timbre.id,
            speed=self._manner.speed,
        )

    async def _work(self, ten_env: AsyncTenEnv, config: VoiceConfig) -> None:
        loop = asyncio.get_running_loop()
        problem = ""
        try:
            self._voice = await loop.run_in_executor(self._thread, type(self).load_voice, config)
        except VoiceError as exc:
            problem = str(exc)
            await _report(ten_env, _VOICE_ERROR, problem, {})
        while True:
            job = self._requests.next_job()
            if job is None:
                self._arrived.clear()
                await self._arrived.wait()
            elif isinstance(job, Ended):
                reason = Reason.ERROR if job.request.failed else Reason.REQUEST_END
                await _send_end(ten_env, job.request, reason)
            elif self._voice is None:
                if not job.request.failed:
                    await _report(ten_env, _VOICE_ERROR, problem, job.request.metadata)
                job.request.failed = True
            else:
                await self._speak(ten_env, self._voice, job.request, job.text)

    async def _speak(
        self, ten_env: AsyncTenEnv, voice: Voice, request: Request, sentence: str
    ) -> None:
        loop = asyncio.get_running_loop()
        try:
            pcm = await loop.run_in_executor(self._thread, voice.speak, sentence, self._manner)
        except Exception as exc:  # noqa: BLE001 - one sentence that it chokes on must not end it
            request.failed = True
            problem = f"a sentence could not be spoken: {type(exc).__name__}"
            await _report(ten_env, _VOICE_ERROR, problem, request.metadata)
            return
        if request.n_samples == 0:
            pcm = trim_lead(pcm, keep_samples=self._lead_samples)
        for start in range(0, len(pcm), self._chunk_bytes):
            if not self._requests.is_live(request):
                return
            if request.n_samples == 0:
                delay_ms = round((loop.time() - request.received_at) * 1000)
                ten_env.log_debug(f"{request.request_id}: first sound after {delay_ms} ms")
                await _send(
                    ten_env,
                    "tts_audio_start",
                    request_id=request.request_id,
                    metadata=request.metadata,
                )
            chunk = pcm[start : start + self._chunk_bytes]
            request.n_samples += len(chunk) // _BYTES_PER_SAMPLE
            await ten_env.send_audio_frame(_frame(chunk, request.metadata))
            await asyncio.sleep(0)  # sending does not suspend, and a flush must get its turn

    def _split(self, text: str) -> list[str]:
        return [text] if self._voice is None else self._voice.split(text)


def _frame(pcm: bytes, metadata: dict[str, Any]) -> AudioFrame:
    frame = AudioFrame.create("pcm_frame")
    frame.set_sample_rate(SAMPLE_RATE_HZ)
    frame.set_bytes_per_sample(_BYTES_PER_SAMPLE)
    frame.set_number_of_channels(1)
    frame.set_data_fmt(AudioFrameDataFmt.INTERLEAVE)
    frame.set_samples_per_channel(len(pcm) // _BYTES_PER_SAMPLE)
    frame.set_property_from_json("metadata", json.dumps(metadata))
    frame.alloc_buf(len(pcm))
    buffer = frame.lock_buf()
    buffer[:] = pcm
    frame.unlock_buf(buffer)
    return frame


async def _send(ten_env: AsyncTenEnv, name: str, **properties: object) -> None:
    data = Data.create(name)
    data.set_property_from_json(None, json.dumps(properties))
    await ten_env.send_data(data)


async def _send_end(ten_env: AsyncTenEnv, request: Request, reason: int) -> None:
    interval_s = asyncio.get_running_loop().time() - request.received_at
    await _send(
        ten_env,
        "tts_audio_end",
        request_id=request.request_id,
        request_event_interval_ms=round(interval_s * 1000),
        request_total_audio_duration_ms=round(request.n_samples * 1000 / SAMPLE_RATE_HZ),
        reason=reason,
        metadata=request.metadata,
    )


async def _report(ten_env: AsyncTenEnv, code: int, message: str, metadata: dict[str, Any]) -> None:
    ten_env.log_error(message)
    await _send(
        ten_env,
        "error",
        id=str(metadata.get("turn_id", 0)),
        module="tts",
        code=code,
        message=message,
        vendor_info={"vendor": "hibari"},
        metadata=metadata,
    )


def _metadata(data: Data) -> dict[str, Any]:
    text, error = data.get_property_to_json("metadata")
    value = json.loads(text) if error is None else {}
    return value if isinstance(value, dict) else {}


def _report_end(ten_env: AsyncTenEnv, task: asyncio.Task[None]) -> None:
    """Log a failure that nobody foresaw: it must not go unseen, nor end the process."""
    if not task.cancelled() and (error := task.exception()) is not None:
        ten_env.log_error(f"the voice node has failed: {type(error).__name__}: {error}")
