"""What a recording is worth, in numbers: the content of ``session.json``.

Shapes: N values.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from avamotion.audio.opus import OPUS_RATE_HZ
from avamotion.demo.recording import Recording, TurnRecord
from avamotion.demo.skew import energy_to_jaw, face_leads_ms, reanimate
from avamotion.demo.take import Take
from avamotion.motion import MotionEngine
from avamotion.playout.packet import PACKET_US

__all__ = ["describe", "lateness_ms", "timestamp_skews_ms"]


def describe(recording: Recording, take: Take, engine: MotionEngine) -> dict[str, Any]:
    """Judge a recording.

    Args:
        recording: What was received.
        take: The same, on one time line.
        engine: The engine that the server has.
    """
    reference_s, reference = reanimate(take.samples, engine)
    leads = face_leads_ms(take.times_s, take.values, reference_s, reference)
    by_ear = energy_to_jaw(take.samples, take.times_s, take.values)
    first = next((turn for turn in recording.turns if turn.arrivals), None)
    counts = recording.summary()
    counts["dropped"]["undecodable"] += take.n_undecodable
    return {
        "first_audio_to_first_frame_ms": first.first_frame_ms if first else None,
        "duration_s": round(len(take.samples) / OPUS_RATE_HZ, 3),
        **counts,
        # Content: the sound that arrived, animated again, against the face that arrived.
        "skew_ms": {**_spread(np.abs(leads)), "mean_face_lead": _rounded_mean(leads)},
        # Stamps: how far a frame lies outside the 20 ms of sound that it came with.
        "timestamp_skew_ms": _spread(timestamp_skews_ms(recording.turns)),
        "energy_to_jaw": {
            "face_lead_ms": by_ear.lead_ms,
            "correlation": round(by_ear.coefficient, 3),
        },
        # Against a viewer that plays the first packet at once; negative is early.
        "arrival_lateness_ms": _spread(lateness_ms(recording.turns)),
        "turns": [
            {
                "turn": turn.turn,
                "epoch": turn.epoch,
                "first_frame_ms": turn.first_frame_ms,
                "packets": len(turn.arrivals),
                "ended": turn.ended,
                "interrupted": turn.cleared_at is not None,
            }
            for turn in recording.turns
        ],
    }


def timestamp_skews_ms(turns: Sequence[TurnRecord]) -> npt.NDArray[np.float64]:
    """Return how far each frame's time lies outside its packet's sound, in ms, (N,)."""
    skews = []
    for turn in turns:
        for arrival in turn.arrivals:
            start_us = arrival.packet.pts_us
            for frame in arrival.packet.frames:
                before_us = start_us - frame.pts_us
                after_us = frame.pts_us - (start_us + PACKET_US - 1)
                skews.append(max(before_us, after_us, 0) / 1000)
    return np.array(skews, np.float64)


def lateness_ms(turns: Sequence[TurnRecord]) -> npt.NDArray[np.float64]:
    """Return how late each packet came to be played without any buffer, in ms, (N,)."""
    late = []
    for turn in turns:
        if turn.arrivals:
            first = turn.arrivals[0]
            origin = first.at - first.packet.pts_us / 1e6
            late += [(each.at - origin) * 1e3 - each.packet.pts_us / 1e3 for each in turn.arrivals]
    return np.array(late, np.float64)


def _spread(values: npt.NDArray[np.floating[Any]]) -> dict[str, float | int | None]:
    if len(values) == 0:
        return {"p50": None, "p95": None, "max": None, "n": 0}
    p50, p95, largest = np.percentile(values, [50, 95, 100]).round(2).tolist()
    return {"p50": p50, "p95": p95, "max": largest, "n": len(values)}


def _rounded_mean(values: npt.NDArray[np.floating[Any]]) -> float | None:
    return round(float(values.mean()), 2) if len(values) else None
