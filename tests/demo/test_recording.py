"""What a viewer keeps, and why it drops the rest."""

import json

from hypothesis import given
from hypothesis import strategies as st

from avamotion.demo.recording import Recording
from avamotion.protocol.payload import ChannelPacket, encode_channel_packet

AGENT = 2001


def packet(
    sequence: int, *, turn: int = 1, epoch: int = 0, end: bool = False, uid: int = AGENT
) -> bytes:
    return encode_channel_packet(
        ChannelPacket(uid, epoch, turn, sequence, sequence * 20_000, b"", (), end=end)
    )


def receive(recording: Recording, *packets: bytes, now: float = 0.0) -> None:
    for data in packets:
        recording.receive_packet(data, now=now)


def tell(recording: Recording, kind: str, *, now: float = 0.0, **fields: object) -> None:
    recording.receive_text(json.dumps({"type": kind, **fields}), now=now)


def sequences(recording: Recording) -> list[list[int]]:
    return [[arrival.packet.sequence for arrival in turn.arrivals] for turn in recording.turns]


def test_packets_are_kept_turn_by_turn() -> None:
    recording = Recording(AGENT)
    tell(recording, "turn", uid=AGENT, turn=1, epoch=0, first_frame_ms=21.4)
    receive(recording, packet(0), packet(1, end=True), packet(2, turn=2))
    assert sequences(recording) == [[0, 1], [2]]
    assert [turn.ended for turn in recording.turns] == [True, False]
    assert recording.turns[0].first_frame_ms == 21.4
    assert sum(recording.dropped.values()) == 0


def test_a_gap_is_lost_and_a_packet_that_comes_again_is_repeated() -> None:
    recording = Recording(AGENT)
    receive(recording, packet(5), packet(8), packet(8), packet(7))
    assert sequences(recording) == [[5, 8]]
    assert recording.dropped == {"lost": 2, "repeated": 2, "stale": 0, "undecodable": 0}


def test_after_a_clear_older_packets_are_stale() -> None:
    recording = Recording(AGENT)
    receive(recording, packet(0))
    tell(recording, "clear", uid=AGENT, epoch=1, now=0.5)
    receive(recording, packet(1), packet(2, turn=2, epoch=1))
    assert sequences(recording) == [[0], [2]]
    assert recording.dropped["stale"] == 1
    assert [turn.cleared_at for turn in recording.turns] == [0.5, None]


def test_a_clear_leaves_a_turn_that_began_after_it_alone() -> None:
    recording = Recording(AGENT)
    receive(recording, packet(0, epoch=1))
    tell(recording, "clear", uid=AGENT, epoch=1, now=0.5)
    tell(recording, "clear", uid=2002, epoch=9, now=0.5)
    receive(recording, packet(1, epoch=1))
    assert recording.turns[0].cleared_at is None
    assert sequences(recording) == [[0, 1]]


def test_other_publishers_are_not_recorded() -> None:
    recording = Recording(AGENT)
    receive(recording, packet(0), packet(9, uid=2002), packet(1))
    assert sequences(recording) == [[0, 1]]
    assert recording.dropped["lost"] == 0


def test_a_publisher_that_comes_back_counts_anew() -> None:
    recording = Recording(AGENT)
    receive(recording, packet(0, epoch=3), packet(1, epoch=3, end=True))
    tell(recording, "member_left", uid=AGENT)
    tell(recording, "member_joined", uid=AGENT, publisher=True, epoch=0)
    receive(recording, packet(0))
    assert sequences(recording) == [[0, 1], [0]]
    assert sum(recording.dropped.values()) == 0


def test_members_and_problems_are_noted() -> None:
    recording = Recording(AGENT)
    tell(recording, "joined", members=[{"uid": AGENT}, {"uid": 3001}])
    tell(recording, "member_left", uid=AGENT)
    tell(recording, "member_joined", uid=7)
    assert recording.present == {3001, 7}
    tell(recording, "message", topic="error", data={"message": "tts: no voice"}, **{"from": 3001})
    tell(recording, "message", topic="caption", data={"text": "Hi"}, **{"from": 3001})
    assert recording.problems == ["tts: no voice"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
KINDS = st.sampled_from(["joined", "member_joined", "member_left", "turn", "clear", "message"])
TEXTS = st.fixed_dictionaries(
    {"type": KINDS},
    optional={
        "uid": st.just(AGENT) | JSON,
        "members": st.lists(st.fixed_dictionaries({}, optional={"uid": JSON})) | JSON,
        "turn": JSON,
        "epoch": JSON,
        "topic": st.just("error") | JSON,
        "data": st.fixed_dictionaries({}, optional={"message": JSON}) | JSON,
    },
).map(json.dumps)
PACKETS = st.builds(bytes.__add__, st.just(packet(0)), st.binary(max_size=8)) | st.binary()


@given(st.lists(TEXTS | st.text() | PACKETS))
def test_no_message_can_break_it(messages: list[str | bytes]) -> None:
    recording = Recording(AGENT)
    for message in messages:
        if isinstance(message, str):
            recording.receive_text(message, now=0.0)
        else:
            recording.receive_packet(message, now=0.0)
    assert recording.summary()["packets"] == sum(len(turn.arrivals) for turn in recording.turns)
