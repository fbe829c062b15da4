"""Score a face against the phones that were spoken.

Every face is compared on one clock of 100 Hz, so that its frame rate does not matter. Contrasts are
areas under the ROC curve, rescaled so that chance is 0; shares are taken with thresholds relative
to the clip's own range of lip apertures, and are scaled down where the lips hardly move. So neither
a still face nor one that chatters can gain: a closure counts only as a dip, a dip that belongs to
no bilabial counts against it, and a face that has nothing to do with the sound gets nothing.

Shapes: N points of the clock.
"""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.signal import find_peaks  # type: ignore[import-untyped] # it ships no types
from scipy.stats import rankdata, spearmanr  # type: ignore[import-untyped] # it ships no types

from benchmarks.motion_report.face import Face, Floats
from training.utterance import Segment

__all__ = ["MEASURES", "Labels", "Scores", "aperture_of", "pool", "score"]

_RATE_HZ: Final = 100
_BILABIALS: Final = frozenset({"P", "B", "M"})
_LABIODENTALS: Final = frozenset({"F", "V"})
_ROUND: Final = frozenset({"W", "UW", "OW", "OY"})
_SPREAD: Final = frozenset({"IY", "EY", "IH", "Y"})
# fmt: off
_HEIGHTS: Final = {
    "AA": 4.0, "AE": 4.0, "AW": 4.0, "AY": 4.0, "AO": 3.5, "AH": 2.5, "EH": 3.0, "OY": 2.7,
    "OW": 2.5, "EY": 2.3, "ER": 1.7, "IH": 1.6, "UH": 1.6, "IY": 1.0, "UW": 1.0,
}
# fmt: on
"""How open each vowel is."""
_CONSONANT_HEIGHT: Final = 0.8
_TOLERANCE_S: Final = 0.04
_FULL_RANGE: Final = 0.15
"""Range of apertures from which on nothing is scaled down."""
_WEIGHTS: Final = {
    "closure_f1": 0.22,
    "closure_contrast": 0.12,
    "fv_contrast": 0.10,
    "rounding": 0.14,
    "openness": 0.12,
    "vowels": 0.08,
    "rest": 0.12,
    "smooth": 0.10,
}
"""Measures of the composite."""

MEASURES: Final = {
    "composite": "composite",
    "found": "closures found",
    "right": "of those made, right",
    "fv": "f/v",
    "rounding": "rounding",
    "openness": "openness ρ",
    "rest": "rest",
    "visemes": "visemes, all",
    "visemes_speech": "in speech",
    "lag_ms": "lag, ms",
}
"""What a table shows, and how it is titled."""

Scores = dict[str, float]
"""Measures by name; NaN where a clip says nothing of one. ``n_…`` are counts."""


@dataclass(frozen=True, slots=True)
class Labels:
    """What is spoken when.

    Attributes:
        segments: Phones in order, ARPABET without stress and SIL.
        duration_s: Length of the sound.
    """

    segments: tuple[Segment, ...]
    duration_s: float

    def times_s(self) -> Floats:
        """Return the clock, (N,)."""
        return np.arange(0, self.duration_s, 1 / _RATE_HZ)

    def phones(self) -> list[str]:
        """Return the phone at each point of the clock."""
        phones = ["SIL"] * len(self.times_s())
        for segment in self.segments:
            start, end = round(segment.start_s * _RATE_HZ), round(segment.end_s * _RATE_HZ)
            length = len(phones[start:end])
            phones[start : start + length] = [segment.phone] * length
        return phones


def score(face: Face, labels: Labels, *, shift_s: float = 0.0) -> Scores:
    """Score a face.

    Args:
        face: What is shown when.
        labels: What is spoken when.
        shift_s: How much later than it says the face is taken to be shown.
    """
    clock = _Clock(face, labels, shift_s)
    scores = _closures(clock) | _contrasts(clock) | _timing(clock) | _visemes(clock)
    scores["composite"] = _composite(scores, clock.gate)
    return scores


def aperture_of(face: Face, labels: Labels) -> Floats:
    """Return how far the lips are open at each point of the clock, (N,)."""
    return _Clock(face, labels, 0.0).aperture


def pool(results: Sequence[Scores]) -> Scores:
    """Join the scores of clips: by the number of phones where a measure counts phones."""
    counts = {
        "found": "n_bilabials",
        "closure_contrast": "n_bilabials",
        "right": "n_closures",
        "fv": "n_fv",
        "fv_contrast": "n_fv",
        "rounding": "n_round",
        "visemes": "n_points",
        "visemes_speech": "n_points_speech",
    }
    pooled: Scores = {}
    for name in results[0]:
        values = np.array([result[name] for result in results])
        counted = counts.get(name)
        weights = np.array([result[counted] if counted else 1.0 for result in results])
        known = ~np.isnan(values) & (weights > 0)
        pooled[name] = (
            float(np.average(values[known], weights=weights[known])) if any(known) else math.nan
        )
    # Where nothing agrees, the best lag is anywhere: a mean would be the work of a few clips.
    pooled["lag_ms"] = float(np.median([result["lag_ms"] for result in results]))
    pooled["closure_f1"] = _f1(pooled["found"], pooled["right"])
    return pooled


class _Clock:
    """A face and what is spoken, on one clock."""

    def __init__(self, face: Face, labels: Labels, shift_s: float) -> None:
        self.face, self.shift_s = face, shift_s
        self.segments = labels.segments
        self.times_s = labels.times_s()
        self.phones = np.array(labels.phones())
        self._columns = {
            name: np.interp(self.times_s, face.times_s + shift_s, face.values[:, i])
            for i, name in enumerate(face.names)
        }
        mean = self.mean
        self.jaw = mean("jawOpen")
        # A mouthClose as large as jawOpen closes the lips; pressing and rolling closes them too.
        aperture = np.maximum(0, self.jaw - mean("mouthClose")) + 0.15 * mean("mouthFunnel")
        aperture += 0.35 * mean("mouthLowerDownLeft", "mouthLowerDownRight")
        aperture += 0.35 * mean("mouthUpperUpLeft", "mouthUpperUpRight")
        aperture -= 0.25 * mean("mouthPressLeft", "mouthPressRight")
        self.aperture = aperture - 0.2 * mean("mouthRollUpper", "mouthRollLower")
        self.rounding = mean("mouthPucker") + mean("mouthFunnel")
        self.rounding -= 0.5 * mean("mouthSmileLeft", "mouthSmileRight")
        self.rounding -= 0.5 * mean("mouthStretchLeft", "mouthStretchRight")
        self.spoken = self.phones != "SIL"
        if self.spoken.sum() < 20:
            self.spoken[:] = True
        self.lowest, highest = np.percentile(self.aperture[self.spoken], [5, 95])
        self.range = highest - self.lowest
        self.gate = min(1.0, max(0.0, self.range) / _FULL_RANGE)

    def mean(self, *names: str) -> Floats:
        """Return the mean of some weights, (N,); a missing one is 0."""
        nothing = np.zeros(len(self.times_s))
        total: Floats = sum((self._columns.get(name, nothing) for name in names), nothing)
        return total / len(names)

    def index(self, time_s: float) -> int:
        return int(np.clip(round(time_s * _RATE_HZ), 0, len(self.times_s) - 1))

    def middles(self, phones: Collection[str], values: Floats) -> list[float]:
        """Return a curve in the middle of each of some phones."""
        return [
            values[self.index((s.start_s + s.end_s) / 2)]
            for s in self.segments
            if s.phone in phones
        ]

    def others(self, phones: Collection[str]) -> set[str]:
        return {s.phone for s in self.segments} - {"SIL", *phones}


def _closures(clock: _Clock) -> Scores:
    """Do the lips meet on p, b, m, and on nothing else?"""
    aperture, phones = clock.aperture, clock.phones
    threshold, depth = clock.lowest + 0.2 * clock.range, 0.35 * clock.range
    moves = clock.range > 1e-4
    found = n_bilabials = 0
    for segment in clock.segments:
        if segment.phone not in _BILABIALS:
            continue
        n_bilabials += 1
        start = clock.index(segment.start_s - _TOLERANCE_S)
        lowest = start + int(
            aperture[start : clock.index(segment.end_s + _TOLERANCE_S) + 1].argmin()
        )
        around = aperture[max(0, lowest - 20) : lowest + 21].max()
        found += moves and aperture[lowest] <= threshold and around - aperture[lowest] >= depth
    right = wrong = 0
    dips = find_peaks(-aperture, prominence=depth)[0] if moves else []
    for dip in dips:
        if aperture[dip] > threshold or not clock.spoken[dip]:
            continue
        near = set(phones[max(0, dip - 4) : dip + 5])
        if near & _BILABIALS:
            right += 1
        elif not near & {"SIL", "W", *_LABIODENTALS}:  # there lips may well come close
            wrong += 1
    made = right + wrong
    scores: Scores = {"n_bilabials": n_bilabials, "n_closures": made}
    scores["found"] = found / n_bilabials * clock.gate if n_bilabials else math.nan
    without = 0.0 if n_bilabials else math.nan
    scores["right"] = right / made * clock.gate if made else without
    scores["closure_f1"] = _f1(scores["found"], scores["right"]) if n_bilabials else math.nan
    open_phones = clock.others(_BILABIALS | _LABIODENTALS | {"W"})
    scores["closure_contrast"] = _contrast(
        clock.middles(_BILABIALS, -aperture), clock.middles(open_phones, -aperture)
    )
    return scores


def _contrasts(clock: _Clock) -> Scores:
    """Do f and v, round and spread, open and close look as they should?"""
    lip = clock.mean("mouthRollLower") + 0.5 * clock.mean("mouthUpperUpLeft", "mouthUpperUpRight")
    lip -= 0.6 * clock.mean("mouthRollUpper") + 0.4 * clock.mean(
        "mouthPressLeft", "mouthPressRight"
    )
    fv = clock.middles(_LABIODENTALS, lip)
    not_fv = clock.middles(clock.others(_LABIODENTALS), lip)
    scores: Scores = {"n_fv": len(fv), "fv_contrast": _contrast(fv, not_fv), "fv": math.nan}
    if fv:
        moves = np.ptp(not_fv) > 1e-4
        shown = np.mean(np.array(fv) > np.percentile(not_fv, 80)) if moves else 0.0
        scores["fv"] = float(shown) * clock.gate
    is_round = clock.middles(_ROUND, clock.rounding)
    scores["n_round"] = len(is_round)
    scores["rounding"] = _contrast(is_round, clock.middles(_SPREAD, clock.rounding))
    aperture = clock.aperture
    vowels = [
        (_HEIGHTS[s.phone], aperture[clock.index(s.start_s) : clock.index(s.end_s) + 1].max())
        for s in clock.segments
        if s.phone in _HEIGHTS and s.end_s - s.start_s >= _TOLERANCE_S
    ]
    scores["openness"] = _rank_correlation(vowels)
    consonants = clock.others(_HEIGHTS)
    scores["vowels"] = _contrast(
        clock.middles(_HEIGHTS, aperture), clock.middles(consonants, aperture)
    )
    return scores


def _timing(clock: _Clock) -> Scores:
    """Is the mouth at rest in pauses, in time, and smooth?"""
    resting: list[bool] = []
    shut = clock.aperture < clock.lowest + 0.25 * max(clock.range, 1e-9) + 0.03
    at_rest = shut & (clock.jaw < 0.08) & (clock.rounding < 0.15)
    for segment in clock.segments:
        # The first and the last 120 ms belong to the release and to what follows.
        if segment.phone == "SIL" and segment.end_s - segment.start_s >= 0.36:
            start, end = clock.index(segment.start_s + 0.12), clock.index(segment.end_s - 0.12)
            resting += at_rest[start:end].tolist()
    scores: Scores = {"rest": math.nan}
    if len(resting) > 5:
        scores["rest"] = float(np.mean(resting)) * clock.gate
    shut_phones = dict.fromkeys(_BILABIALS | {"SIL"}, 0.0)
    heights = _HEIGHTS | shut_phones
    ideal = np.array([heights.get(phone, _CONSONANT_HEIGHT) for phone in clock.phones])
    window = np.hanning(15)
    ideal = np.convolve(ideal, window / window.sum(), "same")
    scores["lag_ms"], scores["sync"] = _lag(clock.aperture, ideal)
    curves = np.stack([clock.aperture, clock.rounding, clock.jaw], axis=1)
    speeds = np.diff(curves, axis=0) * _RATE_HZ
    power = np.abs(np.fft.rfft(speeds * np.hanning(len(speeds))[:, None], axis=0)) ** 2
    frequency_hz = np.fft.rfftfreq(len(speeds), 1 / _RATE_HZ)
    jitter = power[frequency_hz > 8].sum() / (power[frequency_hz > 0.5].sum() + 1e-9)
    scores["smooth"] = math.exp(-max(0.0, jitter - 0.2) / 0.2) * clock.gate
    return scores


def _visemes(clock: _Clock) -> Scores:
    """How often is the class of the mouth's shape right?"""
    times_s = clock.face.viseme_times_s + clock.shift_s
    newest = np.searchsorted(times_s, clock.times_s, side="right") - 1
    classes = clock.face.viseme_of_phone
    shown = [clock.face.visemes[i] if i >= 0 else classes["SIL"] for i in newest]
    right = np.array([a == classes[b] for a, b in zip(shown, clock.phones, strict=True)])
    spoken = clock.phones != "SIL"
    measured = bool(clock.face.visemes)
    return {
        "n_points": len(right),
        "n_points_speech": int(spoken.sum()),
        "visemes": float(right.mean()) if measured else math.nan,
        "visemes_speech": float(right[spoken].mean()) if measured and spoken.any() else math.nan,
    }


def _composite(scores: Mapping[str, float], gate: float) -> float:
    """Weigh the measures, 0 to 100; late or unrelated motion is worth less."""
    total = weight = 0.0
    for name, share in _WEIGHTS.items():
        if not math.isnan(scores[name]):
            total += share * min(1.0, max(0.0, scores[name]))
            weight += share
    late = max(0.0, (abs(scores["lag_ms"]) - 40) / 160)
    in_time, in_sync = max(0.0, 1 - late), min(1.0, max(0.0, scores["sync"]) / 0.5)
    return 100 * total / max(weight, 1e-9) * gate * in_time * in_sync


def _f1(recall: float, precision: float) -> float:
    if math.isnan(recall) or math.isnan(precision) or recall + precision <= 0:
        return 0.0
    return 2 * recall * precision / (recall + precision)


def _contrast(these: Iterable[float], those: Iterable[float]) -> float:
    """Return how surely one group exceeds another: 1 always, 0 by chance, −1 never."""
    inside, outside = list(these), list(those)
    if len(inside) < 2 or len(outside) < 5:
        return math.nan
    together = np.array(inside + outside)
    if np.ptp(together) < 1e-6:
        return 0.0
    rank_sum = rankdata(together)[: len(inside)].sum() - len(inside) * (len(inside) + 1) / 2
    return float(2 * rank_sum / (len(inside) * len(outside)) - 1)


def _rank_correlation(pairs: Sequence[tuple[float, float]]) -> float:
    if len(pairs) < 6:
        return math.nan
    heights, apertures = np.array(pairs).T
    if np.ptp(apertures) < 1e-6 or np.ptp(heights) < 1e-6:
        return 0.0
    return float(spearmanr(apertures, heights)[0])


def _lag(curve: Floats, ideal: Floats, *, longest_s: float = 0.4) -> tuple[float, float]:
    """Return by how many milliseconds a curve is late, and its correlation there."""
    a = (curve - curve.mean()) / (curve.std() + 1e-9)
    b = (ideal - ideal.mean()) / (ideal.std() + 1e-9)
    n, longest = len(a), int(longest_s * _RATE_HZ)
    shifts = range(-longest, longest + 1)
    matches = np.array(
        [(a[max(0, k) : n + min(0, k)] * b[max(0, -k) : n - max(0, k)]).mean() for k in shifts]
    )
    best = int(matches.argmax())
    between = 0.0
    if 0 < best < 2 * longest:  # the top of the parabola through the best three
        before, top, after = matches[best - 1 : best + 2]
        between = 0.5 * (before - after) / (before - 2 * top + after + 1e-12)
    return (best - longest + between) / _RATE_HZ * 1000, float(matches[best])
