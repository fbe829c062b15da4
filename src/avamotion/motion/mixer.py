"""Put the layers of a face on top of each other.

Each layer adds to the weights, and each can be switched off. Everything is causal, and moves on
hop by hop, so that cutting the sound differently changes nothing.

A live session mixes one hop at a time, where a call into numpy costs more than its arithmetic:
so the layers are columns of one matrix, and one product makes the weights.

Shapes: B streams, T hops, C mouth channels, S signals.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from avamotion.media import BLENDSHAPES, N_BLENDSHAPES, FloatArray, blendshape_index
from avamotion.motion import idle
from avamotion.motion.emotion import emotion_pose
from avamotion.motion.phone import CHANNELS, channel_index
from avamotion.motion.recurrence import ease, recur
from avamotion.motion.style import MotionStyle

__all__ = ["N_TRAITS", "N_VARIABLES", "MixedFrames", "mix", "traits"]

N_VARIABLES: Final = 5
"""Width of a stream's state, (B, 5): zeros at the start."""
_ACTIVITY, _ACCENT, _EMOTION, _USUAL, _EFFORT = range(N_VARIABLES)
_VOICED: Final = slice(_USUAL, _EFFORT + 1)
# Shares per hop: the head grows lively within a second, an accent takes a sixth of a second, an
# emotion half a second; what is usual is the loudness of the last second of speech, effort of two.
_ACTIVITY_RATE, _ACCENT_RATE, _EMOTION_RATE = 0.03, 0.12, 0.04
_VOICED_RATES: Final = np.array([0.03, 0.015], dtype=np.float32)
_CALM: Final = np.float32(0.35)
_STRESS: Final = np.float32(0.05)
"""Loudness above the usual from which on it is a stress."""
_NORMAL: Final = np.float32(0.83)
"""Loudness of speech that peaks near full scale, as synthesisers make it."""
_SIZE_PER_EFFORT: Final = np.float32(0.35)
_SIZE_PER_ACCENT: Final = np.float32(0.3)

_INTENSITY, _HEAD, _BLINK, _GAZE, _BROW = range(5)
_EMOTION_POSE: Final = slice(5, 5 + N_BLENDSHAPES)
N_TRAITS: Final = 5 + N_BLENDSHAPES
"""Width of a stream's traits: switches, then the emotion's pose."""

_NOD_RAD: Final = np.float32(np.radians(12))
"""Nod of an accent of 1; a strong stress is an accent of a fifth."""
_EYE_RANGE_RAD: Final = np.radians(30)
_JAW: Final = blendshape_index("jawOpen")
_CLOSE: Final = blendshape_index("mouthClose")
_CLOSURE: Final = channel_index("closure")

_N_CHANNELS: Final = len(CHANNELS)
_LIDS, _BROWS = _N_CHANNELS, _N_CHANNELS + 1
_LOOKS: Final = slice(_N_CHANNELS + 2, _N_CHANNELS + 4)
_LOOKS_BACK: Final = slice(_N_CHANNELS + 4, _N_CHANNELS + 6)
_N_SIGNALS: Final = _N_CHANNELS + 6


def _layers() -> FloatArray:
    """Return what each signal adds to each weight, (S, 52)."""
    layers = np.zeros((_N_SIGNALS, N_BLENDSHAPES), dtype=np.float32)
    for row, channel in enumerate(CHANNELS):
        for side in ("", "Left", "Right"):
            if channel + side in BLENDSHAPES:
                layers[row, blendshape_index(channel + side)] = 1
    others: list[tuple[int, dict[str, float]]] = [
        (_LIDS, {"eyeBlinkLeft": 1, "eyeBlinkRight": 1}),
        (_BROWS, {"browInnerUp": 1.2, "browOuterUpLeft": 0.8, "browOuterUpRight": 0.8}),
        (_LOOKS.start, {"eyeLookOutLeft": 1, "eyeLookInRight": 1}),
        (_LOOKS.start + 1, {"eyeLookUpLeft": 1, "eyeLookUpRight": 1}),
        (_LOOKS_BACK.start, {"eyeLookInLeft": 1, "eyeLookOutRight": 1}),
        (_LOOKS_BACK.start + 1, {"eyeLookDownLeft": 1, "eyeLookDownRight": 1}),
    ]
    for row, weights in others:
        for name, weight in weights.items():
            layers[row, blendshape_index(name)] = weight
    layers[_LOOKS] /= _EYE_RANGE_RAD
    layers[_LOOKS_BACK] /= _EYE_RANGE_RAD
    return layers


_LAYERS: Final = _layers()
# Half of yaw, pitch and roll about +y, −x (up is positive) and +z.
_HALF_TURNS: Final = np.array([[0, 0.5, 0], [-0.5, 0, 0], [0, 0, 0.5]], dtype=np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class MixedFrames:
    """Frames of several streams.

    Attributes:
        weights: Blend-shape weights, (B, T, 52), in [0, 1].
        heads: Unit quaternions (x, y, z, w), (B, T, 4).
        gazes: (yaw, pitch) in radians, (B, T, 2).
    """

    weights: FloatArray
    heads: FloatArray
    gazes: FloatArray


def traits(style: MotionStyle) -> FloatArray:
    """Return a style as numbers, (57,), so that many streams mix in one go."""
    row = np.empty(N_TRAITS, dtype=np.float32)
    row[:5] = style.intensity, style.head, style.blink, style.gaze, style.brow
    row[_EMOTION_POSE] = emotion_pose(style.emotion, style.emotion_intensity)
    return row


def mix(
    mouth: FloatArray,
    lids: FloatArray,
    voices: FloatArray,
    loudness: FloatArray,
    idling: FloatArray,
    traits: FloatArray,
    variables: FloatArray,
) -> tuple[MixedFrames, FloatArray]:
    """Mix the layers.

    Args:
        mouth: Poses of the mouth, (B, T, C).
        lids: How closed the lids are, (B, T).
        voices: How certainly somebody speaks, (B, T).
        loudness: How loud it is, (B, T), 0 in silence and about 1 at normal peaks.
        idling: Rows of the idle tracks, (B, T, 7).
        traits: The styles, at every hop, (B, T, 57), or the same at all, (B, 1, 57).
        variables: State, (B, 5).

    Returns:
        The frames, and the next state.
    """
    course = _follow(voices, loudness, variables)
    accent = course[..., _ACCENT]
    gazes = idling[..., idle.GAZE] * traits[..., _GAZE, None]
    signals = np.empty((*mouth.shape[:2], _N_SIGNALS), dtype=np.float32)
    # Who whispers moves less than who shouts, and a stressed syllable is larger than others.
    size = 1 + course[..., _EFFORT] * _SIZE_PER_EFFORT + accent * _SIZE_PER_ACCENT
    size *= traits[..., _INTENSITY]
    np.multiply(mouth, size[..., None], out=signals[..., :_N_CHANNELS])
    np.multiply(lids, traits[..., _BLINK], out=signals[..., _LIDS])
    np.multiply(accent, traits[..., _BROW], out=signals[..., _BROWS])
    np.maximum(gazes, 0, out=signals[..., _LOOKS])
    np.maximum(-gazes, 0, out=signals[..., _LOOKS_BACK])
    weights = signals @ _LAYERS
    weights += course[..., _EMOTION, None] * traits[..., _EMOTION_POSE]
    np.minimum(weights, 1, out=weights)
    weights[..., _CLOSE] = weights[..., _JAW] * mouth[..., _CLOSURE]
    angles = idling[..., idle.SWAY] * course[..., _ACTIVITY, None]
    angles[..., 1] -= accent * _NOD_RAD
    angles *= traits[..., _HEAD, None]
    return MixedFrames(weights, _quaternions(angles), gazes), course[:, -1]


def _follow(voices: FloatArray, loudness: FloatArray, variables: FloatArray) -> FloatArray:
    """Move a stream's variables on, (B, T, 5)."""
    course = np.empty((*voices.shape, N_VARIABLES), dtype=np.float32)
    # Pauses say nothing of how loud somebody speaks.
    moved = voices[..., None] * _VOICED_RATES
    beyond = loudness - _NORMAL
    spoken = recur(1 - moved, moved * beyond[..., None], variables[:, _VOICED])
    course[..., _VOICED] = spoken
    stress = beyond - _STRESS
    stress[:, 0] -= variables[:, _USUAL]
    stress[:, 1:] -= spoken[:, :-1, 0]
    np.maximum(stress, 0, out=stress)
    stress *= voices
    course[..., _ACCENT] = ease(stress, variables[:, _ACCENT], _ACCENT_RATE)
    lively = voices * (1 - _CALM) + _CALM
    course[..., _ACTIVITY] = ease(lively, variables[:, _ACTIVITY], _ACTIVITY_RATE)
    course[..., _EMOTION] = ease(np.ones_like(voices), variables[:, _EMOTION], _EMOTION_RATE)
    return course


def _quaternions(angles: FloatArray) -> FloatArray:
    """Turn small yaw, pitch and roll into unit quaternions, (B, T, 4)."""
    quaternions = np.empty((*angles.shape[:2], 4), dtype=np.float32)
    turns = angles @ _HALF_TURNS  # sines of half angles, to a thousandth
    quaternions[..., :3] = turns
    turns *= turns
    np.sqrt(1 - turns.sum(axis=2), out=quaternions[..., 3])
    return quaternions
