"""A session of the official SDK that speaks, is interrupted, and speaks again."""

import asyncio
import random
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from spatius import AgoraEgressConfig, new_avatar_session

from load.server import LoadedServer
from load.viewer import Viewer
from load.voice import RATE_HZ, speech

__all__ = ["Speaker", "SpeakerReport"]

_FIRST_CHUNK_S = 0.2
_CHUNK_S = 0.1
_LONGEST_S = 8.0


@dataclass
class SpeakerReport:
    """What one session has measured.

    Attributes:
        first_frame_s: From the first sound of each turn to the viewer's first packet.
        interrupt_s: From each interrupt to the viewer's last packet of that turn, or to the
            news of it, whichever is later.
        lateness_s: Of every packet.
        n_turns: Turns begun.
        n_drops: Packets that the viewer should have had and had not, or should not have had.
        errors: What went wrong, in words.
    """

    first_frame_s: list[float] = field(default_factory=list)
    interrupt_s: list[float] = field(default_factory=list)
    lateness_s: list[float] = field(default_factory=list)
    n_turns: int = 0
    n_drops: int = 0
    errors: list[str] = field(default_factory=list)


class Speaker:
    """One session with one viewer.

    Args:
        server: The server.
        number: Its number, which makes its channel, its voice and its dice.
        tts_speed: How much faster than real time its TTS is.
        interrupt_share: Share of the turns that are interrupted.
    """

    def __init__(
        self, server: LoadedServer, number: int, *, tts_speed: float, interrupt_share: float
    ) -> None:
        self.report = SpeakerReport()
        self._server = server
        self._number = number
        self._tts_speed = tts_speed
        self._interrupt_share = interrupt_share
        self._random = random.Random(number)
        self._channel = f"load-{number}"
        self._uid = 2
        self._pcm = speech(number, _LONGEST_S)
        self._begun_at: dict[int, float] = {}
        self._ended = asyncio.Event()

    async def run(self, *, start_after_s: float, seconds: float) -> None:
        """Speak for ``seconds``, counted from when the last session starts."""
        viewer = Viewer(self._server, self._channel, 1, self._uid)
        deadline = time.perf_counter() + seconds
        watching = asyncio.create_task(viewer.run())
        try:
            await viewer.ready.wait()
            await asyncio.sleep(start_after_s)
            async with new_avatar_session(
                api_key=self._server.api_key,
                app_id=self._server.app_id,
                avatar_id="mia",
                console_endpoint_url=self._server.console,
                ingress_endpoint_url=self._server.ingress,
                sample_rate=RATE_HZ,
                expire_at=datetime.now(UTC) + timedelta(minutes=5),
                on_error=lambda error: self.report.errors.append(str(error)),
                transport_frames=self._signal,
                agora_egress=AgoraEgressConfig(
                    channel_name=self._channel,
                    token=self._server.agora_token(self._channel, self._uid),
                    uid=self._uid,
                    publisher_id="load",
                ),
            ) as session:
                while time.perf_counter() < deadline:
                    await self._speak(session, viewer)
        except Exception as exc:  # noqa: BLE001 - whatever it is belongs into the report
            self.report.errors.append(repr(exc))
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
        self._conclude(viewer)

    def _signal(self, payload: bytes, last: bool) -> None:
        if last:  # the turn has been heard to its end
            self._ended.set()

    async def _speak(self, session: object, viewer: Viewer) -> None:
        self.report.n_turns += 1
        self._ended.clear()
        seconds = self._random.uniform(3.0, _LONGEST_S)
        interrupted = self._random.random() < self._interrupt_share
        cut_s = self._random.uniform(0.5, seconds) if interrupted else None
        sending = asyncio.create_task(self._send(session, seconds))
        try:
            async with asyncio.timeout(cut_s or seconds + 10):
                await self._ended.wait()
        except TimeoutError:
            if cut_s is None:
                self.report.errors.append("a turn never ended")
                return
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
            await self._interrupt(session, viewer)
        await asyncio.gather(sending, return_exceptions=True)

    async def _send(self, session: object, seconds: float) -> None:
        end_byte = 2 * int(seconds * RATE_HZ)
        started_at = time.perf_counter()
        self._begun_at[self.report.n_turns] = started_at
        at, size_s = 0, _FIRST_CHUNK_S
        while at < end_byte:
            until = min(end_byte, at + 2 * int(size_s * RATE_HZ))
            await session.send_audio(self._pcm[at:until], end=until == end_byte)  # type: ignore[attr-defined]
            at, size_s = until, _CHUNK_S
            due = started_at + at / (2 * RATE_HZ) / self._tts_speed
            await asyncio.sleep(max(0.0, due - time.perf_counter()))

    async def _interrupt(self, session: object, viewer: Viewer) -> None:
        epoch = len(viewer.cleared_at) + 1
        cut_at = time.perf_counter()
        await session.interrupt()  # type: ignore[attr-defined]
        async with asyncio.timeout(10):
            await viewer.cleared(epoch)
        seen = viewer.turns.get(self.report.n_turns)
        last = max((at for at, _ in seen.arrivals), default=0.0) if seen else 0.0
        self.report.interrupt_s.append(max(last, viewer.cleared_at[epoch]) - cut_at)

    def _conclude(self, viewer: Viewer) -> None:
        report = self.report
        report.n_drops += viewer.n_gaps + viewer.n_stale + viewer.n_foreign
        for number, turn in viewer.turns.items():
            if number in self._begun_at and turn.arrivals:
                report.first_frame_s.append(turn.arrivals[0][0] - self._begun_at[number])
                report.lateness_s.extend(turn.lateness_s())
