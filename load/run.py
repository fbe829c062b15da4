"""One load run: N sessions at once, for some seconds."""

import asyncio
import multiprocessing
import os
import platform
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import uvloop
from spatius import configure_telemetry

from load.server import LoadedServer, Usage, loaded_server
from load.speaker import Speaker, SpeakerReport

__all__ = ["LoadPlan", "run_load"]

_RAMP_S = 4.0


@dataclass(frozen=True)
class LoadPlan:
    """What to do.

    Attributes:
        sessions: Sessions that speak at once.
        seconds: How long all of them speak, after the last one has begun.
        processes: Processes that they are spread over.
        tts_speed: How much faster than real time the TTS delivers.
        interrupt_share: Share of the turns that are interrupted.
    """

    sessions: int
    seconds: float
    processes: int = 1
    tts_speed: float = 3.0
    interrupt_share: float = 0.1


def run_load(plan: LoadPlan, *, log: Path | None = None) -> dict[str, object]:
    """Load a server of our own, and return what came out.

    Args:
        plan: What to do.
        log: Where the server's log goes.
    """
    load_before = os.getloadavg()[0]
    with (
        loaded_server(max_sessions=plan.sessions + 10, log=log) as server,
        multiprocessing.get_context("spawn").Pool(plan.processes) as pool,
    ):
        pool.map(time.sleep, [0.1] * plan.processes, chunksize=1)  # they import all they need
        shares = [range(k, plan.sessions, plan.processes) for k in range(plan.processes)]
        pending = pool.starmap_async(_speak, [(server, plan, list(share)) for share in shares])
        time.sleep(_RAMP_S + 3)
        before, started_at = server.usage(), time.perf_counter()
        time.sleep(plan.seconds)
        after, ended_at = server.usage(), time.perf_counter()
        parts = pending.get(plan.seconds + 120)
    reports = [report for part, _ in parts for report in part]
    lags_s = [lag for _, lags in parts for lag in lags]
    return {
        **_summary(reports),
        "departure_lateness_ms": _departures(before, after),
        **_costs(before, after, (ended_at - started_at) * plan.sessions, ended_at - started_at),
        "load_generator_lag_ms": _percentiles(lags_s, 50, 99),
        "plan": asdict(plan),
        "machine": {
            "cpus": len(os.sched_getaffinity(0)),
            "processor": _processor(),
            "python": platform.python_version(),
            "load_average_before": round(load_before, 2),
        },
    }


def _summary(reports: list[SpeakerReport]) -> dict[str, object]:
    errors = [error for report in reports for error in report.errors]
    lateness_s = [value for report in reports for value in report.lateness_s]
    return {
        "frame_lateness_ms": _percentiles(lateness_s, 50, 95, 99, 100),
        "first_frame_ms": _percentiles([v for r in reports for v in r.first_frame_s], 50, 95, 100),
        "interrupt_to_last_packet_ms": _percentiles(
            [v for r in reports for v in r.interrupt_s], 50, 95, 100
        ),
        "drops": sum(report.n_drops for report in reports),
        "errors": len(errors),
        "first_errors": errors[:3],
        "turns": sum(report.n_turns for report in reports),
        "packets": len(lateness_s),
    }


def _departures(before: Usage, after: Usage) -> dict[str, float | None]:
    """Return how late packets left, by the server's own clock: percentiles between buckets."""
    bounds_s = sorted(after.departures)
    counts = np.array([after.departures[s] - before.departures.get(s, 0.0) for s in bounds_s])
    if not len(counts) or not counts[-1]:
        return {"p50": None, "p99": None, "share_within_5_ms": None}
    finite_ms = 1000 * np.array([0.0, *bounds_s[:-1]])
    shares = np.concatenate([[0.0], counts[:-1] / counts[-1]])
    return {
        **{f"p{q}": round(float(np.interp(q / 100, shares, finite_ms)), 2) for q in (50, 99)},
        "share_within_5_ms": round(float(np.interp(5.0, finite_ms, shares)), 4),
    }


def _costs(
    before: Usage, after: Usage, session_seconds: float, seconds: float
) -> dict[str, object]:
    cpu_s = after.cpu_s - before.cpu_s
    worker_s = after.worker_cpu_s - before.worker_cpu_s
    return {
        "cpu_ratio": round(cpu_s / worker_s, 2) if worker_s else None,
        "cpu_cores": round(cpu_s / seconds, 3),
        "cpu_ms_per_session_second": round(1000 * cpu_s / session_seconds, 2),
        "inference_and_opus_ms_per_session_second": round(1000 * worker_s / session_seconds, 2),
        "rss_mb": round(after.rss_mb, 1),
    }


def _percentiles(values: list[float], *which: int) -> dict[str, float | None]:
    names = {100: "max"}
    return {
        names.get(q, f"p{q}"): round(1000 * float(np.percentile(values, q)), 2) if values else None
        for q in which
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _speak(
    server: LoadedServer, plan: LoadPlan, numbers: list[int]
) -> tuple[list[SpeakerReport], list[float]]:
    configure_telemetry("")  # the client reports to its vendor by default
    return uvloop.run(_speak_all(server, plan, numbers))


async def _speak_all(
    server: LoadedServer, plan: LoadPlan, numbers: list[int]
) -> tuple[list[SpeakerReport], list[float]]:
    speakers = [
        Speaker(server, number, tts_speed=plan.tts_speed, interrupt_share=plan.interrupt_share)
        for number in numbers
    ]
    lags_s: list[float] = []
    watch = asyncio.create_task(_watch_lag(lags_s))
    async with asyncio.TaskGroup() as group:
        for speaker, number in zip(speakers, numbers, strict=True):
            group.create_task(
                speaker.run(
                    start_after_s=_RAMP_S * number / plan.sessions,
                    seconds=_RAMP_S + 3 + plan.seconds,
                )
            )
    watch.cancel()
    await asyncio.gather(watch, return_exceptions=True)
    return [speaker.report for speaker in speakers], lags_s


async def _watch_lag(lags_s: list[float]) -> None:
    """Measure how late this process itself is: what it adds to every figure."""
    clock = asyncio.get_running_loop().time
    while True:
        due = clock() + 0.02
        await asyncio.sleep(0.02)
        lags_s.append(max(0.0, clock() - due))
