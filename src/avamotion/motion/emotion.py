"""Emotions as offsets to the face: slow, and out of the way of the lips' closures."""

from typing import Final

import numpy as np

from avamotion.media import N_BLENDSHAPES, FloatArray, blendshape_index

__all__ = ["EMOTIONS", "emotion_pose"]

_POSES: Final[dict[str, dict[str, float]]] = {
    "neutral": {},
    "happy": {
        "mouthSmileLeft": 0.42,
        "mouthSmileRight": 0.42,
        "cheekSquintLeft": 0.35,
        "cheekSquintRight": 0.35,
        "eyeSquintLeft": 0.2,
        "eyeSquintRight": 0.2,
        "browOuterUpLeft": 0.1,
        "browOuterUpRight": 0.1,
    },
    "sad": {
        "browInnerUp": 0.5,
        "mouthFrownLeft": 0.38,
        "mouthFrownRight": 0.38,
        "mouthShrugLower": 0.15,
    },
    "angry": {
        "browDownLeft": 0.6,
        "browDownRight": 0.6,
        "eyeSquintLeft": 0.3,
        "eyeSquintRight": 0.3,
        "noseSneerLeft": 0.25,
        "noseSneerRight": 0.25,
        "mouthFrownLeft": 0.15,
        "mouthFrownRight": 0.15,
    },
    "surprised": {
        "browInnerUp": 0.55,
        "browOuterUpLeft": 0.5,
        "browOuterUpRight": 0.5,
        "eyeWideLeft": 0.5,
        "eyeWideRight": 0.5,
    },
    "fearful": {
        "browInnerUp": 0.6,
        "browOuterUpLeft": 0.2,
        "browOuterUpRight": 0.2,
        "eyeWideLeft": 0.45,
        "eyeWideRight": 0.45,
        "mouthStretchLeft": 0.25,
        "mouthStretchRight": 0.25,
    },
    "disgusted": {
        "noseSneerLeft": 0.55,
        "noseSneerRight": 0.55,
        "browDownLeft": 0.35,
        "browDownRight": 0.35,
        "eyeSquintLeft": 0.25,
        "eyeSquintRight": 0.25,
        "mouthFrownLeft": 0.2,
        "mouthFrownRight": 0.2,
    },
    "contempt": {
        "mouthSmileRight": 0.35,
        "mouthDimpleRight": 0.3,
        "noseSneerRight": 0.15,
        "browOuterUpRight": 0.25,
        "eyeSquintLeft": 0.12,
        "eyeSquintRight": 0.12,
    },
}

EMOTIONS: Final[tuple[str, ...]] = tuple(_POSES)
"""Names of the emotions."""


def emotion_pose(emotion: str, intensity: float) -> FloatArray:
    """Return the offset of an emotion.

    No pose moves the jaw or draws the lips apart, so that it can be added to a closed mouth.

    Args:
        emotion: One of ``EMOTIONS``.
        intensity: 0 to 1.

    Returns:
        Weights to add, (52,).
    """
    pose = np.zeros(N_BLENDSHAPES, dtype=np.float32)
    for name, weight in _POSES[emotion].items():
        pose[blendshape_index(name)] = weight * intensity
    return pose
