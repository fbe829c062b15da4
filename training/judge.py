"""The last stage: does the file that was written hear anything, and does the engine move by it?

Shapes: T hops, F features, L lookaheads, D phones.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from avamotion.media import FloatArray, blendshape_index
from avamotion.motion import MotionEngine
from avamotion.motion.model import CONTEXT_HOPS, PhoneModel
from avamotion.motion.phone import PHONES, phone_index
from training.example import Examples
from training.utterance import Utterance
from training.viseme import N_VISEMES, VISEME_OF_PHONE

__all__ = ["hear", "judge"]


def hear(model: PhoneModel, features: FloatArray) -> FloatArray:
    """Return what a model hears in one sound, (T, L, D + 2).

    Args:
        model: The model.
        features: Of the whole sound, (T, F).
    """
    before = np.tile(model.initial_features, (CONTEXT_HOPS, 1))
    sound = np.concatenate([before, features])
    heard, _ = model.run(sound[None], model.initial_state(1))
    whole: FloatArray = heard[0]
    return whole


def judge(path: Path, validation: Examples, utterances: Sequence[Utterance]) -> dict[str, float]:
    """Judge a model's file by speech that it did not learn from.

    Args:
        path: The ONNX file.
        validation: Examples of speech.
        utterances: Speech for the engine to move by.

    Returns:
        ``right``, the share of hops of speech whose viseme is right, with the shorter lookahead;
        ``chance``, that share for who always says the commonest viseme; and ``jaw``, how far the
        engine's jaw moves, from its 5th to its 95th percentile.

    Raises:
        ModelError: If the engine cannot use the file.
    """
    engine = MotionEngine.load(path)
    model = PhoneModel(path, threads=1)
    lookahead = min(model.lookaheads_hops)
    head = model.lookaheads_hops.index(lookahead)
    right = n_spoken = start = 0
    counts = np.zeros(N_VISEMES, dtype=np.int64)
    for end in validation.ends.tolist():
        heard = hear(model, validation.features[start:end].astype(np.float32))
        heard = heard[lookahead:, head, : len(PHONES)]
        phones = validation.phones[start : end - lookahead]
        spoken = phones != phone_index("SIL")
        truth = VISEME_OF_PHONE[phones][spoken]
        right += int((VISEME_OF_PHONE[heard.argmax(axis=1)][spoken] == truth).sum())
        counts += np.bincount(truth, minlength=N_VISEMES)
        n_spoken += len(truth)
        start = end
    jaws = []
    for utterance in utterances:
        stream = engine.open()
        stream.push((utterance.samples / 32768).astype(np.float32))
        stream.finish()
        (frames,) = engine.step([stream])
        jaws += [float(frame.weights[blendshape_index("jawOpen")]) for frame in frames]
    low, high = np.percentile(jaws, [5, 95])
    return {
        "right": right / max(n_spoken, 1),
        "chance": float(counts.max()) / max(n_spoken, 1),
        "jaw": float(high - low),
    }
