"""When the demo's voice says which phone: read from inside its model."""

import importlib
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import onnx
import onnxruntime
from hibari import Hibari, dsp

EXTENSIONS = Path(__file__).parents[2] / "ten" / "ten_packages" / "extension"

__all__ = ["BILABIALS", "OPEN_VOWELS", "Phone", "phone_times"]

BILABIALS: Final = frozenset("pbm")
OPEN_VOWELS: Final = frozenset("ɑæaɔ")

_RATE_HZ: Final = 24_000
# The tensor of the model that holds how many hops each phoneme lasts.
_DURATIONS: Final = "/Round_output_0"
# A synthesiser's durations run behind its sound; measured against a forced aligner.
_LABEL_DELAY_S: Final = 0.065
_LEAD_SAMPLES: Final = 480


@dataclass(frozen=True, slots=True)
class Phone:
    """One phone of a sentence, on the clock of the turn that speaks it."""

    symbol: str
    start_s: float
    end_s: float

    @property
    def middle_s(self) -> float:
        return (self.start_s + self.end_s) / 2


def phone_times(sentence: str) -> list[Phone]:
    """Return the phones of a sentence as the demo's voice says it."""
    voice = Hibari()
    (phonemes,) = voice.phonemize(sentence)
    model = onnx.load(voice.model_path)
    model.graph.output.append(onnx.helper.make_empty_tensor_value_info(_DURATIONS))
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    ids = voice.ids(phonemes)
    *curves, durations = session.run(
        None, {"ids": np.array([ids], np.int64), "speed": np.array([1.0], np.float32)}
    )
    samples = dsp.synth(*(curve[0] for curve in curves), np.random.default_rng(0))
    hops = np.asarray(durations).reshape(-1)
    ends_s = np.cumsum(hops) * (len(samples) / hops.sum()) / _RATE_HZ
    shift_s = _LABEL_DELAY_S + _trimmed_s(samples)
    symbols = {number: symbol for symbol, number in voice.vocab.items()}
    return [
        Phone(symbols[number], float(start_s) - shift_s, float(end_s) - shift_s)
        for number, start_s, end_s in zip(ids, [0.0, *ends_s[:-1]], ends_s, strict=True)
        if number
    ]


def _trimmed_s(samples: "np.ndarray[tuple[int, ...], np.dtype[np.float32]]") -> float:
    """Return how much silence the demo's voice node cuts from the beginning, in seconds."""
    sys.path.insert(0, str(EXTENSIONS))
    try:
        silence = importlib.import_module("hibari_tts_python.silence")
    finally:
        sys.path.remove(str(EXTENSIONS))
    pcm = (np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()
    return (len(pcm) - len(silence.trim_lead(pcm, keep_samples=_LEAD_SAMPLES))) / 2 / _RATE_HZ
