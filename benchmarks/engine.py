"""Measure what the motion engine costs: CPU milliseconds per second of sound and session.

    python benchmarks/engine.py --out FILE

Every session gets 20 ms of sound per step, as in a server that steps at every frame; ``paired``
gives 40 ms per step. ``bare_ms`` is the ONNX network alone, in batches of the same size.
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
from avamotion.motion.model import DEFAULT_MODEL, PhoneModel

SESSIONS = (1, 8, 64, 128)
HOP = SAMPLE_RATE_HZ // 50
SOUND_S = 4.0


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
    features = np.random.default_rng(0).standard_normal((n_sessions, hops_per_step, N_FEATURES))
    features32 = features.astype(np.float32)
    states = model.initial_states(n_sessions)
    n_calls = 150
    began_s = 0.0
    for i in range(n_calls + 20):
        if i == 20:
            began_s = time.process_time()
        *_, states = model.run(features32, states)
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
            "engine_ms": round(engine_ms(engine, n, hops_per_step=1), 3),
            "engine_paired_ms": round(engine_ms(engine, n, hops_per_step=2), 3),
            "bare_ms": round(bare_ms(n, hops_per_step=1), 3),
            "bare_paired_ms": round(bare_ms(n, hops_per_step=2), 3),
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
