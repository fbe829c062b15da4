"""A viewer of the hosted channel that records: one WebSocket, and what came through it as files."""

import asyncio
import json
import wave
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from avamotion.audio.opus import OPUS_RATE_HZ
from avamotion.demo.invitation import Invitation
from avamotion.demo.recording import Recording
from avamotion.demo.take import Take
from avamotion.errors import ConfigError, DemoError
from avamotion.media import BLENDSHAPES

__all__ = ["Recorder", "open_folder", "recording_viewer", "write_files"]

_OPEN_LIMIT_S: Final = 5.0
_CLOSE_LIMIT_S: Final = 1.0
_MAX_MESSAGE_BYTES: Final = 1 << 20


class Recorder:
    """A member of the channel whose eyes and ears are a :class:`Recording`."""

    def __init__(self, socket: ClientConnection, recording: Recording) -> None:
        self.recording = recording
        self._socket = socket
        self._changed = asyncio.Condition()
        self._is_open = True

    async def send(self, topic: str, data: object, *, to: int) -> None:
        """Send a message to one other member.

        Raises:
            DemoError: If the connection is gone.
        """
        message = {"type": "message", "topic": topic, "to": to, "data": data}
        try:
            await self._socket.send(json.dumps(message))
        except ConnectionClosed as exc:
            raise DemoError("the server closed the channel") from exc

    async def wait_until(
        self, holds: Callable[[Recording], bool], *, patience_s: float, failure: str
    ) -> None:
        """Wait until something holds of the recording.

        Args:
            holds: What to wait for.
            patience_s: How long the channel may be quiet meanwhile, in seconds.
            failure: What to say if it is quiet for longer.

        Raises:
            DemoError: If the channel is quiet for too long, or is gone.
        """
        async with self._changed:
            while not holds(self.recording):
                if not self._is_open:
                    raise DemoError("the server closed the channel")
                try:
                    async with asyncio.timeout(patience_s):
                        await self._changed.wait()
                except TimeoutError as exc:
                    raise DemoError(failure) from exc

    async def read(self) -> None:
        """Take what comes, until the connection closes."""
        clock = asyncio.get_running_loop().time
        try:
            async for data in self._socket:
                now = clock()
                if isinstance(data, str):
                    self.recording.receive_text(data, now=now)
                else:
                    self.recording.receive_packet(data, now=now)
                await self._notify()
        except ConnectionClosed:
            pass
        finally:
            self._is_open = False
            await self._notify()

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()


@asynccontextmanager
async def recording_viewer(
    url: str, place: Invitation, *, publisher_uid: int
) -> AsyncIterator[Recorder]:
    """Join a channel and record one publisher until the block ends.

    Args:
        url: WebSocket URL of the server's channels.
        place: Which channel, as whom.
        publisher_uid: Whom to record.

    Raises:
        DemoError: If the channel cannot be joined.
    """
    try:
        socket = await connect(
            url,
            open_timeout=_OPEN_LIMIT_S,
            close_timeout=_CLOSE_LIMIT_S,
            max_size=_MAX_MESSAGE_BYTES,
            compression=None,
            proxy=None,
        )
    except (OSError, TimeoutError, WebSocketException) as exc:
        raise DemoError(f"no connection to the channel: {type(exc).__name__}") from exc
    async with socket:
        recording = Recording(publisher_uid)
        await _join(socket, place, recording)
        recorder = Recorder(socket, recording)
        reader = asyncio.create_task(recorder.read())
        try:
            yield recorder
        finally:
            reader.cancel()
            await asyncio.gather(reader, return_exceptions=True)


async def _join(socket: ClientConnection, place: Invitation, recording: Recording) -> None:
    join = {
        "type": "join",
        "app_id": place.app_id,
        "channel": place.channel,
        "uid": place.uid,
        "token": place.token,
    }
    try:
        await socket.send(json.dumps(join))
        async with asyncio.timeout(_OPEN_LIMIT_S):
            answer = await socket.recv()
    except (ConnectionClosed, TimeoutError) as exc:
        raise DemoError("the channel did not answer") from exc
    fields = json.loads(answer)
    if fields["type"] != "joined":
        raise DemoError(f"the channel refused the recorder: {fields['message']}")
    recording.receive_text(str(answer), now=asyncio.get_running_loop().time())


def open_folder(folder: Path) -> None:
    """Make sure that files can be written into a folder.

    Raises:
        ConfigError: If not.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "session.json").touch()
    except OSError as exc:
        raise ConfigError(f"--record {folder}: cannot be written: {exc.strerror}") from exc


def write_files(folder: Path, take: Take, session: dict[str, Any]) -> None:
    """Write ``audio.wav``, ``motion.npz`` and ``session.json``."""
    pcm = (np.clip(take.samples, -1.0, 1.0) * 32767.0).astype("<i2")
    with wave.open(str(folder / "audio.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(OPUS_RATE_HZ)
        file.writeframes(pcm.tobytes())
    with (folder / "motion.npz").open("wb") as stream:
        np.savez_compressed(
            stream,
            times=take.times_s,
            names=np.array(BLENDSHAPES),
            values=take.values,
            head=take.head,
            gaze=take.gaze,
        )
    text = json.dumps(session, indent=2, ensure_ascii=False) + "\n"
    (folder / "session.json").write_text(text, encoding="utf-8")
