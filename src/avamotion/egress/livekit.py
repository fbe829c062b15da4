"""Into a LiveKit room: sound on an audio track, motion as data, playback told to the agent."""

import asyncio
import json
import logging
import time
from collections.abc import Iterable
from types import TracebackType
from typing import Any, Final, Self

import jwt
from livekit import rtc

from avamotion.audio.pcm import encode_pcm
from avamotion.channel.message import encode_text
from avamotion.egress.base import Egress
from avamotion.egress.livekit_playback import PlaybackFinished, PlaybackLedger
from avamotion.egress.livekit_room import LiveKitRoom, RoomFactory
from avamotion.egress.registry import EgressRequest, EgressServices
from avamotion.egress.rest import ease_to_rest
from avamotion.egress.sound_tail import SoundTail
from avamotion.errors import EgressInvalid
from avamotion.media import MotionFrame
from avamotion.playout.packet import PACKET_S, PACKET_US, MediaNeed, Packet
from avamotion.protocol.message import LiveKitEgressConfig
from avamotion.protocol.payload import ChannelPacket, encode_channel_packet

__all__ = ["LiveKitEgress", "open_livekit"]

logger = logging.getLogger(__name__)

_STARTED: Final = "lk.playback_started"
_FINISHED: Final = "lk.playback_finished"
# The attribute by which a session names the agent that is told about playback.
_AGENT_IDENTITY: Final = "livekit_agent_identity"
_TOKEN_S: Final = 6 * 3600
# A stream whose end was lost must not hold up the next one for ever.
_STREAM_IDLE_S: Final = 10.0
# More than this an AudioSource would not take without making us wait.
_MAX_LEAD_S: Final = 0.15


def open_livekit(
    request: EgressRequest, services: EgressServices, *, room_factory: RoomFactory = rtc.Room
) -> Egress:
    """Return the way into the room that a session asks for.

    Raises:
        EgressInvalid: A field is missing, or a setting does not fit.
    """
    config = request.config
    assert isinstance(config, LiveKitEgressConfig)
    if not config.url or not config.room:
        raise EgressInvalid("livekit_egress needs url and room_name")
    if not config.url.startswith(("ws://", "wss://", "http://", "https://")):
        raise EgressInvalid("livekit_egress: url must begin with wss://")
    if not config.api_token and not (config.api_key and config.api_secret):
        raise EgressInvalid("livekit_egress needs api_token, or api_key and api_secret")
    if not config.api_token and not config.publisher_id:
        raise EgressInvalid("livekit_egress needs publisher_id with api_key and api_secret")
    if services.lead_s > _MAX_LEAD_S:
        raise EgressInvalid(
            f"livekit_egress: playout.lead_ms must be at most {_MAX_LEAD_S * 1000:g} with LiveKit"
        )
    return LiveKitEgress(request, config, services, room_factory)


class LiveKitEgress:
    """Publishes a session as one participant of a LiveKit room.

    Args:
        request: The session's side.
        config: Which room, as whom, with which token.
        services: Settings.
        room_factory: Makes a room that is not connected.
    """

    def __init__(
        self,
        request: EgressRequest,
        config: LiveKitEgressConfig,
        services: EgressServices,
        room_factory: RoomFactory,
    ) -> None:
        self._request = request
        self._config = config
        self._setting = services.setting.livekit
        self._room_factory = room_factory
        self._room: LiveKitRoom | None = None
        self._ledger = PlaybackLedger()
        self._tail = SoundTail(request.sample_rate_hz)
        self._last: Packet | None = None  # of a turn that has not ended, with its frames
        self._timer: asyncio.TimerHandle | None = None
        self._sequence = 0
        self._n_streams = 0
        self._streams = asyncio.Lock()

    @property
    def need(self) -> MediaNeed:
        """The package encodes."""
        return MediaNeed.SAMPLES | MediaNeed.FRAMES

    @property
    def paced(self) -> bool:
        """Participants play as packets come."""
        return True

    async def send(self, packet: Packet) -> None:
        """Publish one packet."""
        room = self._opened()
        if packet.start and packet.first_frame_s is not None:
            room.send_control(
                encode_text(
                    "turn",
                    turn=packet.turn_id,
                    epoch=packet.epoch,
                    first_frame_ms=round(packet.first_frame_s * 1000, 1),
                )
            )
        self._push_motion(room, packet, packet.block.frames if packet.block else ())
        if packet.block is not None:
            self._tail.push(packet.block.samples, now=time.monotonic())
            await room.push_audio(encode_pcm(packet.block.samples))
            if self._ledger.push(packet.turn_id, PACKET_S):
                room.call_agent(_STARTED, "")
        if packet.end:
            now = asyncio.get_running_loop().time()
            self._ledger.end(packet.turn_id, ends_at=now + room.queued_s)
            self._schedule(room)

    async def clear(self, epoch: int) -> None:
        """Drop what the room has not heard, and tell everyone to drop what they hold.

        Participants of other makes are not told: for them the sound fades and the face comes to
        rest, as the end of the turn that they know.
        """
        room = self._opened()
        queued_s = room.queued_s
        room.drop_audio()
        faded = self._tail.cut(now=time.monotonic())
        if len(faded):
            await room.push_audio(encode_pcm(faded))
        if self._last is not None:
            packet, self._last = self._last, None
            frames = ease_to_rest(packet.block.frames[-1]) if packet.block else ()
            end = packet._replace(pts_us=packet.pts_us + PACKET_US, start=False, end=True)
            self._push_motion(room, end, frames)
        room.send_control(encode_text("clear", epoch=epoch))
        self._tell(room, self._ledger.clear(queued_s=queued_s))
        self._schedule(room)

    async def __aenter__(self) -> Self:
        config = self._config
        agent_identity = config.attributes.get(_AGENT_IDENTITY, "")
        room = LiveKitRoom(
            self._room_factory(),
            sample_rate_hz=self._request.sample_rate_hz,
            agent_identity=agent_identity,
            rpc_timeout_s=self._setting.rpc_timeout_s,
        )
        try:
            await room.open(
                config.url,
                config.api_token or _make_token(config, now=time.time()),
                attributes=config.attributes,
                timeout_s=self._setting.connect_timeout_s,
            )
        except BaseException:
            await room.close()
            raise
        if agent_identity:
            room.on_clear_buffer(self._request.interrupt)
            room.on_audio_stream(self._receive_stream)
        self._tail = SoundTail(self._request.sample_rate_hz, tick_at=room.tick_at)
        self._room = room
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()
        room, self._room = self._room, None
        if room is not None:
            await room.close()

    def _push_motion(
        self, room: LiveKitRoom, packet: Packet, frames: tuple[MotionFrame, ...]
    ) -> None:
        payload = encode_channel_packet(
            ChannelPacket(
                uid=0,
                epoch=packet.epoch,
                turn=packet.turn_id,
                sequence=self._sequence,
                pts_us=packet.pts_us,
                opus=b"",
                frames=frames,
                start=packet.start,
                end=packet.end,
            )
        )
        self._sequence += 1
        room.push_motion(payload, packet.pts_us)
        if packet.end:
            self._last = None
        elif frames:
            self._last = packet

    async def _receive_stream(self, reader: rtc.ByteStreamReader) -> None:
        """Take one turn of sound that the agent sends through the room."""
        attributes = reader.info.attributes or {}
        wanted = {"sample_rate": str(self._request.input_rate_hz), "num_channels": "1"}
        found = {key: attributes.get(key, "") for key in wanted}
        if found != wanted:
            logger.warning("a stream of sound was refused: it is %s, not %s", found, wanted)
            reader.close()
            return
        self._n_streams += 1
        req_id = f"room-{self._n_streams}-{reader.info.stream_id}"
        async with self._streams:  # a turn is over before the next one begins
            await self._receive_turn(req_id, reader)
            self._request.receive_audio(req_id, b"", True)

    async def _receive_turn(self, req_id: str, reader: rtc.ByteStreamReader) -> None:
        odd = b""
        try:
            while True:
                async with asyncio.timeout(_STREAM_IDLE_S):
                    chunk = await anext(reader)
                data = odd + chunk
                odd = data[len(data) & ~1 :]
                self._request.receive_audio(req_id, data[: len(data) & ~1], False)
        except StopAsyncIteration:
            pass
        except TimeoutError:
            logger.warning("the end of a stream of sound never came")
            reader.close()
        except rtc.StreamError as exc:
            logger.warning("a stream of sound broke off: %s", exc)
            reader.close()

    def _schedule(self, room: LiveKitRoom) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due = self._ledger.get_timer()
        if due is not None:
            self._timer = asyncio.get_running_loop().call_at(due, self._on_timer, room)

    def _on_timer(self, room: LiveKitRoom) -> None:
        self._timer = None
        self._tell(room, self._ledger.handle_timer(now=asyncio.get_running_loop().time()))
        self._schedule(room)

    def _tell(self, room: LiveKitRoom, finished: Iterable[PlaybackFinished]) -> None:
        for turn in finished:
            payload = {"playback_position": turn.position_s, "interrupted": turn.interrupted}
            room.call_agent(_FINISHED, json.dumps(payload))

    def _opened(self) -> LiveKitRoom:
        if self._room is None:
            raise EgressInvalid("the LiveKit room has not been joined")
        return self._room


def _make_token(config: LiveKitEgressConfig, *, now: float) -> str:
    """Make an access token as LiveKit's own packages do."""
    claims: dict[str, Any] = {
        "iss": config.api_key,
        "sub": config.publisher_id,
        "name": config.publisher_id,
        "nbf": int(now),
        "exp": int(now) + _TOKEN_S,
        "kind": "agent",
        "attributes": dict(config.attributes),
        "video": {
            "room": config.room,
            "roomJoin": True,
            "canPublish": True,
            "canPublishData": True,
            "canSubscribe": False,
            "canUpdateOwnMetadata": True,
        },
    }
    return jwt.encode(claims, config.api_secret, algorithm="HS256")
