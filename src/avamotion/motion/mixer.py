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
from numpy.typing import NDArray

from avamotion.media import BLENDSHAPES, N_BLENDSHAPES, FloatArray, blendshape_index
from avamotion.motion import idle
from avamotion.motion.emotion import emotion_pose
from avamotion.motion.phone import CHANNELS, channel_index
from avamotion.motion.pitch import N_ECHOES, OCTAVES, UNVOICED
from avamotion.motion.recurrence import ease, recur
from avamotion.motion.style import MotionStyle

__all__ = ["N_TRAITS", "N_VARIABLES", "MixedFrames", "mix", "traits"]

N_VARIABLES: Final = 8
"""Width of a stream's state, (B, 8): zeros at the start."""
_ACTIVITY, _ACCENT, _EMOTION, _USUAL, _USUAL_PITCH, _EFFORT, _HASTE, _VOWEL = range(N_VARIABLES)
_VOICED: Final = slice(_USUAL, _HASTE + 1)
_USUALS: Final = slice(_USUAL, _USUAL_PITCH + 1)
# Shares per hop: the head grows lively within a second, an accent takes a tenth of a second, an
# emotion half a second; what is usual is the loudness of the last second of speech and the pitch
# of the last half, effort that of two, haste the pace of the last three. Nobody's usual pitch is
# 400 Hz, where it begins: so until it has come down to the speaker's, which takes about a second,
# there are no accents of pitch.
_ACTIVITY_RATE, _ACCENT_RATE, _EMOTION_RATE = 0.03, 0.18, 0.04
_RATES: Final = np.tile(np.array([0.03, 0.05, 0.015, 0.006], dtype=np.float32), (N_ECHOES, 1))
_RATES[UNVOICED, 1] = 0
"""How quickly each follows at each pitch, (K, 4): what has no pitch says nothing of the usual."""
_LISTENED: Final = np.zeros((N_ECHOES, 4), dtype=np.float32)
_LISTENED[:, 1] = OCTAVES
"""What each pitch says of usual loudness, usual pitch, effort and haste, (K, 4): of the second."""
_CALM: Final = np.float32(0.35)
_STRESSES: Final = np.array([0.05, 0.08], dtype=np.float32)
"""Loudness above the usual, and octaves above the usual, from which on it is a stress."""
_ACCENT_PER_STRESS: Final = np.array([0.7, 0.45], dtype=np.float32)
"""Half an octave up is as much as a strong stress."""
_NORMAL: Final = np.float32(0.83)
"""Loudness of speech that peaks near full scale, as synthesisers make it."""
_SIZE_PER_EFFORT: Final = np.float32(0.35)
_SIZE_PER_ACCENT: Final = np.float32(0.3)
_PACE: Final = np.float32(0.15)
"""By how much of a vowel the sound changes per hop at four and a half syllables a second."""
_SIZE_PER_HASTE: Final = np.float32(-2)
"""At seven syllables a second the mouth moves a tenth less, at three a tenth more."""
_SLOWEST: Final = np.float32(-0.05)
"""A vowel that is sung for ever is no reason to open the mouth ever wider."""

_INTENSITY, _HEAD, _BLINK, _GAZE, _BROW, _BREATH = range(6)
_EMOTION_POSE: Final = slice(6, 6 + N_BLENDSHAPES)
N_TRAITS: Final = 6 + N_BLENDSHAPES
"""Width of a stream's traits: switches, then the emotion's pose."""

_NOD_RAD: Final = np.float32(np.radians(12))
"""Nod of an accent of 1; a strong stress is an accent of a fifth."""
_BREATH_RAD: Final = np.float32(np.radians(0.8))
"""How far the chin rises with a breath."""
_EYE_RANGE_RAD: Final = np.radians(30)
_JAW: Final = blendshape_index("jawOpen")
_CLOSE: Final = blendshape_index("mouthClose")
_CLOSURE: Final = channel_index("closure")

_N_CHANNELS: Final = len(CHANNELS)
_LIDS, _BROWS = _N_CHANNELS, _N_CHANNELS + 1
_LOOKS: Final = slice(_N_CHANNELS + 2, _N_CHANNELS + 4)
_LOOKS_BACK: Final = slice(_N_CHANNELS + 4, _N_CHANNELS + 6)
_SWAYS: Final = slice(_N_CHANNELS + 6, _N_CHANNELS + 9)
_ACCENTS, _BREATHS = _N_CHANNELS + 9, _N_CHANNELS + 10
_N_SIGNALS: Final = _N_CHANNELS + 11


def _layers() -> FloatArray:
    """Return what each signal adds to each weight and half turn of the head, (S, 52 + 3)."""
    layers = np.zeros((_N_SIGNALS, N_BLENDSHAPES + 3), dtype=np.float32)
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
        (_BREATHS, {"noseSneerLeft": 0.07, "noseSneerRight": 0.07}),
    ]
    for row, weights in others:
        for name, weight in weights.items():
            layers[row, blendshape_index(name)] = weight
    layers[_LOOKS] /= _EYE_RANGE_RAD
    layers[_LOOKS_BACK] /= _EYE_RANGE_RAD
    # Yaw, pitch and roll turn about +y, −x (up is positive) and +z.
    layers[_SWAYS, N_BLENDSHAPES:] = [[0, 0.5, 0], [-0.5, 0, 0], [0, 0, 0.5]]
    layers[_ACCENTS, N_BLENDSHAPES] = 0.5 * _NOD_RAD
    layers[_BREATHS, N_BLENDSHAPES] = -0.5 * _BREATH_RAD
    return layers


_LAYERS: Final = _layers()


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
    """Return a style as numbers, (58,), so that many streams mix in one go."""
    row = np.empty(N_TRAITS, dtype=np.float32)
    row[:6] = style.intensity, style.head, style.blink, style.gaze, style.brow, style.breath
    row[_EMOTION_POSE] = emotion_pose(style.emotion, style.emotion_intensity)
    return row


def mix(
    mouth: FloatArray,
    lids: FloatArray,
    voices: FloatArray,
    loudness: FloatArray,
    pitches: NDArray[np.intp],
    vowels: FloatArray,
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
        pitches: How high the voice is, an index of ``pitch.OCTAVES``, (B, T).
        vowels: How certainly the sound is a vowel, (B, T).
        idling: Rows of the idle tracks, (B, T, 8).
        traits: The styles, at every hop, (B, T, 58), or the same at all, (B, 1, 58).
        variables: State, (B, 8).

    Returns:
        The frames, and the next state.
    """
    course = _follow(voices, loudness, pitches, vowels, variables)
    accent = course[..., _ACCENT]
    gazes = idling[..., idle.GAZE] * traits[..., _GAZE, None]
    signals = np.empty((*mouth.shape[:2], _N_SIGNALS), dtype=np.float32)
    # Who whispers moves less than who shouts, and who hurries less than who does not; and a
    # stressed syllable is larger than others.
    size = 1 + course[..., _EFFORT] * _SIZE_PER_EFFORT + accent * _SIZE_PER_ACCENT
    size += np.maximum(course[..., _HASTE], _SLOWEST) * _SIZE_PER_HASTE
    size *= traits[..., _INTENSITY]
    np.multiply(mouth, size[..., None], out=signals[..., :_N_CHANNELS])
    np.multiply(lids, traits[..., _BLINK], out=signals[..., _LIDS])
    np.multiply(accent, traits[..., _BROW], out=signals[..., _BROWS])
    np.maximum(gazes, 0, out=signals[..., _LOOKS])
    np.maximum(-gazes, 0, out=signals[..., _LOOKS_BACK])
    activity = course[..., _ACTIVITY]
    np.multiply(idling[..., idle.SWAY], activity[..., None], out=signals[..., _SWAYS])
    signals[..., _ACCENTS] = accent
    # Who speaks breathes between the words, where nobody sees it.
    np.multiply(idling[..., idle.BREATH], 1 - activity, out=signals[..., _BREATHS])
    signals[..., _BREATHS] *= traits[..., _BREATH]
    moved = signals @ _LAYERS
    weights, turns = moved[..., :N_BLENDSHAPES], moved[..., N_BLENDSHAPES:]
    weights += course[..., _EMOTION, None] * traits[..., _EMOTION_POSE]
    np.minimum(weights, 1, out=weights)
    weights[..., _CLOSE] = weights[..., _JAW] * mouth[..., _CLOSURE]
    turns *= traits[..., _HEAD, None]
    return MixedFrames(weights, _quaternions(turns), gazes), course[:, -1]


def _follow(
    voices: FloatArray,
    loudness: FloatArray,
    pitches: NDArray[np.intp],
    vowels: FloatArray,
    variables: FloatArray,
) -> FloatArray:
    """Move a stream's variables on, (B, T, 8)."""
    course = np.empty((*voices.shape, N_VARIABLES), dtype=np.float32)
    course[..., _VOWEL] = vowels
    # Every syllable goes from consonant to vowel and back.
    changes = np.empty_like(vowels)
    np.subtract(vowels[:, 0], variables[:, _VOWEL], out=changes[:, 0])
    np.subtract(vowels[:, 1:], vowels[:, :-1], out=changes[:, 1:])
    np.abs(changes, out=changes)
    # Pauses say nothing of how loud, how high and how fast somebody speaks.
    moved = _RATES.take(pitches, axis=0)
    moved *= voices[..., None]
    listened = _LISTENED.take(pitches, axis=0)
    listened[..., ::2] = (loudness - _NORMAL)[..., None]
    np.subtract(changes, _PACE, out=listened[..., 3])
    spoken = recur(1 - moved, moved * listened, variables[:, _VOICED])
    course[..., _VOICED] = spoken
    beyond = listened[..., :2] - _STRESSES
    beyond[:, 0] -= variables[:, _USUALS]
    beyond[:, 1:] -= spoken[:, :-1, :2]
    np.maximum(beyond, 0, out=beyond)
    stress = np.empty_like(voices)
    np.matmul(beyond, _ACCENT_PER_STRESS, out=stress)
    stress *= voices
    course[..., _ACCENT] = ease(stress, variables[:, _ACCENT], _ACCENT_RATE)
    lively = voices * (1 - _CALM) + _CALM
    course[..., _ACTIVITY] = ease(lively, variables[:, _ACTIVITY], _ACTIVITY_RATE)
    course[..., _EMOTION] = ease(np.ones_like(voices), variables[:, _EMOTION], _EMOTION_RATE)
    return course


def _quaternions(turns: FloatArray) -> FloatArray:
    """Turn small half angles about x, y and z, overwriting them, into quaternions, (B, T, 4)."""
    quaternions = np.empty((*turns.shape[:2], 4), dtype=np.float32)
    # Half angles are sines of half angles, to a thousandth.
    quaternions[..., :3] = turns
    turns *= turns
    np.sqrt(1 - turns.sum(axis=2), out=quaternions[..., 3])
    return quaternions
