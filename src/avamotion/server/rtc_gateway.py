"""Viewers over WebRTC: one clock for all of them, sound encoded once, motion on a data channel.

The only importer of aiortc.
"""

import asyncio
import json
import logging
import secrets
import time
from collections.abc import Callable
from fractions import Fraction
from typing import Any, Final, TypeAlias

import av
from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCDataChannel,
    RTCIceServer,
    RTCPeerConnection,
    RTCRtpSender,
    RTCSessionDescription,
)
from aiortc.exceptions import InvalidStateError
from aiortc.mediastreams import MediaStreamError

from avamotion.channel.hub import Hub
from avamotion.channel.member import Member
from avamotion.channel.message import (
    ChannelError,
    Join,
    Leave,
    MemberMessage,
    Ping,
    decode_member_text,
    encode_text,
)
from avamotion.channel.rtc_feed import RtcFeed, RtcUnit
from avamotion.playout.packet import PACKET_S
from avamotion.protocol.payload import encode_voice
from avamotion.server.config import WebRtcConfig

__all__ = ["RTP_TIMESTAMP", "RtcGateway"]

logger = logging.getLogger(__name__)

_RTP_HZ: Final = 48_000
_VOICE_HZ: Final = 16_000
_TICK_TICKS: Final = round(PACKET_S * _RTP_HZ)
_TIME_BASE: Final = Fraction(1, _RTP_HZ)
_RTP_WRAP: Final = 1 << 32
# A session's lead is 60 ms; more than half a second in a feed is a clock that stood still.
_MAX_UNITS: Final = 25
# A track whose connection stands still forgets the oldest.
_MAX_TRACK_PACKETS: Final = 25
# Motion that the network is too slow for is dropped, not queued.
_MAX_BUFFERED_BYTES: Final = 16 * 1024
# Texts that come before the viewer's control channel is open.
_MAX_WAITING_TEXTS: Final = 256
CONTROL: Final = "control"
MOTION: Final = "motion"
RTP_TIMESTAMP: Final = "_RTCRtpSender__rtp_timestamp"

OpusPacket: TypeAlias = "av.Packet[Any]"
Home = tuple[str, str]
"""App ID and channel."""


class RtcGateway:
    """All viewers over WebRTC of one server.

    Args:
        hub: The server's channels.
        config: ICE servers and limits.
    """

    def __init__(self, hub: Hub, config: WebRtcConfig) -> None:
        self._hub = hub
        self._config = config
        self._viewers: dict[str, RtcViewer] = {}
        self._feeds: dict[Home, RtcFeed] = {}
        self._pts = 0
        self._ticker: asyncio.Task[None] | None = None

    @property
    def full(self) -> bool:
        """Whether no more viewers are taken."""
        return len(self._viewers) >= self._config.max_viewers

    async def open(self, join: Join, offer: str) -> tuple[str, str]:
        """Let a viewer in.

        Args:
            join: Which channel, as whom, with which token.
            offer: Its SDP.

        Returns:
            The viewer's name, for :meth:`close`, and the answer's SDP.

        Raises:
            ChannelError: It may not come in, or its offer cannot be answered.
        """
        home = (join.app_id, join.channel)
        feed = self._feeds.setdefault(home, RtcFeed(max_units=_MAX_UNITS))
        viewer_id = secrets.token_urlsafe(16)
        viewer = RtcViewer(self._hub, feed, lambda: self._pts, self._ice_servers())
        try:
            viewer.join(join)
            self._viewers[viewer_id] = viewer
            answer = await viewer.answer(offer)
        except BaseException:
            await self.close(viewer_id)
            self._forget_feeds()
            raise
        viewer.watch(self._config.connect_timeout_s, lambda: self._schedule_close(viewer_id))
        if self._ticker is None:
            self._ticker = asyncio.create_task(self._tick())
        return viewer_id, answer

    async def close(self, viewer_id: str) -> bool:
        """Let a viewer go. Returns whether there was one of this name."""
        viewer = self._viewers.pop(viewer_id, None)
        if viewer is None:
            return False
        await viewer.close()
        self._forget_feeds()
        return True

    async def aclose(self) -> None:
        """Let everyone go."""
        for viewer_id in list(self._viewers):
            await self.close(viewer_id)
        if self._ticker is not None:
            self._ticker.cancel()
            await asyncio.gather(self._ticker, return_exceptions=True)

    def _ice_servers(self) -> list[RTCIceServer]:
        return [
            RTCIceServer(
                urls=url,
                username=self._config.ice_username or None,
                credential=self._config.ice_credential.reveal() or None,
            )
            for url in self._config.ice_servers.split()
        ]

    def _schedule_close(self, viewer_id: str) -> None:
        task = asyncio.get_running_loop().create_task(self.close(viewer_id))
        # The viewer's own tasks are its to end; this one ends it.
        task.add_done_callback(lambda done: done.cancelled() or done.exception())

    def _forget_feeds(self) -> None:
        used = {id(viewer.feed) for viewer in self._viewers.values()}
        self._feeds = {home: feed for home, feed in self._feeds.items() if id(feed) in used}

    async def _tick(self) -> None:
        clock = asyncio.get_running_loop().time
        due = clock()
        while self._viewers:
            units = {id(feed): self._unit(feed) for feed in self._feeds.values()}
            for viewer in list(self._viewers.values()):
                viewer.push(*units[id(viewer.feed)], self._pts)
            self._pts += _TICK_TICKS
            due += PACKET_S
            await asyncio.sleep(max(0.0, due - clock()))
        self._ticker = None

    def _unit(self, feed: RtcFeed) -> tuple[OpusPacket, RtcUnit]:
        unit = feed.next_unit()
        packet = av.Packet(unit.opus)
        packet.pts = self._pts
        packet.time_base = _TIME_BASE
        return packet, unit


class RtcViewer:
    """One viewer: a peer connection, and a member of its channel.

    Args:
        hub: The server's channels.
        feed: The packets of its channel.
        pts: Returns the time of the next tick, in RTP ticks.
        ice_servers: For our side of the connection.
    """

    def __init__(
        self,
        hub: Hub,
        feed: RtcFeed,
        pts: Callable[[], int],
        ice_servers: list[RTCIceServer],
    ) -> None:
        self.feed = feed
        self.dropped = 0
        """Motion that the network was too slow for."""
        self._hub = hub
        self._pts = pts
        self._member: Member | None = None
        # Without a configuration aiortc would ask a public STUN server.
        self._peer = RTCPeerConnection(RTCConfiguration(iceServers=ice_servers))
        self._track = _OpusTrack()
        self._channels: dict[str, RTCDataChannel] = {}
        self._texts: list[str] = []
        self._timeout: asyncio.TimerHandle | None = None
        self._on_lost: Callable[[], None] = lambda: None
        self._voice: asyncio.Task[None] | None = None
        self._peer.on("track", self._receive_track)
        self._peer.on("datachannel", self._receive_channel)
        self._peer.on("connectionstatechange", self._check_state)

    def join(self, join: Join) -> None:
        """Become a member of the channel.

        Raises:
            ChannelError: It may not come in.
        """
        self._member = self._hub.join(join, publisher=False, now=time.time(), wake=self._drain)
        self._drain()

    async def answer(self, offer: str) -> str:
        """Answer an offer.

        Raises:
            ChannelError: The offer cannot be answered.
        """
        try:
            await self._peer.setRemoteDescription(RTCSessionDescription(offer, "offer"))
        except Exception as exc:  # on nonsense of a peer aiortc fails just anyhow
            raise ChannelError("bad_request", "the offer cannot be answered", 4000) from exc
        if not any(t.kind == "audio" for t in self._peer.getTransceivers()):
            raise ChannelError("bad_request", "the offer asks for no audio", 4000)
        self._track.sender = self._peer.addTrack(self._track)
        try:
            await self._peer.setLocalDescription(await self._peer.createAnswer())
        except (ValueError, InvalidStateError) as exc:
            raise ChannelError("bad_request", f"the offer cannot be answered: {exc}", 4000) from exc
        return str(self._peer.localDescription.sdp)

    def watch(self, connect_timeout_s: float, on_lost: Callable[[], None]) -> None:
        """Call ``on_lost`` when the connection does not come about, or ends."""
        self._on_lost = on_lost
        self._timeout = asyncio.get_running_loop().call_later(connect_timeout_s, self._give_up)

    def push(self, packet: OpusPacket, unit: RtcUnit, pts: int) -> None:
        """Send what one tick holds."""
        self._track.push(packet)
        channel = self._channels.get(MOTION)
        if not unit.motion or channel is None:
            return
        rtp = self._rtp(pts)
        if rtp is None or channel.bufferedAmount > _MAX_BUFFERED_BYTES:
            self.dropped += 1
        elif channel.readyState == "open":
            channel.send(rtp.to_bytes(4, "little") + unit.motion)

    async def close(self) -> None:
        """Leave the channel and end the connection."""
        self._on_lost = lambda: None
        if self._timeout is not None:
            self._timeout.cancel()
        if self._voice is not None:
            self._voice.cancel()
            await asyncio.gather(self._voice, return_exceptions=True)
        if self._member is not None:
            self._hub.leave(self._member)
            self._member = None
        self._track.stop()
        await self._peer.close()

    def _rtp(self, pts: int) -> int | None:
        """Return the RTP timestamp under which a tick reaches this viewer."""
        origin = self._track.origin
        return None if origin is None else (origin + pts) % _RTP_WRAP

    def _drain(self) -> None:
        """Take what the hub has for this member. Called by the hub; returns at once."""
        if self._member is None:
            return
        for data in self._member.data_to_send():
            if isinstance(data, str):
                self._send_text(data)
            else:
                self.feed.receive_packet(data)

    def _send_text(self, text: str) -> None:
        message = json.loads(text)
        if message["type"] == "clear":
            self.feed.clear(message["uid"])
            # From this time on nothing of the old epoch is in the sound.
            text = encode_text(
                "clear", uid=message["uid"], epoch=message["epoch"], rtp=self._rtp(self._pts())
            )
        channel = self._channels.get(CONTROL)
        if channel is not None and channel.readyState == "open":
            channel.send(text)
        elif len(self._texts) < _MAX_WAITING_TEXTS:
            self._texts.append(text)

    def _receive_channel(self, channel: RTCDataChannel) -> None:
        self._channels[channel.label] = channel
        if channel.label == CONTROL:
            channel.on("message", self._receive_text)
            texts, self._texts = self._texts, []
            for text in texts:
                channel.send(text)

    def _receive_track(self, track: MediaStreamTrack) -> None:
        if track.kind == "audio" and self._voice is None:
            self._voice = asyncio.get_running_loop().create_task(self._listen(track))

    async def _listen(self, track: MediaStreamTrack) -> None:
        """Hand on what the viewer says into its microphone."""
        resampler = av.AudioResampler("s16", "mono", _VOICE_HZ)
        sequence = 0
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            assert isinstance(frame, av.AudioFrame)
            for piece in resampler.resample(frame):
                if self._member is not None and piece.samples:
                    voice = piece.to_ndarray().tobytes()
                    self._hub.speak(
                        self._member,
                        encode_voice(uid=self._member.uid, sequence=sequence, voice=voice),
                    )
                    sequence += 1

    def _receive_text(self, data: str | bytes) -> None:
        member = self._member
        if member is None:
            return
        try:
            if not isinstance(data, str):
                raise ChannelError("bad_request", "members send text messages only", 4000)
            match decode_member_text(data):
                case Leave():
                    self._on_lost()
                case Ping(ping_id):
                    member.enqueue_text(encode_text("pong", id=ping_id))
                case MemberMessage() as message:
                    self._hub.deliver(member, message)
                case Join():
                    raise ChannelError("bad_request", "already in a channel", 4000)
        except ChannelError as exc:
            member.enqueue_text(encode_text("error", code=exc.code, message=exc.problem))

    def _check_state(self) -> None:
        state = self._peer.connectionState
        if state == "connected" and self._timeout is not None:
            self._timeout.cancel()
        elif state in ("failed", "closed"):
            self._on_lost()

    def _give_up(self) -> None:
        logger.info("a WebRTC viewer never connected")
        self._on_lost()


class _OpusTrack(MediaStreamTrack):
    """Hands encoded packets on as they are."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self.sender: RTCRtpSender | None = None
        self.origin: int | None = None
        """The RTP timestamp of time 0, known once the first packet has left."""
        self._packets: asyncio.Queue[OpusPacket] = asyncio.Queue(_MAX_TRACK_PACKETS)
        self._sent_pts: int | None = None
        self._asked = False

    def push(self, packet: OpusPacket) -> None:
        """Send a packet; before the connection stands, forget it."""
        if not self._asked:
            return
        if self._packets.full():
            self._packets.get_nowait()
        self._packets.put_nowait(packet)

    async def recv(self) -> OpusPacket:
        """Return the next packet; called by aiortc's sender."""
        if self.readyState != "live":
            raise MediaStreamError
        self._asked = True
        if self.origin is None and self._sent_pts is not None:
            # aiortc draws the origin at random and keeps it to itself. The timestamp that it sent
            # last is private too: the minor version is pinned, and a test asserts the name.
            sent: int = getattr(self.sender, RTP_TIMESTAMP)
            self.origin = (sent - self._sent_pts) % _RTP_WRAP
        packet = await self._packets.get()
        self._sent_pts = packet.pts
        return packet
