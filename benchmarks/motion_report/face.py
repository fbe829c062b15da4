"""Faces to be scored: Avamotion's, other libraries', and two to judge both by.

Other libraries show Oculus visemes. Each of these becomes the mean of Avamotion's own poses of the
phones that the library counts to the viseme, so that all mouths have the same shapes at their
disposal, and only what was heard, and when, makes the difference.

Shapes: N frames, W weights, T hops, C mouth channels.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avamotion.animate import read_sound
from avamotion.media import BLENDSHAPES, FloatArray
from avamotion.motion import FRAME_US, MotionEngine, MotionStyle
from avamotion.motion.coarticulation import DELAY_HOPS, coarticulate, coarticulation_at_rest
from avamotion.motion.feature import CONTEXT_SAMPLES, HOP_SAMPLES, log_mel
from avamotion.motion.loudness import listen, loudness_at_start
from avamotion.motion.model import DEFAULT_MODEL, LIP, N_HEARD, VOICE, PhoneModel
from avamotion.motion.phone import CHANNELS, N_SHAPED, PHONES, POSES, phone_index
from training.judge import hear
from training.utterance import Segment

__all__ = [
    "HEADAUDIO_VISEMES",
    "OCULUS_VISEMES",
    "Face",
    "Floats",
    "Picture",
    "face_from_energy",
    "face_from_phones",
    "face_from_pictures",
    "face_of_avamotion",
]

Floats = NDArray[np.float64]

_HOP_S: Final = FRAME_US / 1e6


def _by_phone(classes: Mapping[str, str]) -> dict[str, str]:
    return {phone: viseme for viseme, phones in classes.items() for phone in phones.split()}


OCULUS_VISEMES: Final = _by_phone(
    {
        "sil": "SIL",
        "PP": "P B M",
        "FF": "F V",
        "TH": "TH DH",
        "DD": "T D",
        "kk": "K G NG HH",
        "CH": "CH JH SH ZH",
        "SS": "S Z",
        "nn": "N L",
        "RR": "R ER",
        "aa": "AA AE AH AW AY",
        "E": "EH EY",
        "I": "IH IY Y",
        "O": "AO OW OY",
        "U": "UH UW W",
    }
)
"""The usual viseme of each phone; Avamotion's classes are the same."""

HEADAUDIO_VISEMES: Final = _by_phone(
    {
        "sil": "SIL",
        "PP": "P B M",
        "FF": "F V",
        "TH": "TH DH",
        "DD": "T D",
        "kk": "K G",
        "CH": "CH JH",
        "SS": "S Z SH ZH HH",
        "nn": "N NG",
        "RR": "R L Y W",
        "aa": "AA AE AW AY",
        "E": "EH EY ER AH",
        "I": "IH IY",
        "O": "AO OW OY",
        "U": "UH UW",
    }
)
"""The viseme of each phone as HeadAudio's own documentation has it."""


@dataclass(frozen=True, slots=True)
class Picture:
    """What a library shows at a time: the viseme it decided for, and weights of visemes."""

    time_s: float
    viseme: str
    weights: Mapping[str, float]


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """A face over time.

    Attributes:
        times_s: When each frame is shown, in the sound's time, (N,).
        names: ARKit names, (W,).
        values: Weights, (N, W), in [0, 1].
        visemes: The class of shape that was decided for, each from its time on; may be empty.
        viseme_times_s: Those times.
        viseme_of_phone: The class of each phone.
    """

    times_s: Floats
    names: Sequence[str]
    values: Floats
    visemes: Sequence[str] = ()
    viseme_times_s: Floats = field(default_factory=lambda: np.zeros(0, dtype=np.float64))
    viseme_of_phone: Mapping[str, str] = field(default_factory=lambda: OCULUS_VISEMES)


def face_of_avamotion(path: Path, lookahead_ms: int) -> Face:
    """Animate a sound as a session without parameters would, but for the lookahead."""
    samples = read_sound(path)
    engine = MotionEngine.load()
    stream = engine.open(MotionStyle(lookahead_ms=lookahead_ms))
    stream.push(samples)
    stream.finish()
    (frames,) = engine.step([stream])
    heard, lookahead_hops = _hear(samples, lookahead_ms)
    phones = [PHONES[i] for i in heard[:, : len(PHONES)].argmax(axis=1)]
    return Face(
        np.array([frame.pts_us for frame in frames]) / 1e6,
        BLENDSHAPES,
        np.stack([frame.weights for frame in frames]).astype(np.float64),
        [OCULUS_VISEMES[phone] for phone in phones],
        np.asarray((np.arange(len(phones)) - lookahead_hops) * _HOP_S, dtype=np.float64),
    )


def _hear(samples: FloatArray, lookahead_ms: int) -> tuple[FloatArray, int]:
    """Return what the network hears with a lookahead, (T, D + 2), and how many hops late."""
    model = PhoneModel(DEFAULT_MODEL, threads=1)
    lookahead_hops = round(lookahead_ms / 1000 / _HOP_S)
    silence = np.zeros(lookahead_hops * HOP_SAMPLES, dtype=np.float32)
    features = _features(np.concatenate([samples, silence]))[0]
    heard = hear(model, features)
    return heard[:, model.lookaheads_hops.index(lookahead_hops)], lookahead_hops


def _features(samples: FloatArray) -> FloatArray:
    n_hops = len(samples) // HOP_SAMPLES
    context = np.zeros(CONTEXT_SAMPLES, dtype=np.float32)
    return log_mel(np.concatenate([context, samples[: n_hops * HOP_SAMPLES]])[None])


def face_from_pictures(pictures: Sequence[Picture], viseme_of_phone: Mapping[str, str]) -> Face:
    """Give visemes the shapes of Avamotion's phones."""
    times_s = np.array([picture.time_s for picture in pictures])
    poses = np.zeros((len(pictures), len(CHANNELS)))
    for viseme in sorted(set(viseme_of_phone.values()) - {"sil"}):
        phones = [phone for phone, own in viseme_of_phone.items() if own == viseme]
        pose = np.zeros(len(CHANNELS))
        pose[:N_SHAPED] = POSES[[phone_index(phone) for phone in phones]].mean(axis=0)
        pose[N_SHAPED] = viseme == "PP"
        poses += np.outer([picture.weights.get(viseme, 0.0) for picture in pictures], pose)
    visemes = [picture.viseme for picture in pictures]
    return Face(times_s, *_weights(poses), visemes, times_s, viseme_of_phone)


def face_from_phones(segments: Sequence[Segment], duration_s: float) -> Face:
    """Let Avamotion's rules speak the true phones: as good as a perfect ear would make it."""
    n_hops = int(duration_s / _HOP_S) + DELAY_HOPS
    heard = np.zeros((n_hops + DELAY_HOPS, N_HEARD), dtype=np.float32)
    hops = np.arange(-DELAY_HOPS, n_hops)
    middles_s: Floats = np.asarray((hops + 0.5) * _HOP_S, dtype=np.float64)
    heard[:, phone_index("SIL")] = 1
    for segment in segments:
        inside = (middles_s >= segment.start_s) & (middles_s < segment.end_s)
        heard[inside] = 0
        heard[inside, phone_index(segment.phone)] = 1
        heard[inside, LIP] = segment.phone in ("P", "B", "M")
        heard[inside, VOICE] = segment.phone != "SIL"
    # The truth is the same when it is heard again.
    twice = np.stack([heard[DELAY_HOPS:], heard[:-DELAY_HOPS]])[:, None]
    poses, _ = coarticulate(twice, coarticulation_at_rest(1))
    names, values = _weights(poses[0, DELAY_HOPS:].astype(np.float64))
    return Face(middles_s[DELAY_HOPS:-DELAY_HOPS], names, values)


def face_from_energy(path: Path) -> Face:
    """Open the jaw with the loudness: what the simplest animation does."""
    loudness, _, _ = listen(_features(read_sound(path)), loudness_at_start(1))
    times_s: Floats = np.asarray((np.arange(loudness.shape[1]) + 0.5) * _HOP_S, dtype=np.float64)
    return Face(times_s, ["jawOpen"], 0.5 * loudness[0].astype(np.float64)[:, None])


def _weights(poses: Floats) -> tuple[list[str], Floats]:
    """Turn poses, (N, C), into ARKit's weights: names and values."""
    names, columns = [], []
    for i, channel in enumerate(CHANNELS[:N_SHAPED]):
        for side in ("", "Left", "Right"):
            if channel + side in BLENDSHAPES:
                names.append(channel + side)
                columns.append(poses[:, i])
    jaw = np.clip(poses[:, CHANNELS.index("jawOpen")], 0, 1)
    names.append("mouthClose")
    columns.append(jaw * np.clip(poses[:, N_SHAPED], 0, 1))
    return names, np.clip(np.stack(columns, axis=1), 0, 1)
