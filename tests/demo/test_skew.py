"""How far a face is from its sound."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avamotion.demo.skew import energy_to_jaw, face_leads_ms
from avamotion.demo.take import TimeArray
from avamotion.media import FloatArray, blendshape_index

JAW = blendshape_index("jawOpen")
FUNNEL = blendshape_index("mouthFunnel")
N_FRAMES = 200
TIMES: TimeArray = np.arange(N_FRAMES, dtype=np.float64) / 50


def face(*, leads_s: float = 0.0) -> FloatArray:
    """Return a mouth that moves without ever repeating itself."""
    at = TIMES + leads_s
    values = np.zeros((N_FRAMES, 52), np.float32)
    values[:, JAW] = 0.4 + 0.2 * np.sin(9 * at + 2 * np.sin(2.3 * at))
    values[:, FUNNEL] = 0.3 + 0.2 * np.sin(7 * at * (1 + 0.1 * at))
    return values


@given(st.integers(-100, 100))
def test_a_planted_lead_is_found(lead_ms: int) -> None:
    leads = face_leads_ms(TIMES, face(leads_s=lead_ms / 1000), TIMES, face())
    assert len(leads) > 4
    np.testing.assert_allclose(leads, lead_ms, atol=3)


def test_a_lead_that_changes_is_found_where_it_is() -> None:
    values = np.concatenate([face()[:100], face(leads_s=-0.06)[100:]])
    leads = face_leads_ms(TIMES, values, TIMES, face())
    assert leads[0] == 0
    assert abs(leads[-1] + 60) <= 3


@pytest.mark.parametrize("values", [np.zeros((N_FRAMES, 52), np.float32), np.ones((0, 52))])
def test_a_face_at_rest_says_nothing(values: FloatArray) -> None:
    assert len(face_leads_ms(TIMES[: len(values)], values, TIMES, face())) == 0


def test_missing_frames_do_not_hide_the_lead() -> None:
    kept = np.random.default_rng(0).random(N_FRAMES) > 0.2
    leads = face_leads_ms(TIMES[kept], face(leads_s=0.04)[kept], TIMES, face())
    np.testing.assert_allclose(leads, 40, atol=3)


def test_the_ear_finds_a_jaw_that_leads() -> None:
    rate_hz = 48_000
    at = np.arange(4 * rate_hz) / rate_hz
    loud = np.clip(np.sin(9 * at + 2 * np.sin(2.3 * at)), 0, 1)
    samples = (loud * np.random.default_rng(0).normal(0, 0.1, len(at))).astype(np.float32)
    values = np.zeros((N_FRAMES, 52), np.float32)
    lead = TIMES + 0.05
    values[:, JAW] = np.clip(np.sin(9 * lead + 2 * np.sin(2.3 * lead)), 0, 1)
    found = energy_to_jaw(samples, TIMES, values)
    assert abs(found.lead_ms - 50) <= 10
    assert found.coefficient > 0.7


def test_silence_correlates_with_nothing() -> None:
    assert energy_to_jaw(np.zeros(48_000, np.float32), TIMES, face()).coefficient == 0
    assert energy_to_jaw(np.zeros(0, np.float32), TIMES[:0], face()[:0]).coefficient == 0
