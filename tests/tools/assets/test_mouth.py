"""A mouth whose gaps are known is measured right."""

import numpy as np
import pytest

from tests.tools.assets.mouths import DROP_M, HALF_WIDTH_M, cardboard_mouth
from tools.assets.glbfile import Glb, MorphMesh
from tools.assets.mouth import MouthError, find_mouth

NAMES = ["jawOpen", "mouthClose", "mouthUpperUpLeft", "mouthStretchLeft"]


def test_a_shut_mouth_has_no_gap() -> None:
    gap = find_mouth(cardboard_mouth()).measure(NAMES, np.zeros((1, 4)))
    assert gap.widest_mm[0] == pytest.approx(0, abs=1e-9)
    assert gap.overlap_mm[0] == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("jaw", [0.1, 0.5, 1.0])
def test_the_gap_is_what_the_jaw_drops(jaw: float) -> None:
    gap = find_mouth(cardboard_mouth()).measure(NAMES, np.array([[jaw, 0, 0, 0]]))
    assert gap.widest_mm[0] == pytest.approx(1000 * DROP_M * jaw, abs=1e-6)
    assert gap.smallest_mm[0] == pytest.approx(1000 * DROP_M * jaw, abs=1e-6)


def test_an_upper_lip_that_rises_opens_the_mouth() -> None:
    gap = find_mouth(cardboard_mouth()).measure(NAMES, np.array([[0, 0, 1.0, 0]]))
    assert gap.widest_mm[0] == pytest.approx(4.0, abs=1e-6)


def test_lips_pushed_past_one_another_overlap() -> None:
    gap = find_mouth(cardboard_mouth()).measure(NAMES, np.array([[0, 0.05, 0, 0]]))
    assert gap.widest_mm[0] == 0
    assert gap.overlap_mm[0] == pytest.approx(1000 * DROP_M * 0.05, abs=1e-6)


def test_a_mouth_that_is_ajar_at_rest_is_found_and_told() -> None:
    gap = find_mouth(cardboard_mouth(ajar_m=0.002)).measure(NAMES, np.zeros((1, 4)))
    assert gap.widest_mm[0] == pytest.approx(2.0, abs=1e-6)


def test_width_and_lip_to_teeth() -> None:
    mouth = find_mouth(cardboard_mouth())
    gap = mouth.measure(NAMES, np.array([[0, 0, 0, 0], [0, 0, 0, 1.0]]))
    np.testing.assert_allclose(gap.width_mm, [2000 * HALF_WIDTH_M, 2400 * HALF_WIDTH_M])
    assert gap.lip_to_teeth_mm[0] == pytest.approx(3.0, abs=0.2)


def test_many_poses_measure_like_one_at_a_time() -> None:
    mouth = find_mouth(cardboard_mouth())
    poses = np.random.default_rng(2).random((20, 4)) * 0.5
    together = mouth.clearance_mm(NAMES, poses)
    np.testing.assert_allclose(
        together, np.concatenate([mouth.clearance_mm(NAMES, p[None]) for p in poses])
    )


def test_a_shape_that_the_head_lacks_moves_nothing() -> None:
    gap = find_mouth(cardboard_mouth()).measure(["tongueOut"], np.ones((1, 1)))
    assert gap.widest_mm[0] == pytest.approx(0, abs=1e-9)


def test_a_head_without_a_jaw_is_refused() -> None:
    mesh = MorphMesh(np.zeros((3, 3)), np.array([[0, 1, 2]]), {})
    with pytest.raises(MouthError, match="jawOpen"):
        find_mouth(Glb({}, {"Face": mesh}))


def test_a_jaw_that_parts_no_lips_is_refused() -> None:
    glb = cardboard_mouth()
    whole = glb.meshes["Face"]
    still = MorphMesh(
        whole.positions, whole.triangles, {"jawOpen": np.full_like(whole.positions, -0.01)}
    )
    with pytest.raises(MouthError, match="lips"):
        find_mouth(Glb({}, {"Face": still}))
