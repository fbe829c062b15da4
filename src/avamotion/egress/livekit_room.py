"""One participant in a LiveKit room: sound on a track, motion as data, calls to and from the agent.

The only importer of the ``livekit`` package in the server.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final

from avamotion.errors import EgressError, EgressRejected, EgressUnavailable
from avamotion.playout.packet import PACKET_S

try:
    from livekit import rtc
    from livekit.rtc.participant import (
        PublishDataError,
        PublishDataTrackError,
        PublishTrackError,
    )
except ImportError as exc:
    raise EgressUnavailable(
        "egress client is not configured on server: LiveKit's package is not installed: "
        "pip install 'avamotion[livekit]'"
    ) from exc

__all__ = ["CLEAR_BUFFER", "LiveKitRoom", "RoomFactory"]

logger = logging.getLogger(__name__)

CLEAR_BUFFER: Final = "lk.clear_buffer"
AUDIO_STREAM_TOPIC: Final = "lk.audio_stream"
CONTROL_TOPIC: Final = "control"
MOTION_NAME: Final = "motion"
TRACK_NAME: Final = "avatar_audio"

_QUEUE_MS: Final = 200
# A sound track takes its sound in pieces; when, is told so late at least.
_TICK_MS: Final = 10
_TICK_PROBES: Final = 3
_NEWS_S: Final = 0.0003
# Data that the room is too slow for is dropped, not queued: half a second of motion.
_MAX_SENDING: Final = 25
_MAX_CALLS: Final = 64
# Words by which LiveKit's servers refuse a token.
_REFUSALS: Final = ("401", "403", "unauthorized", "not authorized", "permission", "token")

RoomFactory = Callable[[], rtc.Room]


class LiveKitRoom:
    """Joins a room and publishes into it.

    Args:
        room: A room that is not connected.
        sample_rate_hz: Of the sound that will come.
        agent_identity: Who is told about playback; empty for nobody.
        rpc_timeout_s: Within which the agent must answer.
    """

    def __init__(
        self, room: rtc.Room, *, sample_rate_hz: int, agent_identity: str, rpc_timeout_s: float
    ) -> None:
        self.failure: EgressError | None = None
        """Why the room is lost, once it is."""
        self.dropped = 0
        """Data packets that the room was too slow for, or not there for."""
        self.tick_at = 0.0
        """When the sound track has taken 10 ms of sound, as it does every 10 ms; monotonic time."""
        self._room = room
        self._sample_rate_hz = sample_rate_hz
        self._agent_identity = agent_identity
        self._rpc_timeout_s = rpc_timeout_s
        self._source = rtc.AudioSource(sample_rate_hz, 1, queue_size_ms=_QUEUE_MS)
        self._data_track: rtc.LocalDataTrack | None = None
        self._reachable = False
        self._calls: asyncio.Queue[tuple[str, str]] = asyncio.Queue(_MAX_CALLS)
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def queued_s(self) -> float:
        """Seconds of sound that have been pushed and not been heard."""
        return self._source.queued_duration

    async def open(
        self, url: str, token: str, *, attributes: Mapping[str, str], timeout_s: float
    ) -> None:
        """Join the room and publish.

        Raises:
            EgressUnavailable: The server cannot be reached.
            EgressRejected: The server refuses the token, or the token may not publish.
        """
        try:
            async with asyncio.timeout(timeout_s):
                await self._room.connect(url, token, rtc.RoomOptions(auto_subscribe=False))
                self._room.on("disconnected", self._on_disconnected)
                self._room.on("reconnecting", self._on_reconnecting)
                self._room.on("reconnected", self._on_reconnected)
                track = rtc.LocalAudioTrack.create_audio_track(TRACK_NAME, self._source)
                options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
                await self._room.local_participant.publish_track(track, options)
                await self._publish_data_track()
                self.tick_at = await self._find_tick()
                if attributes:
                    await self._set_attributes(dict(attributes))
        except TimeoutError as exc:
            raise EgressUnavailable(
                f"the LiveKit server did not answer within {timeout_s:g} s: check its url"
            ) from exc
        except rtc.ConnectError as exc:
            raise _refusal(exc.message) from exc
        except PublishTrackError as exc:
            raise EgressRejected(
                f"LiveKit: the token may not publish sound: {exc.message}"
            ) from exc
        self._reachable = True
        if self._agent_identity:
            self._spawn(self._run_calls())

    async def close(self) -> None:
        """Leave the room."""
        self._reachable = False
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._room.disconnect()
        await self._source.aclose()

    async def push_audio(self, pcm: bytes) -> None:
        """Publish 20 ms of mono PCM."""
        self._check()
        n_samples = round(self._sample_rate_hz * PACKET_S)
        await self._source.capture_frame(rtc.AudioFrame(pcm, self._sample_rate_hz, 1, n_samples))

    def drop_audio(self) -> None:
        """Drop the sound that has not been heard yet."""
        self._source.clear_queue()

    def push_motion(self, payload: bytes, timestamp_us: int) -> None:
        """Publish the motion of 20 ms; lost if the room is too slow."""
        self._check()
        if not self._reachable:
            self.dropped += 1
        elif self._data_track is not None:
            try:
                self._data_track.try_push(rtc.DataTrackFrame(payload, timestamp_us))
            except rtc.PushFrameError:
                self.dropped += 1
        else:
            self._send(
                lambda: self._room.local_participant.publish_data(
                    payload, reliable=False, topic=MOTION_NAME
                )
            )

    def send_control(self, text: str) -> None:
        """Tell every participant, reliably."""
        self._check()
        self._send(
            lambda: self._room.local_participant.publish_data(
                text.encode(), reliable=True, topic=CONTROL_TOPIC
            )
        )

    def call_agent(self, method: str, payload: str) -> None:
        """Call a method of the agent; calls leave one after the other."""
        if not self._agent_identity:
            return
        try:
            self._calls.put_nowait((method, payload))
        except asyncio.QueueFull:
            logger.warning("an agent does not answer: %s was dropped", method)

    def on_clear_buffer(self, interrupt: Callable[[], None]) -> None:
        """Let the agent, and nobody else, interrupt."""

        def handle(data: rtc.RpcInvocationData) -> str:
            if data.caller_identity != self._agent_identity:
                return "reject"
            interrupt()
            return "ok"

        self._room.local_participant.register_rpc_method(CLEAR_BUFFER, handle)

    def on_audio_stream(
        self, receive: Callable[[rtc.ByteStreamReader], Coroutine[Any, Any, None]]
    ) -> None:
        """Take the byte streams of sound that the agent sends through the room."""

        def handle(reader: rtc.ByteStreamReader, identity: str) -> None:
            if identity == self._agent_identity:
                self._spawn(receive(reader))

        self._room.register_byte_stream_handler(AUDIO_STREAM_TOPIC, handle)

    def _check(self) -> None:
        if self.failure is not None:
            raise self.failure

    def _send(self, send: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Send without waiting. The package sends in the order in which the calls begin."""
        if not self._reachable or len(self._tasks) >= _MAX_SENDING:
            self.dropped += 1
        else:
            self._spawn(self._quietly(send()))

    async def _quietly(self, sending: Coroutine[Any, Any, None]) -> None:
        try:
            await sending
        except PublishDataError:
            self.dropped += 1

    async def _find_tick(self) -> float:
        """Fill the queue with silence: what is more than it holds is taken at the next tick.

        Returns:
            The time of a tick, on the monotonic clock: that of the loop counts milliseconds.
        """
        n_samples = self._sample_rate_hz * (_QUEUE_MS + 2 * _TICK_MS) // 1000
        silence = rtc.AudioFrame(bytes(2 * n_samples), self._sample_rate_hz, 1, n_samples)
        times = []
        for _ in range(_TICK_PROBES):
            await self._source.capture_frame(silence)
            times.append(time.monotonic())
            self._source.clear_queue()
        # The news of a tick comes late, now more, now less.
        tick_s = _TICK_MS / 1000
        lags = [(at - times[0] + tick_s / 2) % tick_s for at in times]
        return times[0] + min(lags) - tick_s / 2 - _NEWS_S

    async def _publish_data_track(self) -> None:
        """Prefer a data track; older servers and narrow tokens have data packets only."""
        try:
            self._data_track = await self._room.local_participant.publish_data_track(
                name=MOTION_NAME
            )
        except PublishDataTrackError as exc:
            logger.info("no data track (%s): motion goes out as data packets", exc.message)

    async def _set_attributes(self, attributes: dict[str, str]) -> None:
        try:
            await self._room.local_participant.set_attributes(attributes)
        except Exception as exc:  # noqa: BLE001 - the package raises bare exceptions here
            # A token may carry them itself, and forbid to change them.
            logger.info("the room lets us set no attributes: %s", exc)

    async def _run_calls(self) -> None:
        while True:
            method, payload = await self._calls.get()
            try:
                await self._room.local_participant.perform_rpc(
                    destination_identity=self._agent_identity,
                    method=method,
                    payload=payload,
                    response_timeout=self._rpc_timeout_s,
                )
            except rtc.RpcError as exc:
                logger.warning("the agent did not take %s: %s", method, exc.message)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _on_reconnecting(self) -> None:
        self._reachable = False

    def _on_reconnected(self) -> None:
        self._reachable = True

    def _on_disconnected(self, reason: int) -> None:
        self._reachable = False
        name = rtc.DisconnectReason.Name(reason).lower()  # type: ignore[arg-type]
        self.failure = EgressUnavailable(f"LiveKit: the room is lost: {name}")
        if reason in (
            rtc.DisconnectReason.DUPLICATE_IDENTITY,
            rtc.DisconnectReason.PARTICIPANT_REMOVED,
            rtc.DisconnectReason.ROOM_DELETED,
        ):
            self.failure = EgressRejected(f"LiveKit: the room let us go: {name}")


def _refusal(message: str) -> EgressError:
    if any(word in message.lower() for word in _REFUSALS):
        return EgressRejected(f"LiveKit refused: {message}")
    return EgressUnavailable(f"LiveKit cannot be reached: {message}")
