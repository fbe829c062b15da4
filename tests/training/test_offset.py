"""A label offset that we plant is found again."""

import numpy as np
import pytest

pytest.importorskip("scipy")

from avamotion.motion.phone import PHONES
from training.offset import measure_offset
from training.utterance import SAMPLE_RATE_HZ, Segment, Utterance


def speak(seed: int, *, late_s: float) -> Utterance:
    """Sing phones, each on its own tone, and label them late."""
    rng = np.random.default_rng(seed)
    pieces, segments = [], []
    start_s = 0.0
    for _ in range(40):
        phone = int(rng.integers(1, len(PHONES)))
        duration_s = rng.uniform(0.05, 0.15)
        time_s = np.arange(int(duration_s * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
        pieces.append(0.3 * np.sin(2 * np.pi * (150 + 120 * phone) * time_s))
        end_s = start_s + len(time_s) / SAMPLE_RATE_HZ
        segments.append(Segment(start_s + late_s, end_s + late_s, PHONES[phone]))
        start_s = end_s
    sound = np.concatenate(pieces) + 0.001 * rng.standard_normal(
        int(start_s * SAMPLE_RATE_HZ + 0.5)
    )
    pcm = (sound * 32767).astype(np.int16)
    return Utterance(pcm, tuple(segments), "tones", "one", "none")


@pytest.mark.parametrize("late_s", [-0.03, 0.0, 0.057, 0.1])
def test_the_offset_of_labels_is_measured(late_s: float) -> None:
    utterances = [speak(seed, late_s=late_s) for seed in range(4)]
    assert measure_offset(utterances) == pytest.approx(late_s, abs=0.005)
