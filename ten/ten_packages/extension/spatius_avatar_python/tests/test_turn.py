"""R1 and R2: which turn audio belongs to, and what an interrupt holds back."""

from hypothesis import given
from hypothesis import strategies as st
from spatius_avatar_python.turn import Admission, Drop, Ending, EndReason, TurnGate, TurnKey

NO_KEY = TurnKey()


def turn_key(turn: object) -> TurnKey:
    return TurnKey.from_metadata({"turn_id": turn})


def new_gate() -> TurnGate:
    return TurnGate(quiet_s=0.5, limit_s=5.0, end_of_turn_s=3.0)


def hear(gate: TurnGate, key: TurnKey, now: float) -> Admission | Drop:
    return gate.receive_audio(key, {}, now=now)


def serial(verdict: Admission | Drop) -> int | None:
    return verdict.turn.serial if isinstance(verdict, Admission) else None


def test_audio_with_another_key_ends_the_turn_before_it() -> None:
    gate = new_gate()
    first = hear(gate, turn_key(1), 0.0)
    second = hear(gate, turn_key(2), 0.1)
    assert isinstance(first, Admission)
    assert isinstance(second, Admission)
    assert second.ending == Ending(first.turn)
    assert second.turn is not first.turn


def test_audio_without_a_key_belongs_to_the_open_turn() -> None:
    gate = new_gate()
    assert serial(hear(gate, turn_key(1), 0.0)) == serial(hear(gate, NO_KEY, 0.1)) == 1


def test_a_turn_ends_once() -> None:
    """R1, R4: the second signal, or one for a turn without audio, ends nothing."""
    gate = new_gate()
    assert gate.receive_end(NO_KEY, EndReason.REQUEST_END, now=0.0) is None
    hear(gate, NO_KEY, 0.1)
    assert gate.receive_end(NO_KEY, EndReason.REQUEST_END, now=0.2) is not None
    assert gate.receive_end(NO_KEY, EndReason.REQUEST_END, now=0.3) is None


def test_a_turn_that_was_announced_but_has_no_audio_has_no_end() -> None:
    """R4."""
    gate = new_gate()
    gate.receive_start(turn_key(1), {}, now=0.0)
    assert gate.receive_end(turn_key(1), EndReason.REQUEST_END, now=0.1) is None
    gate.receive_start(turn_key(2), {}, now=0.2)
    assert gate.receive_start(turn_key(3), {}, now=0.3) is None
    assert gate.get_timer() is None


def test_a_late_end_of_an_older_turn_ends_nothing() -> None:
    """R1."""
    gate = new_gate()
    hear(gate, turn_key(1), 0.0)
    hear(gate, turn_key(2), 0.1)
    assert gate.receive_end(turn_key(1), EndReason.REQUEST_END, now=0.2) is None
    assert serial(hear(gate, turn_key(2), 0.3)) == 2


def test_an_error_ends_a_turn_like_a_normal_end_and_an_interrupt_cuts_it_off() -> None:
    """R1: the three reasons."""
    for reason, interrupted in (
        (EndReason.REQUEST_END, False),
        (EndReason.INTERRUPTED, True),
        (EndReason.ERROR, False),
    ):
        gate = new_gate()
        hear(gate, turn_key(1), 0.0)
        ending = gate.receive_end(turn_key(1), reason, now=0.1)
        assert ending is not None
        assert ending.interrupted is interrupted


def test_a_turn_that_the_tts_cut_off_stays_silent() -> None:
    """R1, R2: late frames of it, with or without their key; not those of the next turn."""
    gate = new_gate()
    hear(gate, turn_key(1), 0.0)
    gate.receive_end(turn_key(1), EndReason.INTERRUPTED, now=0.1)
    assert hear(gate, NO_KEY, 0.12) is Drop.INTERRUPTED
    assert hear(gate, turn_key(1), 0.13) is Drop.INTERRUPTED
    assert serial(hear(gate, turn_key(2), 0.14)) == 2


def test_an_interrupted_end_for_another_turn_cuts_off_nothing() -> None:
    """R1."""
    gate = new_gate()
    hear(gate, turn_key(2), 0.0)
    assert gate.receive_end(turn_key(1), EndReason.INTERRUPTED, now=0.1) is None
    assert serial(hear(gate, turn_key(2), 0.2)) == 1


def test_frames_of_an_interrupted_turn_are_held_back_and_a_new_key_is_let_in() -> None:
    """R2."""
    gate = new_gate()
    hear(gate, turn_key(1), 0.0)
    gate.interrupt(now=1.0)
    assert hear(gate, turn_key(1), 1.0) is Drop.INTERRUPTED
    assert hear(gate, turn_key(1), 3.0) is Drop.INTERRUPTED
    assert serial(hear(gate, turn_key(2), 3.0)) == 2


def test_an_interrupted_key_never_comes_back_once_a_newer_one_was_seen() -> None:
    """R2: however late its frames are."""
    gate = new_gate()
    hear(gate, turn_key(1), 0.0)
    gate.interrupt(now=1.0)
    hear(gate, turn_key(2), 1.5)
    assert hear(gate, turn_key(1), 100.0) is Drop.INTERRUPTED
    assert serial(hear(gate, turn_key(2), 100.0)) == 2


def test_turns_before_the_interrupted_one_are_stale_too() -> None:
    """R2."""
    gate = new_gate()
    hear(gate, turn_key(1), 0.0)
    gate.receive_end(turn_key(1), EndReason.REQUEST_END, now=0.1)
    hear(gate, turn_key(2), 0.2)
    gate.interrupt(now=1.0)
    assert hear(gate, turn_key(1), 30.0) is Drop.INTERRUPTED


def test_a_sender_whose_only_key_never_changes_is_muted_for_a_limited_time() -> None:
    """R2: the gate must never mute a session for good."""
    gate = new_gate()
    hear(gate, turn_key(0), 0.0)
    gate.interrupt(now=1.0)
    assert hear(gate, turn_key(0), 5.9) is Drop.INTERRUPTED
    assert serial(hear(gate, turn_key(0), 6.0)) == 2
    gate.interrupt(now=7.0)
    assert hear(gate, turn_key(0), 7.1) is Drop.INTERRUPTED


def test_audio_without_a_key_right_after_an_interrupt_of_a_turn_with_one_is_stale() -> None:
    """R2: what a flushed TTS still emits has lost its metadata."""
    gate = new_gate()
    hear(gate, turn_key(1), 0.0)
    gate.interrupt(now=1.0)
    assert hear(gate, NO_KEY, 1.0) is Drop.INTERRUPTED
    assert hear(gate, NO_KEY, 2.0) is Drop.INTERRUPTED
    assert serial(hear(gate, turn_key(2), 2.1)) == 2
    assert serial(hear(gate, NO_KEY, 2.2)) == 2


def test_audio_without_a_key_is_held_back_no_longer_than_the_limit() -> None:
    """R2."""
    gate = new_gate()
    hear(gate, turn_key(1), 0.0)
    gate.interrupt(now=1.0)
    now = 1.0
    while hear(gate, NO_KEY, now) is Drop.INTERRUPTED and now < 20.0:
        now += 0.1
    assert 5.9 < now < 6.2


def test_a_start_of_another_request_lets_audio_in() -> None:
    """R2."""
    gate = new_gate()
    gate.receive_start(TurnKey(request="a"), {}, now=0.0)
    hear(gate, NO_KEY, 0.1)
    gate.interrupt(now=1.0)
    gate.receive_start(TurnKey(request="a"), {}, now=1.0)
    assert hear(gate, NO_KEY, 1.0) is Drop.INTERRUPTED
    gate.receive_start(TurnKey(request="b"), {}, now=1.0)
    assert serial(hear(gate, NO_KEY, 1.0)) == 2


def test_another_request_under_an_unchanging_turn_id_is_a_new_turn() -> None:
    """R2."""
    gate = new_gate()
    for number in range(1, 5):
        now = float(number)
        key = TurnKey(turn="0", request=f"request-{number}")
        gate.receive_start(key, {}, now=now)
        assert serial(hear(gate, turn_key(0), now)) == number
        gate.interrupt(now=now + 0.1)
        assert hear(gate, turn_key(0), now + 0.2) is Drop.INTERRUPTED


def test_without_keys_a_pause_ends_the_interrupted_turn() -> None:
    """R2."""
    gate = new_gate()
    hear(gate, NO_KEY, 0.0)
    gate.interrupt(now=1.0)
    for now in (1.0, 1.4, 1.8):
        assert hear(gate, NO_KEY, now) is Drop.INTERRUPTED
    assert serial(hear(gate, NO_KEY, 2.4)) == 2


def test_without_keys_the_end_of_the_old_request_lets_the_next_turn_in() -> None:
    """R2."""
    gate = new_gate()
    hear(gate, NO_KEY, 0.0)
    gate.interrupt(now=1.0)
    assert hear(gate, NO_KEY, 1.0) is Drop.INTERRUPTED
    assert gate.receive_end(NO_KEY, EndReason.INTERRUPTED, now=1.0) is None
    assert serial(hear(gate, NO_KEY, 1.0)) == 2


def test_without_keys_the_gate_opens_at_the_limit_even_if_audio_never_pauses() -> None:
    """R2."""
    gate = new_gate()
    hear(gate, NO_KEY, 0.0)
    gate.interrupt(now=1.0)
    now = 1.0
    while hear(gate, NO_KEY, now) is Drop.INTERRUPTED and now < 20.0:
        now += 0.02
    assert 5.9 < now < 6.1


def test_an_interrupt_after_the_end_of_a_turn_mutes_nothing() -> None:
    """R2: the next turn is never muted."""
    gate = new_gate()
    hear(gate, NO_KEY, 0.0)
    gate.receive_end(NO_KEY, EndReason.REQUEST_END, now=0.1)
    gate.interrupt(now=1.0)
    assert serial(hear(gate, NO_KEY, 1.0)) == 2


def test_an_interrupt_before_any_audio_mutes_nothing() -> None:
    """R2."""
    gate = new_gate()
    gate.interrupt(now=0.0)
    assert serial(hear(gate, NO_KEY, 0.0)) == 1


def test_an_abandoned_turn_is_dropped_until_the_next_one() -> None:
    """R7: a dropped session resumes with the next turn."""
    gate = new_gate()
    verdict = hear(gate, turn_key(1), 0.0)
    assert isinstance(verdict, Admission)
    verdict.turn.is_abandoned = True
    assert hear(gate, turn_key(1), 0.1) is Drop.CONNECTION_LOST
    assert serial(hear(gate, turn_key(2), 0.2)) == 2


def test_a_turn_that_gets_no_more_audio_is_ended() -> None:
    """R4: an opened request is always closed."""
    gate = new_gate()
    assert gate.get_timer() is None
    hear(gate, NO_KEY, 0.0)
    hear(gate, NO_KEY, 1.0)
    assert gate.get_timer() == 4.0
    assert gate.handle_timer(now=3.9) is None
    assert gate.handle_timer(now=4.0) is not None
    assert gate.get_timer() is None


def test_an_abandoned_turn_without_an_end_does_not_mute_what_follows_a_pause() -> None:
    """R7."""
    gate = new_gate()
    verdict = hear(gate, NO_KEY, 0.0)
    assert isinstance(verdict, Admission)
    verdict.turn.is_abandoned = True
    hear(gate, NO_KEY, 0.1)
    gate.handle_timer(now=3.1)
    assert serial(hear(gate, NO_KEY, 3.2)) == 2


KEYS = st.sampled_from([NO_KEY, turn_key(1), turn_key(2), TurnKey("2", "r"), TurnKey(None, "s")])
STEPS = st.one_of(
    st.tuples(st.just("audio"), KEYS),
    st.tuples(st.just("start"), KEYS),
    st.tuples(st.just("end"), KEYS),
    st.tuples(st.just("cut"), KEYS),
    st.tuples(st.just("flush"), st.just(NO_KEY)),
)


@given(st.lists(st.tuples(STEPS, st.floats(0.0, 2.0))), KEYS)
def test_no_history_mutes_a_sender_for_longer_than_the_limit(
    history: list[tuple[tuple[str, TurnKey], float]], key: TurnKey
) -> None:
    """R2: a turn of its own that comes later than the limit is heard, whatever went before."""
    gate = new_gate()
    now = 0.0
    for (what, step_key), pause_s in history:
        now += pause_s
        if what == "audio":
            hear(gate, step_key, now)
        elif what == "start":
            gate.receive_start(step_key, {}, now=now)
        elif what == "flush":
            gate.interrupt(now=now)
        else:
            reason = EndReason.INTERRUPTED if what == "cut" else EndReason.REQUEST_END
            gate.receive_end(step_key, reason, now=now)
    fresh = TurnKey(f"fresh {key.turn}", None) if key else NO_KEY
    assert isinstance(hear(gate, fresh, now + 5.001), Admission)
