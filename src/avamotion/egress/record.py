"""Keep what a session says and shows: a sound file and its motion. The example of docs/egress.md.

Shapes: N frames.
"""

import logging
import wave
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

import numpy as np

from avamotion.audio.pcm import encode_pcm
from avamotion.egress.base import Egress
from avamotion.media import BLENDSHAPES, N_BLENDSHAPES, MotionFrame
from avamotion.playout.packet import PACKET_S, MediaNeed, Packet

__all__ = ["RecordingEgress", "SessionRecorder"]

logger = logging.getLogger(__name__)

# time, turn, weights, head, gaze
_ROW: Final = 1 + 1 + N_BLENDSHAPES + 4 + 2


class RecordingEgress:
    """Hands everything on to another egress, and keeps a copy.

    What cannot be written is logged once and then no longer recorded: a full disk ends no session.

    Args:
        inner: The way out.
        folder: Where the files go.
        name: Their name: ``name.wav`` and ``name.npz``.
    """

    def __init__(self, inner: Egress, folder: Path, name: str) -> None:
        self._inner = inner
        self._recorder: SessionRecorder | None = SessionRecorder(folder, name)

    @property
    def need(self) -> MediaNeed:
        """What the inner egress takes, and what is recorded."""
        return self._inner.need | MediaNeed.SAMPLES | MediaNeed.FRAMES

    @property
    def paced(self) -> bool:
        """As the inner egress."""
        return self._inner.paced

    async def send(self, packet: Packet) -> None:
        """Send one packet, and keep it."""
        await self._inner.send(packet)
        self._record(packet)

    async def clear(self, epoch: int) -> None:
        """Hand the interrupt on. What had left is kept: the recording says what was sent."""
        await self._inner.clear(epoch)

    async def __aenter__(self) -> Self:
        await self._inner.__aenter__()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            await self._inner.__aexit__(exc_type, exc, traceback)
        finally:
            self._close()

    def _record(self, packet: Packet) -> None:
        if self._recorder is not None:
            try:
                self._recorder.receive_packet(packet)
            except OSError as exc:
                logger.warning("a recording stopped: %s", exc.strerror)
                self._close()

    def _close(self) -> None:
        recorder, self._recorder = self._recorder, None
        if recorder is not None:
            try:
                recorder.close()
            except OSError as exc:
                logger.warning("a recording could not be finished: %s", exc.strerror)


class SessionRecorder:
    """Writes ``name.wav`` (mono, 16 bits) and ``name.npz``; turns follow each other without a gap.

    The motion file holds ``times`` in seconds on the sound file's clock, (N,); ``turn``, (N,);
    ``values``, blend-shape weights in the order of ``names``, (N, 52); ``head``, quaternions
    (x, y, z, w), (N, 4); and ``gaze``, yaw and pitch in radians, (N, 2). A session without sound
    leaves no file.

    Args:
        folder: Where the files go.
        name: Their name.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._sound_path = folder / f"{name}.wav"
        self._motion_path = folder / f"{name}.npz"
        # Rows go to disk as they come: a session may last for hours.
        self._rows_path = folder / f"{name}.rows"
        self._file: BinaryIO | None = None
        self._sound: wave.Wave_write | None = None
        self._packets = 0
        self._turn_began_s = 0.0
        self._turn_id = 0

    def receive_packet(self, packet: Packet) -> None:
        """Keep one packet.

        Raises:
            OSError: If it cannot be written.
        """
        if packet.turn_id != self._turn_id:
            self._turn_id = packet.turn_id
            self._turn_began_s = self._packets * PACKET_S - packet.pts_us / 1e6
        if packet.block is None:
            return
        samples = packet.block.samples
        if self._sound is None:
            self._sound = self._open_sound(round(len(samples) / PACKET_S))
        self._sound.writeframesraw(encode_pcm(samples))
        rows = [_row(frame, self._turn_began_s, packet.turn_id) for frame in packet.block.frames]
        with self._rows_path.open("ab") as file:
            file.write(b"".join(rows))
        self._packets += 1

    def close(self) -> None:
        """Finish both files.

        Raises:
            OSError: If they cannot be written.
        """
        if self._sound is None or self._file is None:
            return
        sound, self._sound = self._sound, None
        with self._file:
            sound.close()
        rows = np.fromfile(self._rows_path, np.float32).reshape(-1, _ROW)
        np.savez_compressed(
            self._motion_path,
            times=rows[:, 0],
            turn=rows[:, 1].astype(np.int32),
            values=rows[:, 2 : 2 + N_BLENDSHAPES],
            head=rows[:, -6:-2],
            gaze=rows[:, -2:],
            names=np.array(BLENDSHAPES),
        )
        self._rows_path.unlink()

    def _open_sound(self, sample_rate_hz: int) -> wave.Wave_write:
        self._file = self._sound_path.open("wb")
        sound = wave.open(self._file, "wb")  # noqa: SIM115 - closed by close()
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(sample_rate_hz)
        return sound


def _row(frame: MotionFrame, began_s: float, turn_id: int) -> bytes:
    row = np.empty(_ROW, np.float32)
    row[0] = began_s + frame.pts_us / 1e6
    row[1] = turn_id
    row[2 : 2 + N_BLENDSHAPES] = frame.weights
    row[-6:-2] = frame.head
    row[-2:] = frame.gaze
    return row.tobytes()
