"""Everybody is described by what the builder knows."""

import pytest

from tools.assets.hairstyle import STYLES
from tools.assets.identity import macro_targets
from tools.assets.people import PEOPLE


@pytest.mark.parametrize("name", PEOPLE)
def test_a_person_is_a_whole_mixture(name: str) -> None:
    person = PEOPLE[name]
    assert sum(person.body.origin.values()) == pytest.approx(1)
    weights = macro_targets(person.body)
    universal = sum(w for target, w in weights.items() if target.startswith("universal"))
    assert universal == pytest.approx(1)
    assert sum(weights.values()) - universal == pytest.approx(1)


@pytest.mark.parametrize("name", PEOPLE)
def test_a_person_wears_a_style_that_exists(name: str) -> None:
    person = PEOPLE[name]
    assert person.id == name
    assert person.style.hair in STYLES


def test_no_two_people_share_their_dice() -> None:
    assert len({person.seed for person in PEOPLE.values()}) == len(PEOPLE)
