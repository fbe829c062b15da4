"""Who is in a channel, and who receives what."""

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avamotion.channel.hub import ChannelLimits, Hub
from avamotion.channel.member import Member
from avamotion.channel.message import ChannelError, Join, MemberMessage, decode_member_text
from avamotion.tokens.agora import build_token

APP, CERTIFICATE, NOW = "a" * 32, "c" * 32, 1_700_000_000


def nothing() -> None:
    pass


def hub(**limits: int) -> Hub:
    return Hub(
        {APP: CERTIFICATE}, limits=ChannelLimits(**{"max_members": 5, "max_packets": 3} | limits)
    )


def join(
    place: Hub,
    uid: int,
    *,
    channel: str = "lobby",
    publisher: bool = False,
    token_uid: int | None = None,
    now: float = NOW,
    wake: Callable[[], None] = nothing,
) -> Member:
    token = build_token(
        app_id=APP,
        app_certificate=CERTIFICATE,
        channel="lobby",
        uid=uid if token_uid is None else token_uid,
        publisher=True,
        expire_s=60,
        issued_at=NOW,
        salt=1,
    )
    return place.join(Join(APP, channel, uid, token), publisher=publisher, now=now, wake=wake)


def texts(member: Member) -> list[dict[str, object]]:
    return [json.loads(item) for item in member.data_to_send() if isinstance(item, str)]


def test_members_learn_of_each_other() -> None:
    place = hub()
    avatar = join(place, 2001, publisher=True)
    viewer = join(place, 1)
    (joined,) = texts(viewer)
    assert joined["members"] == [{"uid": 2001, "publisher": True, "epoch": 0}]
    place.leave(avatar)
    place.leave(avatar)
    assert texts(viewer) == [{"type": "member_left", "uid": 2001}]
    assert place.n_members == 1


def test_a_packet_reaches_every_viewer_of_its_channel_and_nobody_else() -> None:
    place = hub()
    avatar, other_avatar = join(place, 1, publisher=True), join(place, 2, publisher=True)
    viewers = [join(place, 3), join(place, 4)]
    for member in (avatar, other_avatar, *viewers):
        member.data_to_send()
    place.publish(avatar, b"media")
    assert [viewer.data_to_send() for viewer in viewers] == [[b"media"], [b"media"]]
    assert avatar.data_to_send() == []
    assert other_avatar.data_to_send() == []


def test_channels_of_the_same_name_in_two_apps_do_not_meet() -> None:
    other_app = "b" * 32
    place = Hub(
        {APP: CERTIFICATE, other_app: CERTIFICATE},
        limits=ChannelLimits(max_members=5, max_packets=3),
    )
    viewer = join(place, 1)
    token = build_token(
        app_id=other_app,
        app_certificate=CERTIFICATE,
        channel="lobby",
        uid=1,
        publisher=True,
        expire_s=60,
        issued_at=NOW,
        salt=1,
    )
    stranger = place.join(Join(other_app, "lobby", 1, token), publisher=True, now=NOW, wake=nothing)
    viewer.data_to_send()
    place.publish(stranger, b"media")
    assert viewer.data_to_send() == []


@pytest.mark.parametrize(
    ("member", "code", "close_code"),
    [
        ({"uid": 7}, "uid_taken", 4009),
        ({"uid": 8, "token_uid": 9}, "token_invalid", 4010),
        ({"uid": 8, "channel": "elsewhere"}, "token_invalid", 4010),
        ({"uid": 8, "now": NOW + 61}, "token_expired", 4011),
    ],
)
def test_who_may_not_come_in_is_told_why(
    member: dict[str, object], code: str, close_code: int
) -> None:
    place = hub()
    join(place, 7)
    with pytest.raises(ChannelError) as refusal:
        join(place, **member)  # type: ignore[arg-type]
    assert (refusal.value.code, refusal.value.close_code) == (code, close_code)
    assert place.n_members == 1


def test_an_unknown_app_is_refused() -> None:
    with pytest.raises(ChannelError, match="does not host"):
        hub().join(Join("x", "lobby", 1, "007"), publisher=False, now=NOW, wake=nothing)


def test_a_full_channel_is_refused() -> None:
    place = hub(max_members=1)
    join(place, 1)
    with pytest.raises(ChannelError, match="already has 1"):
        join(place, 2)


def test_a_slow_viewer_loses_the_oldest_packets_and_no_text() -> None:
    place = hub(max_packets=2)
    avatar, viewer = join(place, 1, publisher=True), join(place, 2)
    viewer.data_to_send()
    for packet in (b"1", b"2"):
        place.publish(avatar, packet)
    place.clear(avatar, epoch=1)
    for packet in (b"3", b"4"):
        place.publish(avatar, packet)
    clear, *packets = viewer.data_to_send()
    assert isinstance(clear, str)
    assert packets == [b"3", b"4"]
    assert viewer.dropped_packets == 2


def test_a_clear_keeps_its_place_between_packets() -> None:
    place = hub()
    avatar, viewer = join(place, 1, publisher=True), join(place, 2)
    viewer.data_to_send()
    place.publish(avatar, b"old")
    place.clear(avatar, epoch=1)
    place.publish(avatar, b"new")
    old, clear, new = viewer.data_to_send()
    assert (old, new) == (b"old", b"new")
    assert json.loads(clear) == {"type": "clear", "uid": 1, "epoch": 1}


def test_who_comes_later_learns_the_epoch() -> None:
    place = hub()
    avatar = join(place, 1, publisher=True)
    place.clear(avatar, epoch=4)
    (joined,) = texts(join(place, 2))
    assert joined["members"] == [{"uid": 1, "publisher": True, "epoch": 4}]


def test_a_message_reaches_whom_it_is_for() -> None:
    place = hub()
    sender, first, second = (join(place, uid) for uid in (1, 2, 3))
    for member in (sender, first, second):
        member.data_to_send()
    place.deliver(sender, MemberMessage("say", 2, {"text": "hi"}))
    place.deliver(sender, MemberMessage("wave", None, None))
    assert [text["topic"] for text in texts(first)] == ["say", "wave"]
    assert [text["from"] for text in texts(second)] == [1]
    assert texts(sender) == []


def test_whoever_has_something_waiting_is_woken() -> None:
    woken: list[int] = []
    place = hub()
    join(place, 1, wake=lambda: woken.append(1))
    woken.clear()
    join(place, 2)
    assert woken == [1]


VALID = st.sampled_from(
    [
        {"type": "join", "app_id": "a", "channel": "b", "uid": 1, "token": "t"},
        {"type": "message", "topic": "x", "to": 3, "data": [1]},
        {"type": "ping", "id": 1},
        {"type": "leave"},
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2),
    max_leaves=4,
)


@given(VALID, st.sampled_from(["type", "uid", "to", "topic", "channel", "token"]), JSON)
def test_no_message_can_break_the_decoder(
    valid: dict[str, object], key: str, value: object
) -> None:
    try:
        decode_member_text(json.dumps({**valid, key: value}))
    except ChannelError:
        return


@pytest.mark.parametrize("text", ["", "[]", "null", "[" * 5000, '{"type":"join"}', "x" * 20_000])
def test_what_is_no_message_is_refused(text: str) -> None:
    with pytest.raises(ChannelError):
        decode_member_text(text)


def test_a_member_that_reads_no_messages_has_to_go_and_holds_only_so_many() -> None:
    member = Member(1, "lobby", publisher=False, max_packets=3, wake=lambda: None)
    overflowed = []
    for _ in range(4):
        member.enqueue_text("t")
        overflowed.append(member.overflowed)
    member.enqueue_packet(b"p")
    assert overflowed == [False, False, False, True]
    assert member.data_to_send() == ["t", "t", "t", b"p"]
