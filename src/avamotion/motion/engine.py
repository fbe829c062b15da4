"""Speech in, frames out, for many sessions at once.

A :class:`MotionStream` holds the sound of one turn and what the engine remembers of it; a
:class:`MotionEngine` moves any number of streams on in one call of the model. The same sound
gives the same frames however it is cut, and whoever else is in the batch.

Shapes: B streams, T hops, F features, D phones.
"""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from avamotion.errors import ModelError
from avamotion.media import FloatArray, MotionFrame
from avamotion.motion import idle
from avamotion.motion.coarticulation import (
    AGAIN,
    DELAY_HOPS,
    FIRST,
    coarticulate,
    coarticulation_at_rest,
)
from avamotion.motion.eye import urges
from avamotion.motion.feature import CONTEXT_SAMPLES, HOP_SAMPLES, SAMPLE_RATE_HZ, log_mel
from avamotion.motion.loudness import listen, loudness_at_start
from avamotion.motion.memory import MEMORY_WIDTH, Batch
from avamotion.motion.mixer import mix
from avamotion.motion.model import CONTEXT_HOPS, DEFAULT_MODEL, LIP, N_HEARD, VOICE, PhoneModel
from avamotion.motion.phone import VOWEL, phone_index
from avamotion.motion.pitch import N_ECHOES, listen_pitch
from avamotion.motion.stream import FRAME_MS, FRAME_US, MixedRows, MotionStream
from avamotion.motion.style import LOOKAHEADS_MS, MotionStyle

__all__ = ["FRAME_US", "SAMPLE_RATE_HZ", "MotionEngine", "MotionStream"]

_LARGEST_CALL_HOPS: Final = 16
_STYLE_DECAY: Final = np.float32(0.9)
"""What is left, after a hop, of the way to a new style: most of it is gone in half a second."""
_STYLE_REACHED: Final = 1e-3
_SILENT: Final = np.eye(N_HEARD, dtype=np.float32)[phone_index("SIL")]


class MotionEngine:
    """Moves streams on. Holds no stream: what it remembers of them lives and dies with them.

    One thread may step at a time.
    """

    def __init__(self, model: PhoneModel) -> None:
        self._model = model
        self._heads: dict[int, list[int]] = {}
        for lookahead_ms in LOOKAHEADS_MS:
            hops = round(lookahead_ms / FRAME_MS)
            for needed in (hops, hops + DELAY_HOPS):
                if needed not in model.lookaheads_hops:
                    ahead_ms = round(needed * FRAME_MS)
                    raise ModelError(f"the model has no head that looks {ahead_ms} ms ahead")
            self._heads[lookahead_ms] = [
                model.lookaheads_hops.index(hops),
                model.lookaheads_hops.index(hops + DELAY_HOPS),
            ]

    @classmethod
    def load(cls, path: Path | None = None, *, threads: int = 1) -> "MotionEngine":
        """Load an engine.

        Args:
            path: The model; None takes the one that comes with the package.
            threads: Threads that one step may use.

        Raises:
            ModelError: If the file is missing or not a model of ours.
        """
        return cls(PhoneModel(path or DEFAULT_MODEL, threads=threads))

    def open(self, style: MotionStyle | None = None) -> MotionStream:
        """Begin a turn. May be called while another thread steps."""
        style = style or MotionStyle()
        return MotionStream(
            style,
            lookahead_hops=round(style.lookahead_ms / FRAME_MS),
            heads=self._heads[style.lookahead_ms],
        )

    def step(self, streams: Sequence[MotionStream]) -> list[list[MotionFrame]]:
        """Process the pending sound of all streams.

        Args:
            streams: Any streams of this engine, each once, in any order. Keeping the order from
                call to call makes the call cheaper.

        Returns:
            The newly known frames of each stream, in order.
        """
        frames: list[list[MotionFrame]] = [[] for _ in streams]
        left = [stream.pending_hops for stream in streams]
        while any(left):
            for n_hops, members in _share_calls(left).items():
                mixed = self._advance([streams[i] for i in members], n_hops)
                for row, i in enumerate(members):
                    frames[i] += streams[i].accept(mixed, row, n_hops)
                    left[i] -= n_hops
        return frames

    def _advance(self, streams: list[MotionStream], n_hops: int) -> MixedRows:
        """Move streams on by the same number of hops."""
        batch = self._gather(streams)
        views = batch.views()
        context, earlier_features, *moving, earlier, levels, variables, traits = views
        sound = np.empty((len(streams), CONTEXT_SAMPLES + n_hops * HOP_SAMPLES), dtype=np.float32)
        sound[:, :CONTEXT_SAMPLES] = context
        for stream, row in zip(streams, sound[:, CONTEXT_SAMPLES:], strict=True):
            stream.fill(row)
        if not (sound.min() >= -1 and sound.max() <= 1):
            sound[~np.isfinite(sound)] = 0
            np.minimum(np.maximum(sound, -1, out=sound), 1, out=sound)
        echoes = np.empty((len(streams), n_hops, N_ECHOES), dtype=np.float32)
        features = np.concatenate([earlier_features, log_mel(sound, echoes)], axis=1)
        by_head, batch.state = self._model.run(features, batch.state)
        heard = _select([stream.heads for stream in streams], by_head)
        for row, stream in enumerate(streams):
            # Before its first hop a stream was silent, whatever the network makes of zeros.
            n_early = stream.lookahead_hops - stream.n_hops_done
            if n_early + DELAY_HOPS > 0:
                heard[FIRST, row, : max(n_early, 0)] = _SILENT
                heard[AGAIN, row, : n_early + DELAY_HOPS] = _SILENT
        loudness, pauses, levels = listen(features[:, CONTEXT_HOPS:], levels)
        heard[FIRST, ..., VOICE] *= 1 - pauses
        poses, moved = coarticulate(heard, moving)
        shown = poses
        if any(stream.blend for stream in streams):
            blends = np.array([stream.blend or 1 for stream in streams], dtype=np.float32)
            before = np.concatenate([earlier, poses[:, :-1]], axis=1)
            shown = before + (poses - before) * blends[:, None, None]
        idling = np.stack([s.track.rows(s.n_hops_done, n_hops) for s in streams])
        voices = heard[FIRST, ..., VOICE]
        lids = _blink(streams, voices, idling)
        pitches = listen_pitch(echoes)
        course = _ease_traits(streams, traits, n_hops)
        vowels = heard[FIRST, ..., :LIP] @ VOWEL
        mixed, variables = mix(
            shown, lids, voices, loudness, pitches, vowels, idling, course, variables
        )
        newest = (sound[:, -CONTEXT_SAMPLES:], features[:, -CONTEXT_HOPS:], *moved, poses[:, -1:])
        for view, value in zip(views, (*newest, levels, variables), strict=False):
            view[...] = value  # the traits, last, have moved by themselves
        return MixedRows(mixed.weights, mixed.heads.tolist(), mixed.gazes.tolist())

    def _gather(self, streams: list[MotionStream]) -> Batch:
        """Return the batch of exactly these streams in this order."""
        place = streams[0].place
        if place is not None and place[0].holds(streams):
            return place[0]
        new = [stream for stream in streams if stream.place is None]
        if new:
            self._remember(new)
        places = [stream.place for stream in streams if stream.place is not None]
        memory = np.stack([batch.memory[row] for batch, row in places])
        state = np.stack([batch.state[row] for batch, row in places])
        keep = {id(stream) for stream in streams}
        for batch in {id(batch): batch for batch, _ in places}.values():
            batch.release(keep)
        return Batch(memory, state, list(streams))

    def _remember(self, streams: list[MotionStream]) -> None:
        """Begin with silence."""
        n_streams = len(streams)
        memory = np.zeros((n_streams, MEMORY_WIDTH), dtype=np.float32)
        batch = Batch(memory, self._model.initial_state(n_streams), streams)
        _, features, *mouth, _, levels, _, traits = batch.views()
        features[...] = self._model.initial_features
        for view, value in zip(mouth, coarticulation_at_rest(n_streams), strict=True):
            view[...] = value
        levels[...] = loudness_at_start(n_streams)
        traits[...] = [stream.traits for stream in streams]


def _share_calls(left: Sequence[int]) -> dict[int, list[int]]:
    """Say which streams move on together and by how many hops: a call costs as much as ten hops.

    Args:
        left: How many hops each stream has to go.
    """
    whole: defaultdict[int, list[int]] = defaultdict(list)
    parts: defaultdict[int, list[int]] = defaultdict(list)
    n_calls = 0
    for i, n_hops in enumerate(left):
        if n_hops:
            n_hops = min(n_hops, _LARGEST_CALL_HOPS)
            whole[n_hops].append(i)
            # Powers of two: many streams with unlike backlogs share most calls.
            parts[1 << (n_hops.bit_length() - 1)].append(i)
            n_calls |= n_hops
    return whole if len(whole) <= n_calls.bit_count() else parts


def _select(heads: list[list[int]], heard: FloatArray) -> FloatArray:
    """Take each stream's two heads out of (B, T, L, D + 2): a copy, (2, B, T, D + 2)."""
    if heads.count(heads[0]) == len(heads):
        return np.stack([heard[:, :, head] for head in heads[0]])
    rows = np.arange(len(heads))
    return np.stack([heard[rows, :, own] for own in zip(*heads, strict=True)])


def _ease_traits(streams: list[MotionStream], traits: FloatArray, n_hops: int) -> FloatArray:
    """Move the traits of restyled streams towards their new ones, in place.

    Returns:
        The traits at every hop, (B, T, 58), or (B, 1, 58) if none changes.
    """
    goals = {i: s.new_traits for i, s in enumerate(streams) if s.new_traits is not None}
    if not goals:
        return traits[:, None]
    course = np.repeat(traits[:, None], n_hops, axis=1)
    left = _STYLE_DECAY ** np.arange(1, n_hops + 1, dtype=np.float32)
    for i, goal in goals.items():
        course[i] = goal + left[:, None] * (traits[i] - goal)
        if np.abs(course[i, -1] - goal).max() < _STYLE_REACHED:
            course[i, -1] = goal
            streams[i].new_traits = None
    traits[...] = course[:, -1]
    return course


def _blink(streams: list[MotionStream], voices: FloatArray, idling: FloatArray) -> FloatArray:
    """Return how closed the lids are, (B, T)."""
    lids = np.zeros_like(voices)
    wanted = urges(idling[..., idle.CHANCE], voices, idling[..., idle.STEADY])
    eager = set(np.nonzero(wanted)[0].tolist())
    for row, stream in enumerate(streams):
        blinker = stream.blinker
        if row in eager or blinker.blinking:
            lids[row] = [blinker.advance(urge=urge) for urge in wanted[row].tolist()]
        else:
            blinker.wait(voices.shape[1])
    return lids
