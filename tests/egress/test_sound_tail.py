"""Sound that is cut off ends without a click."""

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from avamotion.egress.sound_tail import SoundTail
from avamotion.media import FloatArray

RATE_HZ = 24_000
PIECE = RATE_HZ // 100
PACKET = 2 * PIECE


def voice(seconds: float) -> FloatArray:
    """A buzz, loud everywhere."""
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    buzz = sum(np.sin(2 * np.pi * 140 * k * t + k) / k for k in range(1, 12))
    return (0.3 * np.asarray(buzz)).astype(np.float32)


class Sdk:
    """Takes sound, and plays a piece of 10 ms at every tick, silence if it has none."""

    def __init__(self, *, first_tick: float) -> None:
        self.played: list[FloatArray] = []
        self._held = np.zeros(0, np.float32)
        self._tick = first_tick

    def run(self, now: float) -> None:
        while self._tick <= now:
            self._tick += 0.01
            piece, self._held = self._held[:PIECE], self._held[PIECE:]
            self.played.append(np.pad(piece, (0, PIECE - len(piece))))

    def push(self, samples: FloatArray) -> None:
        self._held = np.concatenate([self._held, samples])

    def clear(self) -> None:
        self._held = np.zeros(0, np.float32)


def interrupted(
    n_packets: int, *, lead_s: float, at_s: float, phase_s: float, tick_at: float | None = None
) -> FloatArray:
    """Play packets in real time, interrupt; return the last sample heard by then, and the rest."""
    sound, sdk = voice(n_packets * 0.02), Sdk(first_tick=phase_s)
    tail = SoundTail(RATE_HZ, tick_at=tick_at)
    for k in range(n_packets):
        now = max(0.0, k * 0.02 - lead_s)
        if now > at_s:
            break
        sdk.run(now)
        packet = sound[k * PACKET : (k + 1) * PACKET]
        tail.push(packet, now=now)
        sdk.push(packet)
    sdk.run(at_s)
    sdk.clear()
    sdk.push(tail.cut(now=at_s))
    n_heard = len(sdk.played) * PIECE
    sdk.run(at_s + 0.1)
    heard = np.concatenate(sdk.played)
    # What had been heard by then is the sound itself.
    np.testing.assert_array_equal(heard[:n_heard], sound[:n_heard])
    return heard[max(0, n_heard - 1) :]


# A step from one sample to the next: that of the sound, and of a cosine over 10 ms.
STEP = float(np.abs(np.diff(voice(1.0))).max()) + np.pi / 2 / PIECE


@settings(max_examples=200)
@given(
    n_packets=st.integers(2, 40),
    lead_s=st.sampled_from([0.04, 0.06, 0.1]),
    share=st.floats(0.0, 1.0),
    phase_s=st.sampled_from([0.0005, 0.002, 0.005, 0.008, 0.0095]),
    known=st.booleans(),
)
def test_no_step_is_larger_than_those_of_sound_and_fade(
    n_packets: int, lead_s: float, share: float, phase_s: float, known: bool
) -> None:
    """Of an SDK whose ticks are known, and of one that ticks when an unknown one is guessed to."""
    phase_s = phase_s if known else 0.005
    at_s = share * (n_packets * 0.02 - 0.01)  # the last piece ends however it ends
    # At the very tick nobody can know whether it has come or not.
    assume(1e-6 < ((at_s - phase_s) / 0.01) % 1 < 1 - 1e-6)
    tick_at = phase_s + 7 if known else None  # any of its ticks will do
    heard = interrupted(n_packets, lead_s=lead_s, at_s=at_s, phase_s=phase_s, tick_at=tick_at)
    assert np.abs(np.diff(heard)).max() <= STEP
    silent_from = 1 + PIECE  # the last sample heard before, then 10 ms
    np.testing.assert_array_equal(heard[silent_from:], 0)


def test_without_the_fade_it_would_click() -> None:
    """The measure itself: a cut in the middle of this sound is a step that it finds."""
    sound = voice(0.2)
    assert np.abs(sound[PIECE - 1 :: PIECE]).max() > 1.5 * STEP


def test_the_fade_goes_on_where_the_sound_stopped() -> None:
    tail, sound = SoundTail(RATE_HZ), voice(0.1)
    tail.push(sound[:PACKET], now=0.0)
    tail.push(sound[PACKET : 2 * PACKET], now=0.0)
    faded = tail.cut(now=0.01)
    assert len(faded) == PACKET
    assert np.abs(faded[:12] - sound[PIECE : PIECE + 12]).max() < 0.01
    assert (np.abs(faded[:PIECE]) <= np.abs(sound[PIECE:PACKET]) + 1e-6).all()
    assert np.abs(faded[PIECE - 12 :]).max() < 0.02


def test_the_next_sound_comes_after_the_fade() -> None:
    tail, sound = SoundTail(RATE_HZ), voice(0.2)
    tail.push(sound[:PACKET], now=0.0)
    tail.push(sound[PACKET : 2 * PACKET], now=0.0)
    assert len(tail.cut(now=0.011)) == PACKET
    tail.push(sound[:PACKET], now=0.012)
    tail.push(sound[PACKET : 2 * PACKET], now=0.012)
    # 20 ms of fade and silence, and then the half of the second packet.
    faded = tail.cut(now=0.042)
    assert np.abs(faded[:12] - sound[PIECE : PIECE + 12]).max() < 0.01


def test_there_is_nothing_to_fade_before_sound_and_after_its_end() -> None:
    tail = SoundTail(RATE_HZ)
    assert len(tail.cut(now=1.0)) == 0
    tail.push(voice(0.02), now=2.0)
    assert len(tail.cut(now=2.0)) == 0  # nothing of it has been heard
    tail.push(voice(0.02), now=3.0)
    assert len(tail.cut(now=3.5)) == 0  # all of it has
    tail.push(voice(0.02), now=4.0)
    tail.push(voice(0.02), now=5.0)  # after a pause the first one is over
    assert len(tail.cut(now=5.0)) == 0
    assert len(tail.cut(now=5.0)) == 0


def test_it_remembers_a_bounded_time() -> None:
    tail = SoundTail(RATE_HZ)
    for k in range(500):
        tail.push(voice(0.02), now=k * 0.02)
    assert tail._n_samples <= 0.5 * RATE_HZ
