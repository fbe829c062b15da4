"""Put the layers of a face on top of each other.

Each layer adds to the weights, and each can be switched off. Everything is causal, and moves on
hop by hop, so that cutting the sound differently changes nothing.

Shapes: B streams, T hops, C mouth channels.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from avamotion.media import N_BLENDSHAPES, FloatArray, blendshape_index
from avamotion.motion import idle
from avamotion.motion.emotion import emotion_pose
from avamotion.motion.phone import CHANNELS, channel_index
from avamotion.motion.style import MotionStyle

__all__ = ["N_TRAITS", "N_VARIABLES", "MixedFrames", "mix", "traits"]

_ACTIVITY, _LOUD, _ACCENT, _BLINK, _SINCE, _EMOTION = range(6)
N_VARIABLES: Final = 6
"""Width of a stream's state: (B, 6), zeros at the start."""

_INTENSITY, _HEAD, _BLINKS, _GAZES, _BROWS = range(5)
N_TRAITS: Final = 5 + N_BLENDSHAPES
"""Width of a stream's traits: switches, then the emotion's pose."""

_BLINK_CURVE: Final = np.array([0, 0.35, 0.85, 1, 1, 0.8, 0.5, 0.28, 0.12, 0.04], np.float32)
_BLINKS_PER_FRAME: Final = np.float32(0.19 / 50)
_BLINKS_PER_FRAME_IN_PAUSE: Final = np.float32(0.9 / 50)
_BLINK_REST_FRAMES: Final = 45
_NOD_RAD: Final = np.float32(np.radians(2.0))
_EYE_RANGE_RAD: Final = np.float32(np.radians(30))


def _columns(*names: str) -> npt.NDArray[np.intp]:
    return np.array([blendshape_index(name) for name in names])


def _spread() -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return which weight takes which mouth channel; a channel may move both sides."""
    sources, targets = [], []
    for source, channel in enumerate(CHANNELS):
        if channel == "closure":
            continue
        for side in ("", "Left", "Right"):
            try:
                targets.append(blendshape_index(channel + side))
            except KeyError:
                continue
            sources.append(source)
    return np.array(sources), np.array(targets)


_SOURCES, _TARGETS = _spread()
_CLOSURE: Final = channel_index("closure")
_JAW: Final = blendshape_index("jawOpen")
_CLOSE: Final = blendshape_index("mouthClose")
_LIDS: Final = _columns("eyeBlinkLeft", "eyeBlinkRight")
_LOOK_LEFT: Final = _columns("eyeLookOutLeft", "eyeLookInRight")
_LOOK_RIGHT: Final = _columns("eyeLookInLeft", "eyeLookOutRight")
_LOOK_UP: Final = _columns("eyeLookUpLeft", "eyeLookUpRight")
_LOOK_DOWN: Final = _columns("eyeLookDownLeft", "eyeLookDownRight")
_BROWS_UP: Final = _columns("browInnerUp", "browOuterUpLeft", "browOuterUpRight")
_BROW_SHARES: Final = np.array([0.3, 0.22, 0.22], np.float32)


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
    row[5:] = emotion_pose(style.emotion, style.emotion_intensity)
    return row


def mix(
    mouth: FloatArray,
    loudness: FloatArray,
    idling: FloatArray,
    traits: FloatArray,
    variables: FloatArray,
) -> tuple[MixedFrames, FloatArray]:
    """Mix the layers.

    Args:
        mouth: Poses of the mouth, (B, T, C).
        loudness: How loud the speech is, (B, T), 0 in silence and about 1 at normal peaks.
        idling: Rows of the idle tracks, (B, T, 7).
        traits: The styles, (B, 57).
        variables: State, (B, 6).

    Returns:
        The frames, and the next state.
    """
    n_streams, n_hops, _ = mouth.shape
    course = np.empty((n_streams, n_hops, N_VARIABLES), dtype=np.float32)
    for hop in range(n_hops):
        variables = _advance(variables, loudness[:, hop], idling[:, hop])
        course[:, hop] = variables
    weights = np.zeros((n_streams, n_hops, N_BLENDSHAPES), dtype=np.float32)
    weights[..., _TARGETS] = mouth[..., _SOURCES]
    closure = mouth[..., _CLOSURE]
    weights *= traits[:, None, _INTENSITY, None]
    weights += traits[:, 5:][:, None] * course[..., _EMOTION, None]
    np.clip(weights, 0, 1, out=weights)
    weights[..., _CLOSE] = weights[..., _JAW] * closure
    blinks = _BLINK_CURVE[course[..., _BLINK].astype(np.intp)] * traits[:, None, _BLINKS]
    weights[..., _LIDS] = np.maximum(weights[..., _LIDS], blinks[..., None])
    accent = course[..., _ACCENT]
    lift = (accent * traits[:, None, _BROWS])[..., None] * _BROW_SHARES
    weights[..., _BROWS_UP] = np.minimum(weights[..., _BROWS_UP] + lift, 1)
    gazes = idling[..., idle.GAZE] * traits[:, None, _GAZES, None]
    looks = np.clip(gazes / _EYE_RANGE_RAD, -1, 1)
    weights[..., _LOOK_LEFT] = np.maximum(looks[..., :1], 0)
    weights[..., _LOOK_RIGHT] = np.maximum(-looks[..., :1], 0)
    weights[..., _LOOK_UP] = np.maximum(looks[..., 1:], 0)
    weights[..., _LOOK_DOWN] = np.maximum(-looks[..., 1:], 0)
    angles = idling[..., idle.SWAY] * course[..., _ACTIVITY, None]
    angles[..., 1] -= accent * _NOD_RAD
    return MixedFrames(
        weights, _quaternions(angles * traits[:, None, _HEAD, None]), gazes
    ), variables


def _advance(variables: FloatArray, loudness: FloatArray, idling: FloatArray) -> FloatArray:
    """Move the slow quantities of every stream on by one hop."""
    now = np.empty_like(variables)
    speaking = loudness > 0.15
    # The head grows lively within a second of speech, and calms down in silence.
    goal = np.where(speaking, np.float32(1), np.float32(0.35))
    now[:, _ACTIVITY] = variables[:, _ACTIVITY] + (goal - variables[:, _ACTIVITY]) * np.float32(
        0.03
    )
    # A stress is loudness that stands out from the last second's.
    now[:, _LOUD] = variables[:, _LOUD] + (loudness - variables[:, _LOUD]) * np.float32(0.02)
    stress = np.clip(loudness - now[:, _LOUD] - np.float32(0.1), 0, 1)
    now[:, _ACCENT] = variables[:, _ACCENT] + (stress - variables[:, _ACCENT]) * np.float32(0.12)
    now[:, _EMOTION] = variables[:, _EMOTION] + (1 - variables[:, _EMOTION]) * np.float32(0.04)
    rate = np.where(speaking, _BLINKS_PER_FRAME, _BLINKS_PER_FRAME_IN_PAUSE)
    rate = rate * (variables[:, _SINCE] > _BLINK_REST_FRAMES) * idling[:, idle.STEADY]
    starts = idling[:, idle.CHANCE] < rate
    phase = variables[:, _BLINK]
    blinking = phase > 0
    next_phase = np.where(blinking, phase + 1, starts)
    now[:, _BLINK] = np.where(next_phase >= len(_BLINK_CURVE), 0, next_phase)
    now[:, _SINCE] = np.where(blinking, 0, variables[:, _SINCE] + 1)
    return now


def _quaternions(angles: FloatArray) -> FloatArray:
    """Turn small yaw (about +y), pitch (up positive) and roll (about +z) into quaternions."""
    half = angles * np.float32(0.5)
    sin, cos = np.sin(half), np.cos(half)
    sy, sp, sr = sin[..., 0], -sin[..., 1], sin[..., 2]  # looking up turns about −x
    cy, cp, cr = cos[..., 0], cos[..., 1], cos[..., 2]
    return np.stack(
        [
            cy * sp * cr + sy * cp * sr,
            sy * cp * cr - cy * sp * sr,
            cy * cp * sr - sy * sp * cr,
            cy * cp * cr + sy * sp * sr,
        ],
        axis=-1,
    )
