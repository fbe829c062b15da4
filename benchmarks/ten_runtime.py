"""Measures the embedded TEN runtime: CPU per audio frame, buffers, idling and test runs.

    python benchmarks/ten_runtime.py --out figures.json

Figures are CPU time of the whole process unless they say otherwise.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

# This file is named like the package that it measures, and its folder comes first on the path.
sys.path[:] = [entry for entry in sys.path if Path(entry).resolve() != Path(__file__).parent]

from ten_runtime import (  # noqa: E402 - after the path is right
    Addon,
    App,
    AsyncExtension,
    AsyncExtensionTester,
    AsyncTenEnv,
    AsyncTenEnvTester,
    AudioFrame,
    Cmd,
    CmdResult,
    Extension,
    StatusCode,
    TenEnv,
    register_addon_as_extension,
)

N_FRAMES = 20_000
FRAME_BYTES = 640
"""20 ms of 16 kHz mono s16le."""
N_PACED = 250
PACE_S = 0.02
N_BUFFERS = 100_000
N_CMDS = 5_000
N_TESTS = 50
IDLE_S = 3.0


class Bench:
    """What the nodes of a graph and the benchmark tell each other."""

    def __init__(self, n_frames: int = 0, pause_s: float = 0.0) -> None:
        self.n_frames = n_frames
        self.pause_s = pause_s
        self.done = threading.Event()
        self.cpu_s = 0.0
        self.wall_s = 0.0


bench = Bench()


class AsyncSource(AsyncExtension):
    """Sends frames, a few at a time, so that no queue grows."""

    async def on_start(self, async_ten_env: AsyncTenEnv) -> None:
        self.task = asyncio.create_task(self.send(async_ten_env))

    async def send(self, ten_env: AsyncTenEnv) -> None:
        wall, cpu = time.perf_counter(), time.process_time()
        for number in range(bench.n_frames):
            await ten_env.send_audio_frame(new_frame(number))
            if bench.pause_s:
                await asyncio.sleep(bench.pause_s)
            elif number % 10 == 9:
                await asyncio.sleep(0)
        last = AudioFrame.create("pcm_frame")
        last.set_eof(True)
        await ten_env.send_audio_frame(last)
        await asyncio.to_thread(bench.done.wait)
        bench.cpu_s, bench.wall_s = time.process_time() - cpu, time.perf_counter() - wall


class AsyncPass(AsyncExtension):
    """Reads the frame, as a filter would, and sends another."""

    async def on_audio_frame(self, async_ten_env: AsyncTenEnv, audio_frame: AudioFrame) -> None:
        await async_ten_env.send_audio_frame(next_frame(audio_frame))


class AsyncSink(AsyncExtension):
    """Reads the frame."""

    async def on_audio_frame(self, async_ten_env: AsyncTenEnv, audio_frame: AudioFrame) -> None:
        if audio_frame.is_eof():
            bench.done.set()
        else:
            assert len(audio_frame.get_buf()) == FRAME_BYTES


class SyncSource(Extension):
    """Sends frames from a thread of its own."""

    def on_start(self, ten_env: TenEnv) -> None:
        threading.Thread(target=self.send, args=(ten_env,)).start()
        ten_env.on_start_done()

    def send(self, ten_env: TenEnv) -> None:
        wall, cpu = time.perf_counter(), time.process_time()
        for number in range(bench.n_frames):
            ten_env.send_audio_frame(new_frame(number))
            if bench.pause_s:
                time.sleep(bench.pause_s)
            elif number % 1000 == 999:
                time.sleep(0.02)  # below the queue's limit
        last = AudioFrame.create("pcm_frame")
        last.set_eof(True)
        ten_env.send_audio_frame(last)
        bench.done.wait()
        bench.cpu_s, bench.wall_s = time.process_time() - cpu, time.perf_counter() - wall


class SyncPass(Extension):
    """Reads the frame, as a filter would, and sends another."""

    def on_audio_frame(self, ten_env: TenEnv, audio_frame: AudioFrame) -> None:
        ten_env.send_audio_frame(next_frame(audio_frame))


class SyncSink(Extension):
    """Reads the frame."""

    def on_audio_frame(self, _ten_env: TenEnv, audio_frame: AudioFrame) -> None:
        if audio_frame.is_eof():
            bench.done.set()
        else:
            assert len(audio_frame.get_buf()) == FRAME_BYTES


class Echo(AsyncExtension):
    """Answers commands."""

    async def on_cmd(self, async_ten_env: AsyncTenEnv, cmd: Cmd) -> None:
        await async_ten_env.return_result(CmdResult.create(StatusCode.OK, cmd))


def new_frame(number: int) -> AudioFrame:
    """Return a frame with everything that a TTS sets."""
    frame = AudioFrame.create("pcm_frame")
    frame.set_sample_rate(16000)
    frame.set_bytes_per_sample(2)
    frame.set_number_of_channels(1)
    frame.set_samples_per_channel(FRAME_BYTES // 2)
    frame.set_timestamp(number * 20)
    frame.alloc_buf(FRAME_BYTES)
    view = frame.lock_buf()
    view[:2] = (number & 0xFFFF).to_bytes(2, "little")
    frame.unlock_buf(view)
    return frame


def next_frame(frame: AudioFrame) -> AudioFrame:
    """Return what a filter makes of a frame."""
    if frame.is_eof():
        return frame
    pcm = frame.get_buf()
    result = AudioFrame.create("pcm_frame")
    result.set_sample_rate(frame.get_sample_rate())
    result.set_bytes_per_sample(frame.get_bytes_per_sample())
    result.set_number_of_channels(frame.get_number_of_channels())
    result.set_samples_per_channel(frame.get_samples_per_channel())
    result.set_timestamp(frame.get_timestamp())
    result.alloc_buf(len(pcm))
    view = result.lock_buf()
    view[:] = pcm
    result.unlock_buf(view)
    return result


def register(name: str, extension: Callable[[str], Extension | AsyncExtension]) -> None:
    """Register an addon that makes extensions of a class."""

    @register_addon_as_extension(name)
    class _Addon(Addon):
        def on_create_instance(self, ten_env: TenEnv, name: str, context: object) -> None:
            ten_env.on_create_instance_done(extension(name), context)


def run_pipeline(kind: str, n_frames: int, pause_s: float = 0.0) -> dict[str, float]:
    """Run source, filter and sink.

    Args:
        kind: ``async`` or ``sync``.
        n_frames: How many frames.
        pause_s: Pause after each; 0 sends as fast as possible.
    """
    global bench  # extensions are made by the runtime and find it here
    bench = Bench(n_frames, pause_s)
    graph = {
        "nodes": [
            {"type": "extension", "name": role, "addon": f"{kind}_{role}", "extension_group": role}
            for role in ("source", "filter", "sink")
        ],
        "connections": [
            {
                "extension": "source",
                "audio_frame": [{"name": "pcm_frame", "dest": [{"extension": "filter"}]}],
            },
            {
                "extension": "filter",
                "audio_frame": [{"name": "pcm_frame", "dest": [{"extension": "sink"}]}],
            },
        ],
    }
    app = new_app([{"name": "g", "auto_start": True, "graph": graph}])
    app.run(True)
    if not bench.done.wait(120):
        raise SystemExit("the pipeline did not finish")
    while not bench.wall_s:
        time.sleep(0.01)
    app.close()
    app.wait_internal()
    return {
        "frames": n_frames,
        "pause_ms": pause_s * 1e3,
        "cpu_us_per_frame": bench.cpu_s / n_frames * 1e6,
        "wall_us_per_frame": bench.wall_s / n_frames * 1e6,
    }


def new_app(graphs: list[dict[str, object]]) -> App:
    """Return an app with graphs."""

    class GraphApp(App):
        def on_configure(self, ten_env: TenEnv) -> None:
            ten_env.init_property_from_json(json.dumps({"ten": {"predefined_graphs": graphs}}))
            ten_env.on_configure_done()

    return GraphApp()


def measure_timer() -> float:
    """Return the CPU that waking up for each paced frame costs without any runtime, in us."""

    async def tick() -> float:
        start = time.process_time()
        for _ in range(N_PACED):
            await asyncio.sleep(PACE_S)
        return (time.process_time() - start) / N_PACED * 1e6

    with asyncio.Runner(loop_factory=new_loop) as runner:
        return runner.run(tick())


def new_loop() -> asyncio.AbstractEventLoop:
    """Return a loop like the runtime's."""
    with suppress(ImportError):
        import uvloop

        return uvloop.new_event_loop()
    return asyncio.new_event_loop()


def measure_buffers() -> dict[str, float]:
    """Allocate, lock, unlock and copy buffers."""
    start = time.perf_counter()
    for _ in range(N_BUFFERS):
        frame = AudioFrame.create("pcm_frame")
        frame.alloc_buf(FRAME_BYTES)
        frame.unlock_buf(frame.lock_buf())
        frame.get_buf()
    wall_s = time.perf_counter() - start
    return {"rounds": N_BUFFERS, "wall_s": wall_s, "us_per_round": wall_s / N_BUFFERS * 1e6}


def measure_idle() -> dict[str, float]:
    """Let a graph of three extensions do nothing."""
    nodes = [
        {"type": "extension", "name": name, "addon": addon}
        for name, addon in (("a", "bench_echo"), ("b", "async_sink"), ("c", "sync_sink"))
    ]
    graph = {"nodes": nodes, "connections": []}
    app = new_app([{"name": "g", "auto_start": True, "graph": graph}])
    app.run(True)
    time.sleep(0.2)
    start = time.process_time()
    time.sleep(IDLE_S)
    cpu_s = time.process_time() - start
    app.close()
    app.wait_internal()
    return {"wall_s": IDLE_S, "cpu_ms": cpu_s * 1e3, "cpu_percent": cpu_s / IDLE_S * 100}


class CmdTester(AsyncExtensionTester):
    """Sends commands, one after the other."""

    def __init__(self, n_cmds: int) -> None:
        super().__init__()
        self.n_cmds = n_cmds
        self.cpu_s = 0.0
        self.wall_s = 0.0

    async def on_start(self, ten_env_tester: AsyncTenEnvTester) -> None:
        wall, cpu = time.perf_counter(), time.process_time()
        for _ in range(self.n_cmds):
            result, error = await ten_env_tester.send_cmd(Cmd.create("echo"))
            assert error is None
            assert result is not None
        self.cpu_s, self.wall_s = time.process_time() - cpu, time.perf_counter() - wall
        ten_env_tester.stop_test()


def run_tester(n_cmds: int) -> CmdTester:
    """Run one test."""
    tester = CmdTester(n_cmds)
    tester.set_test_mode_single("bench_echo")
    assert tester.run() is None
    return tester


def measure() -> dict[str, object]:
    """Return all figures."""
    threads_before = threading.active_count()
    register("async_source", AsyncSource)
    register("async_filter", AsyncPass)
    register("async_sink", AsyncSink)
    register("sync_source", SyncSource)
    register("sync_filter", SyncPass)
    register("sync_sink", SyncSink)
    register("bench_echo", Echo)
    commands = run_tester(N_CMDS)
    start = time.perf_counter()
    for _ in range(N_TESTS):
        run_tester(1)
    test_ms = (time.perf_counter() - start) / N_TESTS * 1e3
    return {
        "machine": {
            "python": platform.python_version(),
            "loop": "uvloop" if "uvloop" in sys.modules else "asyncio",
            "cpu": platform.processor() or platform.machine(),
            "n_cpus": os.cpu_count(),
        },
        "frame_bytes": FRAME_BYTES,
        "async_three_nodes": run_pipeline("async", N_FRAMES),
        "async_three_nodes_paced": run_pipeline("async", N_PACED, PACE_S),
        "sync_three_threads": run_pipeline("sync", N_FRAMES),
        "sync_three_threads_paced": run_pipeline("sync", N_PACED, PACE_S),
        "timer_alone_paced": {"cpu_us_per_tick": measure_timer()},
        "buffers": measure_buffers(),
        "cmd_round_trip_between_loops": {
            "cpu_us": commands.cpu_s / N_CMDS * 1e6,
            "wall_us": commands.wall_s / N_CMDS * 1e6,
        },
        "tester_run_wall_ms": test_ms,
        "idle": measure_idle(),
        "threads_left_at_the_end": threading.active_count() - threads_before,
    }


def main() -> None:
    """Measure, and write the figures."""
    parser = argparse.ArgumentParser(description="Measure the embedded TEN runtime.")
    parser.add_argument("--out", type=Path, required=True, help="JSON file to write")
    out = parser.parse_args().out
    figures = measure()
    out.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    sys.stdout.write(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
