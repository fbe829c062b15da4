"""The closure curve shuts a mouth, and the rule that applies it keeps its promises."""

import numpy as np
import pytest

from tests.tools.assets.mouths import cardboard_mouth
from tools.assets.closure import Closure, closed_weights, find_closure, stricter
from tools.assets.mouth import find_mouth

NAMES = ["jawOpen", "mouthClose", "mouthUpperUpLeft"]


@pytest.mark.parametrize("closing", [0.8, 1.0, 1.6])
def test_a_head_whose_close_is_weaker_needs_more_of_it(closing: float) -> None:
    closure = find_closure(find_mouth(cardboard_mouth(closing=closing)))
    expected = np.minimum(closure.jaw_open / closing, 1)
    # The lips count as met 0.1 mm early, and each jaw opening of 1 parts them by 30 mm.
    np.testing.assert_allclose(closure.mouth_close, expected, atol=0.1 / 30 / closing + 1e-4)


def test_what_parts_shut_lips_is_damped_and_nothing_else() -> None:
    closure = find_closure(find_mouth(cardboard_mouth()))
    assert set(closure.damp) == {"mouthUpperUpLeft", "mouthUpperUpRight"}
    assert 0.9 < closure.damp["mouthUpperUpLeft"] <= 1


@pytest.mark.parametrize("jaw", [0.02, 0.05, 0.13, 0.4, 1.0])
def test_an_intention_to_close_shuts_the_lips(jaw: float) -> None:
    mouth = find_mouth(cardboard_mouth(closing=1.3))
    weights = closed_weights(NAMES, np.array([[jaw, jaw, 0.8]]), find_closure(mouth))
    assert mouth.measure(NAMES, weights).widest_mm[0] < 0.5


def test_no_intention_to_close_changes_nothing() -> None:
    closure = find_closure(find_mouth(cardboard_mouth()))
    weights = np.array([[0.3, 0.0, 0.7], [0.0, 0.0, 0.2]])
    np.testing.assert_array_equal(closed_weights(NAMES, weights, closure), weights)


def test_closing_gradually_closes_gradually() -> None:
    mouth = find_mouth(cardboard_mouth(closing=1.3))
    close = np.linspace(0, 0.3, 31)
    poses = np.column_stack([np.full(31, 0.3), close, np.zeros(31)])
    gaps = mouth.measure(NAMES, closed_weights(NAMES, poses, find_closure(mouth))).widest_mm
    assert (np.diff(gaps) <= 1e-9).all()
    assert np.abs(np.diff(gaps)).max() < 0.5


def test_the_curve_survives_its_json() -> None:
    closure = find_closure(find_mouth(cardboard_mouth()))
    again = Closure.from_json(closure.to_json())
    np.testing.assert_allclose(again.mouth_close, closure.mouth_close, atol=1e-4)
    assert again.damp.keys() == closure.damp.keys()


def test_the_stricter_of_two_curves_shuts_both_heads() -> None:
    mouths = [find_mouth(cardboard_mouth(closing=c)) for c in (1.0, 1.5)]
    closure = stricter(*(find_closure(mouth) for mouth in mouths))
    weights = closed_weights(NAMES, np.array([[0.2, 0.2, 0.0]]), closure)
    assert all(mouth.measure(NAMES, weights).widest_mm[0] < 0.5 for mouth in mouths)
