"""How a mouth goes from phone to phone."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from avamotion.media import FloatArray
from avamotion.motion.coarticulation import (
    AGAIN,
    FIRST,
    coarticulate,
    coarticulation_at_rest,
)
from avamotion.motion.model import LIP, N_HEARD, VOICE
from avamotion.motion.phone import CHANNELS, N_SHAPED, PHONES, channel_index, phone_index

JAW, CLOSURE = channel_index("jawOpen"), channel_index("closure")
N_HOPS_PER_PHONE = 5


def hear(*phones: str, sure: float = 0.9) -> FloatArray:
    """Hear each phone for 100 ms, (1, T, D + 2)."""
    heard = np.full((1, len(phones) * N_HOPS_PER_PHONE, N_HEARD), (1 - sure) / 39, np.float32)
    for i, phone in enumerate(phones):
        hops = slice(i * N_HOPS_PER_PHONE, (i + 1) * N_HOPS_PER_PHONE)
        heard[0, hops, phone_index(phone)] = sure
        heard[0, hops, LIP] = sure if phone in ("P", "B", "M") else 1 - sure
        heard[0, hops, VOICE] = 1 - sure if phone == "SIL" else sure
    return heard


def again(heard: FloatArray) -> FloatArray:
    """Hear each hop once more a hop later, no better, (2, 1, T, D + 2)."""
    return np.stack([heard, np.concatenate([hear("SIL")[:, :1], heard[:, :-1]], axis=1)])


def middle(poses: FloatArray, i: int) -> FloatArray:
    """Return the pose in the middle of phone i; the output is a hop late."""
    pose: FloatArray = poses[0, i * N_HOPS_PER_PHONE + N_HOPS_PER_PHONE // 2 + 1]
    return pose


def articulate(*phones: str) -> list[FloatArray]:
    poses, _ = coarticulate(again(hear(*phones)), coarticulation_at_rest(1))
    return [middle(poses, i) for i in range(len(phones))]


@given(st.lists(st.sampled_from(PHONES), min_size=1, max_size=8), st.integers(0, 40))
def test_cutting_the_stream_changes_nothing(phones: list[str], cut: int) -> None:
    heard = again(hear(*phones))
    whole, _ = coarticulate(heard, coarticulation_at_rest(1))
    head, state = coarticulate(heard[:, :, :cut], coarticulation_at_rest(1))
    tail, _ = coarticulate(heard[:, :, cut:], state)
    np.testing.assert_allclose(np.concatenate([head, tail], axis=1), whole, atol=1e-6)


@given(st.lists(st.sampled_from(PHONES), min_size=1, max_size=8))
def test_poses_stay_within_bounds(phones: list[str]) -> None:
    poses, _ = coarticulate(again(hear(*phones)), coarticulation_at_rest(1))
    assert (poses >= 0).all()
    assert (poses <= 1).all()


def test_lips_close_on_bilabials_between_vowels_and_on_nothing_else() -> None:
    for phone in PHONES:
        _, pose, _ = articulate("AA", phone, "AA")
        if phone in ("P", "B", "M"):
            assert pose[CLOSURE] > 0.97
            assert pose[JAW] < 0.15
        elif phone != "SIL":
            assert pose[CLOSURE] < 0.2, phone


def test_the_lower_lip_meets_the_teeth_on_labiodentals_only() -> None:
    roll = channel_index("mouthRollLower")
    strength = {phone: articulate("AH", phone, "AH")[1][roll] for phone in PHONES}
    others = [value for phone, value in strength.items() if phone not in ("F", "V")]
    assert min(strength["F"], strength["V"]) > 1.5 * max(others)


def test_lips_are_not_pushed_forward_where_the_lower_one_meets_the_teeth() -> None:
    pushed = slice(channel_index("mouthFunnel"), channel_index("mouthPucker") + 1)
    rounded, labiodental, _ = articulate("UW", "V", "UW")
    assert labiodental[pushed].sum() < 0.3 * rounded[pushed].sum()


def test_open_vowels_open_the_jaw_more_than_close_ones() -> None:
    _, wide, _, narrow, _ = articulate("T", "AA", "T", "IY", "T")
    assert wide[JAW] > 2 * narrow[JAW]


def test_rounded_vowels_pucker_and_spread_ones_stretch() -> None:
    _, rounded, _, spread, _ = articulate("T", "UW", "T", "IY", "T")
    pucker, stretch = channel_index("mouthPucker"), channel_index("mouthStretch")
    assert rounded[pucker] > 3 * spread[pucker]
    assert spread[stretch] > 3 * rounded[stretch]


def test_the_mouth_shuts_within_300_ms_of_the_last_sound() -> None:
    poses, _ = coarticulate(again(hear("AA", *["SIL"] * 5)), coarticulation_at_rest(1))
    assert poses[0, N_HOPS_PER_PHONE, JAW] > 0.2
    assert (poses[0, N_HOPS_PER_PHONE + 15 :, :N_SHAPED] < 0.1).all()
    assert (poses[0, N_HOPS_PER_PHONE + 15 :, CLOSURE] == 1).all()


def test_a_short_gap_does_not_shut_the_mouth() -> None:
    heard = hear("AE", "AE", "AE")
    heard[0, 7:9] = hear("SIL")[0, :1]
    heard[0, 7:9, VOICE] = 0.9  # a stop's closure is silent, but part of the speech
    poses, _ = coarticulate(again(heard), coarticulation_at_rest(1))
    assert poses[0, 5:13, JAW].min() > 0.15


def test_no_sound_means_no_weight_at_all() -> None:
    heard = np.zeros((1, 50, N_HEARD), dtype=np.float32)
    heard[..., phone_index("SIL")] = 1
    poses, _ = coarticulate(again(heard), coarticulation_at_rest(1))
    assert poses.shape == (1, 50, len(CHANNELS))
    assert (poses[..., :N_SHAPED] == 0).all()


def test_whether_lips_are_closed_is_decided_by_what_is_heard_again() -> None:
    first = hear("AA", "T", "AA")
    truth = hear("AA", "P", "AA")
    mistaken, right = again(first), again(truth)
    corrected = np.stack([mistaken[FIRST], right[AGAIN]])
    middle_hop = middle(coarticulate(corrected, coarticulation_at_rest(1))[0], 1)
    assert middle_hop[CLOSURE] > 0.97
    assert middle(coarticulate(mistaken, coarticulation_at_rest(1))[0], 1)[CLOSURE] < 0.2
