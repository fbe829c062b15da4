"""The TEN extension: reads messages and hands them on. Everything else lives in other modules.

No exception may leave a callback: the runtime would end the whole process.
"""

import asyncio
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ten_runtime import AsyncExtension, AsyncTenEnv, AudioFrame, Cmd, CmdResult, Data, StatusCode

from .config import AvatarConfig, OutputConfig
from .dump import AudioDump
from .failure import Failure
from .message import frame_data, frame_metadata, frame_shape, read_motion_style, read_signal
from .outlet import Outlet
from .publisher import Publisher
from .report import CODE_CONFIG, CODE_SERVICE, VendorInfo
from .secret import Redactor
from .speech import Speech
from .turn import EndReason, TurnKey

__all__ = ["SpatiusAvatarExtension"]

_NAME = "spatius_avatar_python"
_STOP_S = 4.0
_SETTLE_S = 0.5


class SpatiusAvatarExtension(AsyncExtension):
    """One avatar in one graph.

    Args:
        name: The node's name.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._config: AvatarConfig | None = None
        self._outlet: Outlet | None = None
        self._publisher: Publisher | None = None
        self._speech: Speech | None = None
        self._dump: AudioDump | None = None
        self._running: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    async def on_init(self, ten_env: AsyncTenEnv) -> None:
        """Read the configuration. A bad one is reported, and disables the avatar."""
        properties: Mapping[str, object] = {}
        clock = asyncio.get_running_loop().time
        try:
            text, error = await ten_env.get_property_to_json("")
            if error is not None:
                raise ValueError(f"the properties cannot be read: {error.error_message()}")
            properties = json.loads(text)
            config = AvatarConfig.from_properties(properties)
            self._config = config
            outlet = Outlet(
                ten_env,
                VendorInfo.from_config(config),
                config.output,
                _redactor(config),
                clock,
            )
            self._outlet = outlet
            if config.dump.enabled:
                self._dump = AudioDump(Path(config.dump.directory), _NAME, outlet.warn)
            publisher = Publisher(config, outlet)
            self._speech = Speech(
                config,
                publisher,
                self._dump,
                on_dropped=outlet.on_dropped,
                on_rejected=outlet.reject,
            )
            self._publisher = publisher
        except Exception as error:  # noqa: BLE001 - nothing may leave a callback
            silent = OutputConfig(playback_events=False, metrics=False, forward_flush=False)
            vendor = VendorInfo.from_properties(properties)
            self._outlet = Outlet(ten_env, vendor, silent, Redactor(), clock)
            failure = Failure(type(error).__name__, type(error).__name__, str(error), is_final=True)
            self._outlet.error(CODE_CONFIG, failure)

    async def on_start(self, ten_env: AsyncTenEnv) -> None:
        """Begin to connect, in the background."""
        if self._publisher is None or self._config is None:
            ten_env.log_warn("the avatar is disabled: its configuration is not valid")
            return
        ten_env.log_info(_summary(self._config, self._dump))
        self._running = asyncio.create_task(self._publisher.run(), name=f"avatar {self.name}")
        self._running.add_done_callback(self._report_end)

    async def on_stop(self, ten_env: AsyncTenEnv) -> None:
        """Stop, within a few seconds whatever the service does."""
        with self._contained(ten_env, "on_stop"):
            if self._timer is not None:
                self._timer.cancel()
            if self._publisher is not None and self._config is not None:
                await self._publisher.drain(self._config.limits.stop_drain_s)
            self._speech = None
            if self._running is not None:
                self._running.cancel()
                await asyncio.wait({self._running}, timeout=_STOP_S)
            if self._dump is not None:
                await asyncio.to_thread(self._dump.close, _STOP_S)
            if self._outlet is not None:
                await self._outlet.settle(_SETTLE_S)

    async def on_audio_frame(self, ten_env: AsyncTenEnv, audio_frame: AudioFrame) -> None:
        """Take speech. Nothing is awaited here, so frames stay in order."""
        with self._contained(ten_env, "on_audio_frame"):
            data = frame_data(audio_frame)
            ten_env.log_debug(f"audio frame of {len(data)} bytes")
            if self._speech is None:
                return
            self._speech.receive_frame(
                frame_shape(audio_frame),
                data,
                frame_metadata(audio_frame),
                is_last=audio_frame.is_eof(),
                now=self._now(),
            )
            self._arm_timer()

    async def on_data(self, ten_env: AsyncTenEnv, data: Data) -> None:
        """Take the TTS's signals."""
        with self._contained(ten_env, "on_data"):
            name = data.get_name()
            if name == "motion_style":
                self._change_style(ten_env, data)
                return
            if name not in ("tts_audio_start", "tts_audio_end", "finalize"):
                ten_env.log_debug(f"data {name} is not for an avatar")
                return
            if self._speech is None or self._publisher is None:
                return
            signal = read_signal(data)
            if name == "tts_audio_start":
                self._speech.receive_start(signal.key, signal.metadata, now=self._now())
                return
            cut_off = self._speech.receive_end(signal.key, signal.reason, now=self._now())
            if cut_off is not None:
                await self._publisher.interrupt(cut_off)

    async def on_cmd(self, ten_env: AsyncTenEnv, cmd: Cmd) -> None:
        """Take a command. Every command gets its result."""
        detail = ""
        with self._contained(ten_env, "on_cmd"):
            name = cmd.get_name()
            if name == "flush":
                detail = await self._flush()
            elif name == "drain":
                detail = self._drain()
            else:
                detail = f"an avatar does not know the command {name}"
                ten_env.log_debug(detail)
        with self._contained(ten_env, "on_cmd"):
            result = CmdResult.create(StatusCode.OK, cmd)
            result.set_property_string("detail", detail)
            await ten_env.return_result(result)

    def _change_style(self, ten_env: AsyncTenEnv, data: Data) -> None:
        if self._publisher is None or self._config is None or self._outlet is None:
            return
        if not self._config.service.is_self_hosted:
            ten_env.log_warn("motion_style is for a Motion Server of your own, and was ignored")
            return
        try:
            self._publisher.change_style(read_motion_style(data))
        except ValueError as error:
            ten_env.log_warn(f"a motion_style was ignored: {error}")

    async def _flush(self) -> str:
        if self._speech is None or self._publisher is None or self._outlet is None:
            return "the avatar is disabled"
        self._speech.interrupt(now=self._now())
        try:
            return await self._publisher.interrupt()
        finally:
            self._outlet.forward_flush()

    def _drain(self) -> str:
        if self._speech is None:
            return "the avatar is disabled"
        self._speech.receive_end(TurnKey(), EndReason.REQUEST_END, now=self._now())
        return "the turn ends behind its audio"

    def _arm_timer(self) -> None:
        """Have the open turn ended when no more audio comes."""
        if self._timer is not None or self._speech is None:
            return
        due = self._speech.gate.get_timer()
        if due is not None:
            self._timer = asyncio.get_running_loop().call_at(due, self._handle_timer)

    def _handle_timer(self) -> None:
        self._timer = None
        if self._speech is not None:
            self._speech.handle_timer(now=self._now())
            self._arm_timer()

    def _report_end(self, running: asyncio.Task[None]) -> None:
        if not running.cancelled() and (error := running.exception()) is not None and self._outlet:
            self._outlet.error(CODE_SERVICE, Failure.from_exception(error))

    @contextmanager
    def _contained(self, ten_env: AsyncTenEnv, where: str) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # noqa: BLE001 - nothing may leave a callback
            ten_env.log_error(f"{where} failed: {type(error).__name__}")
            if self._outlet is not None:
                self._outlet.error(CODE_SERVICE, Failure.from_exception(error))

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()


def _redactor(config: AvatarConfig) -> Redactor:
    return Redactor(config.service.api_key, config.agora.certificate, config.agora.token)


def _summary(config: AvatarConfig, dump: AudioDump | None) -> str:
    service, agora, audio = config.service, config.agora, config.audio
    where = service.ingress_endpoint_url or service.region or "a region that the SDK chooses"
    token = "as given" if agora.token else "generated"
    parts = [
        f"avatar {service.avatar_id} of app {service.app_id} at {where}",
        f"api key {service.api_key}",
        f"agora app {agora.app_id}, channel {agora.channel}, uid {agora.uid}, token {token}",
        f"{audio.audio_format.value} at {audio.sample_rate_hz} Hz",
    ]
    if dump is not None:
        parts.append(f"audio dump {dump.path}")
    return "; ".join(parts)
