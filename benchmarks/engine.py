"""Measure what the motion engine costs: CPU milliseconds per second of sound and session.

    python benchmarks/engine.py --out FILE

``ahead`` gives every session 320 ms of sound per step, as the server does while the TTS is faster
than real time, which is most of the time; ``paced`` gives 20 ms, as when sound comes no earlier
than it is heard. ``bare_ms`` is the ONNX network alone, in batches of the same size. Set
``OPENBLAS_NUM_THREADS=1``, as the server does.
"""

import argparse
import json
import platform
import time
from pathlib import Path

import numpy as np
import onnxruntime

from avamotion.motion import SAMPLE_RATE_HZ, MotionEngine, MotionStyle
from avamotion.motion.feature import N_FEATURES
from avamotion.motion.model import CONTEXT_HOPS, DEFAULT_MODEL, PhoneModel

SESSIONS = (1, 8, 64, 128)
HOP = SAMPLE_RATE_HZ // 50
SOUND_S = 6.4
STEPS = {"ahead": 16, "paced": 1}  # hops per step


def engine_ms(engine: MotionEngine, n_sessions: int, *, hops_per_step: int) -> float:
    """Return the whole engine's CPU ms per second of sound and session."""
    rng = np.random.default_rng(0)
    sound = (0.1 * rng.standard_normal(int(SOUND_S * SAMPLE_RATE_HZ))).astype(np.float32)
    streams = [engine.open(MotionStyle(seed=seed)) for seed in range(n_sessions)]
    chunk = HOP * hops_per_step
    starts = range(0, len(sound) - chunk + 1, chunk)
    warmup = len(starts) // 4
    began_s = 0.0
    for i, start in enumerate(starts):
        if i == warmup:
            began_s = time.process_time()
        for stream in streams:
            stream.push(sound[start : start + chunk])
        engine.step(streams)
    spent_s = time.process_time() - began_s
    heard_s = (len(starts) - warmup) * chunk / SAMPLE_RATE_HZ * n_sessions
    return spent_s * 1000 / heard_s


def bare_ms(n_sessions: int, *, hops_per_step: int) -> float:
    """Return the network's CPU ms per second of sound and session."""
    model = PhoneModel(DEFAULT_MODEL, threads=1)
    hops = CONTEXT_HOPS + hops_per_step
    rng = np.random.default_rng(0)
    features = rng.normal(-5, 2, (n_sessions, hops, N_FEATURES)).astype(np.float32)
    state = model.initial_state(n_sessions)
    n_calls = 150
    began_s = 0.0
    for i in range(n_calls + 20):
        if i == 20:
            began_s = time.process_time()
        _, state = model.run(features, state)
    spent_s = time.process_time() - began_s
    return spent_s * 1000 / (n_calls * hops_per_step * HOP / SAMPLE_RATE_HZ * n_sessions)


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    out: Path = parser.parse_args().out
    engine = MotionEngine.load()
    results = {}
    for n in SESSIONS:
        results[str(n)] = {
            name: {
                "engine_ms": round(engine_ms(engine, n, hops_per_step=hops), 3),
                "bare_ms": round(bare_ms(n, hops_per_step=hops), 3),
            }
            for name, hops in STEPS.items()
        }
        print(f"{n:4d} sessions: {results[str(n)]}")  # its output
    document = {
        "what": "CPU ms per second of sound and session, one thread",
        "machine": f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}",
        "onnxruntime": onnxruntime.__version__,
        "sessions": results,
    }
    out.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
