"""What goes on from hop to hop: values that follow others with some inertia.

A stream is stepped by one hop or by many, and a call into numpy costs more than the arithmetic of
a hop: so whatever does not depend on the hop before is computed for all hops at once.

Shapes: B streams, T hops, K values.
"""

from functools import lru_cache

import numpy as np

from avamotion.media import FloatArray

__all__ = ["ease", "recur"]


def recur(keep: FloatArray, push: FloatArray, start: FloatArray) -> FloatArray:
    """Return y[t] = keep[t] · y[t − 1] + push[t], (B, T, K).

    Args:
        keep: Share of the value before that stays, (B, T, K).
        push: What is added, (B, T, K).
        start: The values before the first hop, (B, K).
    """
    values = np.empty_like(push)
    before = start
    steps = zip(keep.swapaxes(0, 1), push.swapaxes(0, 1), values.swapaxes(0, 1), strict=True)
    for kept, pushed, now in steps:
        np.multiply(kept, before, out=now)
        np.add(now, pushed, out=now)
        before = now
    return values


def ease(goals: FloatArray, start: FloatArray, rate: float) -> FloatArray:
    """Follow goals by a constant share of the way per hop, (B, T).

    Args:
        goals: Where to go, (B, T).
        start: The values before the first hop, (B,).
        rate: Share of the way that one hop goes, 0 to 1.
    """
    shares, kept = _response(rate, goals.shape[1])
    values: FloatArray = goals @ shares
    values += start[:, None] * kept
    return values


@lru_cache(maxsize=128)
def _response(rate: float, n_hops: int) -> tuple[FloatArray, FloatArray]:
    """Write the recurrence out.

    y[t] = Σ rate · (1 − rate)^(t − k) · goal[k] + (1 − rate)^(t + 1) · start.

    Returns:
        What each goal adds to each later value, (T, T), and what is left of the start, (T,).
    """
    hops = np.arange(n_hops)
    ages = hops - hops[:, None]
    shares = np.where(ages >= 0, rate * (1 - rate) ** np.maximum(ages, 0), 0)
    kept = (1 - rate) ** (hops + 1)
    return shares.astype(np.float32), kept.astype(np.float32)
