"""What the texts of a channel mean to a graph."""

import json

import pytest
from hosted_channel_python.membership import (
    MAX_TEXT_CHARS,
    Entered,
    Malformed,
    Membership,
    Refused,
    StopAsked,
    StyleWanted,
    TextSaid,
    UserJoined,
    UserLeft,
    VoiceWanted,
)
from hypothesis import given
from hypothesis import strategies as st


def joined(*users: int) -> str:
    members = [{"uid": uid, "publisher": False, "epoch": 0} for uid in users]
    members.append({"uid": 2001, "publisher": True, "epoch": 3})
    return json.dumps({"type": "joined", "version": 1, "uid": 3001, "members": members})


def member_joined(uid: int, *, publisher: bool = False) -> str:
    return json.dumps({"type": "member_joined", "uid": uid, "publisher": publisher, "epoch": 0})


def message(topic: str, data: object) -> str:
    return json.dumps({"type": "message", "from": 1001, "topic": topic, "data": data})


def test_those_who_listen_are_users_and_publishers_are_not() -> None:
    membership = Membership()
    assert membership.receive_text(joined(1001)) == [Entered(), UserJoined(1001)]
    assert membership.receive_text(member_joined(1002)) == [UserJoined(1002)]
    assert membership.receive_text(member_joined(2002, publisher=True)) == []
    assert membership.receive_text('{"type": "member_left", "uid": 2002}') == []
    assert membership.receive_text('{"type": "member_left", "uid": 1001}') == [UserLeft(1001)]


def test_after_a_break_only_the_difference_counts() -> None:
    membership = Membership()
    membership.receive_text(joined(1001, 1002))
    assert membership.receive_text(joined(1002, 1003)) == [
        Entered(),
        UserLeft(1001),
        UserJoined(1003),
    ]


def test_a_text_is_said_and_a_stop_is_asked_for() -> None:
    membership = Membership()
    assert membership.receive_text(message("say", {"text": " Hi! "})) == [TextSaid(1001, "Hi!")]
    assert membership.receive_text(message("stop", None)) == [StopAsked(1001)]
    assert membership.receive_text(message("caption", {"text": "Hi!"})) == []


def test_a_text_that_cannot_be_said_is_answered() -> None:
    for data in (None, {}, {"text": " "}, {"text": 7}, "Hi!", {"text": "a" * (MAX_TEXT_CHARS + 1)}):
        (event,) = Membership().receive_text(message("say", data))
        assert isinstance(event, Malformed)
        assert event.uid == 1001


def test_style_and_voice_are_wished_for_by_name() -> None:
    membership = Membership()
    style: dict[str, str | float | bool] = {"emotion": "happy", "intensity": 1.5, "head": False}
    assert membership.receive_text(message("style", style)) == [StyleWanted(1001, style)]
    assert membership.receive_text(message("voice", {"speed": 1})) == [
        VoiceWanted(1001, {"speed": 1})
    ]


@pytest.mark.parametrize("topic", ["style", "voice"])
@pytest.mark.parametrize(
    "data",
    [None, {}, "happy", {"a": None}, {"a": [1]}, {"a": 10**400}, {"a": float("nan")},
     {"a": "b" * 101}, {str(n): 1 for n in range(17)}],
)  # fmt: skip
def test_a_wish_that_cannot_be_used_is_answered(topic: str, data: object) -> None:
    (event,) = Membership().receive_text(message(topic, data))
    assert isinstance(event, Malformed)
    assert topic in event.problem


def test_a_refusal_keeps_its_reason() -> None:
    text = '{"type": "error", "code": "uid_taken", "message": "uid 3001 is taken"}'
    assert Membership().receive_text(text) == [Refused("uid_taken", "uid 3001 is taken")]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
FIELDS = {
    "uid": JSON,
    "publisher": JSON,
    "members": st.lists(st.fixed_dictionaries({}, optional={"uid": JSON, "publisher": JSON}))
    | JSON,
    "from": st.integers() | JSON,
    "topic": st.sampled_from(["say", "stop", "style", "voice"]) | JSON,
    "data": st.dictionaries(st.just("text"), JSON) | JSON,
    "code": JSON,
    "message": JSON,
}
KINDS = st.sampled_from(["joined", "member_joined", "member_left", "error", "message"])
TEXTS = st.fixed_dictionaries({"type": KINDS | JSON}, optional=FIELDS).map(json.dumps)


@given(st.lists(TEXTS | JSON.map(json.dumps) | st.text()))
def test_no_text_can_break_it(texts: list[str]) -> None:
    membership = Membership()
    here: set[int] = set()
    for text in texts:
        for event in membership.receive_text(text):
            if isinstance(event, UserJoined):
                assert event.uid not in here
                here.add(event.uid)
            if isinstance(event, UserLeft):
                here.remove(event.uid)
