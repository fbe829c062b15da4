"""One connection to an Agora channel: joins, stays, comes back, renews its token.

The SDK calls back from threads of its own, inside which none of its functions may be called: a
callback only posts what happened to the loop, and all decisions are made there.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Final

from avamotion.egress.agora_sdk import REFUSALS, AgoraSdk
from avamotion.errors import EgressError, EgressRejected, EgressUnavailable
from avamotion.protocol.sei import FRAME_HEIGHT, FRAME_WIDTH, SEI_FPS

__all__ = ["AgoraLink", "LinkTimeouts"]

logger = logging.getLogger(__name__)

_KEY_FRAME: Final = 3
_BITRATE_KBPS: Final = 500
_RETRY_S: Final = (0.5, 1.0, 2.0, 4.0)
_LEFT: Final = 5  # we left on purpose

Event = tuple[str, int]
"""What the SDK told: a word, and its reason code or 0."""


class LinkTimeouts:
    """How long things may take, in seconds."""

    __slots__ = ("connect_s", "rejoin_s")

    def __init__(self, *, connect_s: float, rejoin_s: float) -> None:
        self.connect_s = connect_s
        self.rejoin_s = rejoin_s


class AgoraLink:
    """Publishes one PCM track and one H.264 track into one channel.

    Args:
        sdk: Agora's SDK.
        service: Its one service.
        channel: Name of the channel.
        uid: As whom to join.
        token: The token to join with.
        renew_token: Makes a new token, or None if we cannot.
        timeouts: How long things may take.
    """

    def __init__(
        self,
        sdk: AgoraSdk,
        service: Any,
        *,
        channel: str,
        uid: int,
        token: str,
        renew_token: Callable[[str, int], str] | None,
        timeouts: LinkTimeouts,
    ) -> None:
        self.failure: EgressError | None = None
        """Why the link is over, once it is."""
        self.dropped = 0
        """Calls that were dropped because the channel was out of reach."""
        self._sdk = sdk
        self._service = service
        self._channel = channel
        self._uid = uid
        self._token = token
        self._renew_token = renew_token
        self._timeouts = timeouts
        self._loop = asyncio.get_running_loop()
        self._connection: Any = None
        self._observer: Any = None
        self._joined = asyncio.Event()
        self._published = False
        self._ended: asyncio.Future[Event] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        base = sdk.base
        self._video_info = base.EncodedVideoFrameInfo(
            codec_type=base.VideoCodecType.VIDEO_CODEC_H264,
            width=FRAME_WIDTH,
            height=FRAME_HEIGHT,
            frames_per_second=SEI_FPS,
            frame_type=_KEY_FRAME,
        )

    async def open(self) -> None:
        """Join the channel and publish both tracks.

        Raises:
            EgressUnavailable: Agora cannot be reached.
            EgressRejected: Agora refuses the channel, the uid or the token.
        """
        await asyncio.to_thread(self._create)
        try:
            await self._join()
        except EgressError:
            await self.close()
            raise

    async def close(self) -> None:
        """Leave the channel."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        connection, self._connection = self._connection, None
        self._joined.clear()
        if connection is not None:
            await asyncio.to_thread(_release, connection)

    def push_audio(self, pcm: bytes, sample_rate_hz: int) -> None:
        """Publish mono PCM of whole milliseconds."""
        self._push(lambda: self._connection.push_audio_pcm_data(bytearray(pcm), sample_rate_hz, 1))

    def push_video(self, access_unit: bytes) -> None:
        """Publish one H.264 access unit."""
        self._push(lambda: self._connection.push_video_encoded_data(access_unit, self._video_info))

    def send_message(self, data: bytes) -> None:
        """Send a message to every member. Agora may lose it: say important things again."""
        self._push(lambda: self._connection.send_stream_message(data))

    def drop_audio(self) -> None:
        """Drop the sound that the SDK still holds."""
        if self._joined.is_set():
            self._connection.interrupt_audio()  # its result never says success

    def _push(self, call: Callable[[], int]) -> None:
        if self.failure is not None:
            raise self.failure
        # Out of reach for now: what would be sent is too old by the time it could be.
        if not self._joined.is_set() or call() < 0:
            self.dropped += 1

    def _create(self) -> None:
        base = self._sdk.base
        connection = self._service.create_rtc_connection(
            base.RTCConnConfig(
                auto_subscribe_audio=0,
                auto_subscribe_video=0,
                client_role_type=base.ClientRoleType.CLIENT_ROLE_BROADCASTER,
                channel_profile=base.ChannelProfileType.CHANNEL_PROFILE_LIVE_BROADCASTING,
            ),
            base.RtcConnectionPublishConfig(
                # The scenario for AI servers wants viewers of a special kind, and drops sound by
                # publishing anew; this one has a buffer that can be cleared.
                audio_scenario=base.AudioScenarioType.AUDIO_SCENARIO_CHORUS,
                is_publish_audio=True,
                is_publish_video=True,
                audio_publish_type=base.AudioPublishType.AUDIO_PUBLISH_TYPE_PCM,
                video_publish_type=base.VideoPublishType.VIDEO_PUBLISH_TYPE_ENCODED_IMAGE,
                video_encoded_image_sender_options=base.SenderOptions(
                    target_bitrate=_BITRATE_KBPS,
                    cc_mode=base.TCcMode.CC_ENABLED,
                    codec_type=base.VideoCodecType.VIDEO_CODEC_H264,
                ),
            ),
        )
        if connection is None or connection.conn_handle is None:
            raise EgressUnavailable("Agora's SDK makes no connection")
        self._connection = connection
        self._observer = _observer(self._sdk.observer, self._post)
        connection.register_observer(self._observer)

    async def _join(self) -> None:
        self._joined.clear()
        self._ended = self._loop.create_future()
        result = await asyncio.to_thread(
            self._connection.connect, self._token, self._channel, str(self._uid)
        )
        if result != 0:
            raise EgressUnavailable(f"Agora's SDK does not connect: error {result}")
        joined = asyncio.ensure_future(self._joined.wait())
        try:
            await asyncio.wait(
                (joined, self._ended),
                timeout=self._timeouts.connect_s,
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            joined.cancel()
        if not self._joined.is_set():
            if self._ended.done():
                raise _end(self._ended.result())
            raise EgressUnavailable(
                f"Agora did not answer within {self._timeouts.connect_s:g} s: check the network"
            )
        for publish in (self._connection.publish_audio, self._connection.publish_video):
            result = await asyncio.to_thread(publish)
            if result != 0:
                raise EgressUnavailable(f"Agora's SDK does not publish: error {result}")
        if self._ended.done():
            raise _end(self._ended.result())
        self._published = True

    def _post(self, event: Event) -> None:
        """Take an event from a thread of the SDK."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._receive, event)

    def _receive(self, event: Event) -> None:
        """Act on an event, in the loop."""
        kind, reason = event
        if self._connection is None:
            return  # it crossed the end
        match kind:
            case "joined":
                self._joined.set()
            case "away":
                if self._joined.is_set():
                    self._joined.clear()
                    self._spawn(self._wait_for_return())
            case "ended" if reason != _LEFT and self._ended and not self._ended.done():
                self._joined.clear()
                self._ended.set_result(event)
                if self._published:
                    self._published = False
                    self._spawn(self._rejoin(event))
            case "token_expires":
                self._spawn(self._renew())
            case "token_expired" if self._renew_token is None:
                self.failure = EgressRejected("the Agora token has expired: start a new session")
            case _:
                pass

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task: asyncio.Task[None] = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _renew(self) -> None:
        if self._renew_token is None:
            logger.warning("an Agora token expires soon; without App Certificate none is made")
            return
        self._token = self._renew_token(self._channel, self._uid)
        await asyncio.to_thread(self._connection.renew_token, self._token)

    async def _wait_for_return(self) -> None:
        """The SDK tries by itself; note when that has taken too long."""
        try:
            async with asyncio.timeout(self._timeouts.rejoin_s):
                await self._joined.wait()
        except TimeoutError:
            if self._published:
                self.failure = EgressUnavailable(
                    f"Agora was out of reach for {self._timeouts.rejoin_s:g} s"
                )

    async def _rejoin(self, event: Event) -> None:
        """Come back after the SDK gave up, or note that we cannot."""
        failure = _end(event)
        try:
            async with asyncio.timeout(self._timeouts.rejoin_s):
                attempt = 0
                while not isinstance(failure, EgressRejected):
                    await asyncio.sleep(_RETRY_S[min(attempt, len(_RETRY_S) - 1)])
                    attempt += 1
                    await asyncio.to_thread(self._connection.disconnect)
                    try:
                        await self._join()
                    except EgressError as exc:
                        failure = exc
                    else:
                        logger.info("back in an Agora channel after %d attempts", attempt)
                        return
        except TimeoutError:
            pass
        self.failure = failure


def _end(event: Event) -> EgressError:
    _, reason = event
    if reason in REFUSALS:
        return EgressRejected(f"Agora refused: {REFUSALS[reason]}")
    return EgressUnavailable(f"Agora's connection ended: reason {reason}")


def _release(connection: Any) -> None:
    connection.disconnect()
    connection.release()


def _observer(base: Any, post: Callable[[Event], None]) -> Any:
    """Return an observer that tells what happened and does nothing else."""

    class Observer(base):  # type: ignore[misc]
        def on_connected(self, agora_rtc_conn: Any, conn_info: Any, reason: int) -> None:
            post(("joined", reason))

        def on_reconnected(self, agora_rtc_conn: Any, conn_info: Any, reason: int) -> None:
            post(("joined", reason))

        def on_reconnecting(self, agora_rtc_conn: Any, conn_info: Any, reason: int) -> None:
            post(("away", reason))

        def on_disconnected(self, agora_rtc_conn: Any, conn_info: Any, reason: int) -> None:
            post(("ended", reason))

        def on_connection_failure(self, agora_rtc_conn: Any, info: Any, reason: int) -> None:
            post(("ended", reason))

        def on_connection_lost(self, agora_rtc_conn: Any, conn_info: Any) -> None:
            post(("away", 0))  # the SDK goes on trying

        def on_token_privilege_will_expire(self, agora_rtc_conn: Any, token: str) -> None:
            post(("token_expires", 0))

        def on_token_privilege_did_expire(self, agora_rtc_conn: Any) -> None:
            post(("token_expired", 0))

    return Observer()
