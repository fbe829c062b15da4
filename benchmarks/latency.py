"""How long a lone session takes: from the first sound of a turn to the viewer's first packet, and
from an interrupt to the last packet.

``python -m benchmarks.latency --out FILE``
"""

import asyncio
import json
import os
import platform
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from spatius import AgoraEgressConfig, configure_telemetry, new_avatar_session

from load.server import LoadedServer, loaded_server
from load.viewer import Viewer
from load.voice import RATE_HZ, speech

__all__: list[str] = []

_FIRST_CHUNK_S = 0.2
_CHUNK_S = 0.1
_TTS_SPEED = 5.0


class _Bench:
    """One session, one viewer, many short turns."""

    def __init__(self, server: LoadedServer) -> None:
        self.first_frame_s: list[float] = []
        self.interrupt_s: list[float] = []
        self._server = server
        self._viewer = Viewer(server, "lobby", 1, 2)
        self._ended = asyncio.Event()
        self._n_turns = 0

    async def run(self, turns: int) -> None:
        watching = asyncio.create_task(self._viewer.run())
        await self._viewer.ready.wait()
        async with new_avatar_session(
            api_key=self._server.api_key,
            app_id=self._server.app_id,
            avatar_id="mia",
            console_endpoint_url=self._server.console,
            ingress_endpoint_url=self._server.ingress,
            sample_rate=RATE_HZ,
            expire_at=datetime.now(UTC) + timedelta(minutes=5),
            transport_frames=lambda _, last: self._ended.set() if last else None,
            agora_egress=AgoraEgressConfig(
                channel_name="lobby",
                token=self._server.agora_token("lobby", 2),
                uid=2,
                publisher_id="bench",
            ),
        ) as session:
            for number in range(turns):
                await self._turn(session, interrupt=number % 2 == 1)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)

    async def _turn(self, session: Any, *, interrupt: bool) -> None:
        self._n_turns += 1
        self._ended.clear()
        pcm = speech(self._n_turns, 5.0 if interrupt else 0.6)
        started_at = time.perf_counter()
        sending = asyncio.create_task(self._send(session, pcm, started_at))
        if interrupt:
            await asyncio.sleep(0.5 + 0.02 * (self._n_turns % 7))
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
            epoch = len(self._viewer.cleared_at) + 1
            cut_at = time.perf_counter()
            await session.interrupt()
            await self._viewer.cleared(epoch)
            last = self._viewer.turns[self._n_turns].arrivals[-1][0]
            self.interrupt_s.append(max(last, self._viewer.cleared_at[epoch]) - cut_at)
        else:
            await sending
            await self._ended.wait()
        self.first_frame_s.append(self._viewer.turns[self._n_turns].arrivals[0][0] - started_at)
        await asyncio.sleep(0.05)

    async def _send(self, session: Any, pcm: bytes, started_at: float) -> None:
        at, size_s = 0, _FIRST_CHUNK_S
        while at < len(pcm):
            until = min(len(pcm), at + 2 * int(size_s * RATE_HZ))
            await session.send_audio(pcm[at:until], end=until == len(pcm))
            at, size_s = until, _CHUNK_S
            due = started_at + at / (2 * RATE_HZ) / _TTS_SPEED
            await asyncio.sleep(max(0.0, due - time.perf_counter()))


def main(
    out: Annotated[Path | None, typer.Option(help="Where the JSON goes.")] = None,
    turns: Annotated[int, typer.Option(help="Turns; every second one is interrupted.")] = 60,
) -> None:
    """Measure a server that has one session."""
    configure_telemetry("")
    load_before = os.getloadavg()[0]
    with loaded_server(max_sessions=2) as server:
        bench = _Bench(server)
        asyncio.run(bench.run(turns))
    result = {
        "first_frame_ms": _percentiles(bench.first_frame_s),
        "interrupt_to_last_packet_ms": _percentiles(bench.interrupt_s),
        "turns": turns,
        "machine": {
            "cpus": len(os.sched_getaffinity(0)),
            "python": platform.python_version(),
            "load_average_before": round(load_before, 2),
        },
    }
    text = json.dumps(result, indent=2)
    if out is not None:
        out.write_text(text + "\n", encoding="utf-8")
    typer.echo(text)


def _percentiles(values_s: list[float]) -> dict[str, float]:
    return {
        name: round(1000 * float(np.percentile(values_s, q)), 2)
        for name, q in (("p50", 50), ("p95", 95), ("max", 100))
    }


if __name__ == "__main__":
    typer.run(main)
