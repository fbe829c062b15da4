"""A LiveKit server in memory: rooms with the real package's API, and no network.

Sound goes through the real ``AudioSource`` and ``LocalAudioTrack``; each participant may live in an
event loop and thread of its own, as agent and Motion Server do.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import jwt
from livekit import rtc
from livekit.rtc.participant import PublishDataTrackError

__all__ = ["DataMessage", "MemoryLiveKit", "MemoryParticipant", "MemoryRoom"]


@dataclass
class DataMessage:
    """What one participant sent to all."""

    sender: str
    topic: str
    payload: bytes
    reliable: bool


@dataclass
class MemoryLiveKit:
    """One server.

    Attributes:
        data_tracks: Whether tokens may publish data tracks.
        refuse: What a connect fails with, or "".
        rooms: Everyone who is connected, by identity.
        data: Data packets, oldest first.
        pushed: Frames of data tracks, oldest first.
    """

    data_tracks: bool = True
    refuse: str = ""
    rooms: dict[str, "MemoryRoom"] = field(default_factory=dict)
    data: list[DataMessage] = field(default_factory=list)
    pushed: list[rtc.DataTrackFrame] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def note(self) -> None:
        with self.changed:
            self.changed.notify_all()

    async def until(self, condition: Callable[[], Any]) -> None:
        """Wait, in a thread, until something has happened."""

        def wait() -> bool:
            with self.changed:
                return bool(self.changed.wait_for(condition, 20))

        assert await asyncio.to_thread(wait), "it never happened"

    def room(self) -> Any:
        """Return a room that is not connected, as ``rtc.Room()`` does."""
        return MemoryRoom(self)


class MemoryRoom(rtc.EventEmitter[Any]):
    """One participant's view of a room."""

    def __init__(self, server: MemoryLiveKit) -> None:
        super().__init__()
        self.server = server
        self.name = ""
        self.claims: dict[str, Any] = {}
        self._participant: MemoryParticipant | None = None
        self._byte_handlers: dict[str, Callable[[Any, str], None]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

    async def connect(
        self,
        url: str,
        token: str,
        options: rtc.RoomOptions = rtc.RoomOptions(),  # noqa: B008
    ) -> None:
        if self.server.refuse:
            raise rtc.ConnectError(self.server.refuse)
        self.claims = jwt.decode(token, options={"verify_signature": False})
        self.name = self.claims["video"]["room"]
        identity = self.claims["sub"]
        self._participant = MemoryParticipant(self, identity)
        self._loop = asyncio.get_running_loop()
        self.server.rooms[identity] = self
        self.server.note()

    async def disconnect(self, *, reason: int = rtc.DisconnectReason.CLIENT_INITIATED) -> None:
        if self._participant is not None:
            self.server.rooms.pop(self._participant.identity, None)
            await self._participant.leave()
            self.server.note()

    def isconnected(self) -> bool:
        return self._participant is not None

    @property
    def local_participant(self) -> "MemoryParticipant":
        assert self._participant is not None
        return self._participant

    @property
    def remote_participants(self) -> dict[str, Any]:
        mine = self.local_participant.identity
        return {
            identity: room.local_participant
            for identity, room in self.server.rooms.items()
            if identity != mine
        }

    def register_byte_stream_handler(self, topic: str, handler: Callable[[Any, str], None]) -> None:
        self._byte_handlers[topic] = handler

    def unregister_byte_stream_handler(self, topic: str) -> None:
        self._byte_handlers.pop(topic, None)

    def tell(self, event: str, *arguments: Any) -> None:
        """Emit an event in the participant's own loop."""
        assert self._loop is not None
        self._loop.call_soon_threadsafe(lambda: self.emit(event, *arguments))

    def call_in_loop(self, action: Callable[[], None]) -> None:
        assert self._loop is not None
        self._loop.call_soon_threadsafe(action)

    async def run_in_loop(self, work: Any) -> Any:
        assert self._loop is not None
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))

    def receive_stream(self, topic: str, reader: Any, sender: str) -> None:
        if handler := self._byte_handlers.get(topic):
            handler(reader, sender)


class MemoryParticipant:
    """The local participant of a room, and what others see of it."""

    def __init__(self, room: MemoryRoom, identity: str) -> None:
        self.identity = identity
        self.kind = rtc.ParticipantKind.PARTICIPANT_KIND_AGENT
        self.state = rtc.ParticipantState.PARTICIPANT_STATE_ACTIVE
        self.attributes: dict[str, str] = {}
        self.track_publications: dict[str, Any] = {}
        self.heard: list[tuple[float, bytes]] = []
        """What a subscriber of the sound track hears: time in the loop, and 10 ms of PCM."""
        self._room = room
        self._rpc_handlers: dict[str, Any] = {}
        self._listener: asyncio.Task[None] | None = None

    async def publish_track(
        self,
        track: Any,
        options: rtc.TrackPublishOptions = rtc.TrackPublishOptions(),  # noqa: B008
    ) -> Any:
        self._listener = asyncio.get_running_loop().create_task(self._listen(track))
        self.track_publications[track.name] = options

    async def publish_data_track(self, *, name: str) -> Any:
        if not self._room.server.data_tracks:
            raise PublishDataTrackError("not allowed")
        return _DataTrack(self._room.server)

    async def publish_data(
        self,
        payload: bytes | str,
        *,
        reliable: bool = True,
        destination_identities: list[str] = [],  # noqa: B006
        topic: str = "",
    ) -> None:
        data = payload.encode() if isinstance(payload, str) else payload
        self._room.server.data.append(DataMessage(self.identity, topic, data, reliable))
        self._room.server.note()

    async def set_attributes(self, attributes: dict[str, str]) -> None:
        self.attributes.update(attributes)

    def register_rpc_method(self, method_name: str, handler: Any = None) -> Any:
        self._rpc_handlers[method_name] = handler

    async def perform_rpc(
        self,
        *,
        destination_identity: str,
        method: str,
        payload: str,
        response_timeout: float | None = None,
        max_round_trip_latency: float | None = None,
    ) -> str:
        target = self._room.server.rooms.get(destination_identity)
        if target is None:
            raise rtc.RpcError(rtc.RpcError.ErrorCode.RECIPIENT_NOT_FOUND, "nobody there")
        data = rtc.RpcInvocationData(
            request_id="1",
            caller_identity=self.identity,
            payload=payload,
            response_timeout=response_timeout or 10.0,
            method=method,
        )
        answer: str = await target.run_in_loop(target.local_participant.answer(method, data))
        self._room.server.note()
        return answer

    async def answer(self, method: str, data: rtc.RpcInvocationData) -> str:
        handler = self._rpc_handlers.get(method)
        if handler is None:
            raise rtc.RpcError(rtc.RpcError.ErrorCode.UNSUPPORTED_METHOD, method)
        answer = handler(data)
        return str(await answer if asyncio.iscoroutine(answer) else answer)

    async def stream_bytes(
        self,
        name: str,
        *,
        total_size: int | None = None,
        mime_type: str = "application/octet-stream",
        attributes: dict[str, str] | None = None,
        stream_id: str | None = None,
        destination_identities: list[str] | None = None,
        topic: str = "",
    ) -> Any:
        (destination,) = destination_identities or []
        target = self._room.server.rooms[destination]
        reader = _ByteReader(name, attributes or {})
        target.call_in_loop(lambda: target.receive_stream(topic, reader, self.identity))
        return _ByteWriter(target, reader)

    async def leave(self) -> None:
        if self._listener is not None:
            self._listener.cancel()
            await asyncio.gather(self._listener, return_exceptions=True)

    async def _listen(self, track: Any) -> None:
        clock = asyncio.get_running_loop().time
        stream = rtc.AudioStream.from_track(
            track=track, sample_rate=24_000, num_channels=1, frame_size_ms=10
        )
        try:
            async for event in stream:
                self.heard.append((clock(), bytes(event.frame.data)))
                self._room.server.note()
        finally:
            await stream.aclose()


class _DataTrack:
    def __init__(self, server: MemoryLiveKit) -> None:
        self._server = server

    def try_push(self, frame: rtc.DataTrackFrame) -> None:
        self._server.pushed.append(frame)
        self._server.note()


@dataclass
class _StreamInfo:
    stream_id: str
    attributes: dict[str, str]


class _ByteReader:
    def __init__(self, name: str, attributes: dict[str, str]) -> None:
        self.info = _StreamInfo(name, attributes)
        self.closed = False
        self._chunks: asyncio.Queue[bytes | None] = asyncio.Queue()

    def put(self, chunk: bytes | None) -> None:
        self._chunks.put_nowait(chunk)

    def close(self) -> None:
        self.closed = True

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        chunk = await self._chunks.get()
        if chunk is None:
            raise StopAsyncIteration
        return chunk


class _ByteWriter:
    def __init__(self, target: MemoryRoom, reader: _ByteReader) -> None:
        self._target = target
        self._reader = reader

    async def write(self, data: bytes) -> None:
        self._target.call_in_loop(lambda: self._reader.put(data))

    async def aclose(self) -> None:
        self._target.call_in_loop(lambda: self._reader.put(None))
