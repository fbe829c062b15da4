"""Speech in, frames out, for many sessions at once.

A :class:`MotionStream` holds the sound of one turn and what the engine remembers of it; a
:class:`MotionEngine` moves any number of streams on in one call of the model. The same sound
gives the same frames however it is cut, and whoever else is in the batch.

Shapes: B streams, T hops, F features, D phones.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from avamotion.errors import ModelError
from avamotion.media import FloatArray, MotionFrame
from avamotion.motion import idle
from avamotion.motion.coarticulation import (
    DELAY_HOPS,
    coarticulate,
    coarticulation_at_rest,
)
from avamotion.motion.eye import Blinker
from avamotion.motion.feature import (
    CONTEXT_SAMPLES,
    HOP_SAMPLES,
    SAMPLE_RATE_HZ,
    log_mel,
)
from avamotion.motion.idle import IdleTrack
from avamotion.motion.loudness import listen, loudness_at_start
from avamotion.motion.mixer import N_VARIABLES, mix, traits
from avamotion.motion.model import DEFAULT_MODEL, N_HEARD, VOICE, PhoneModel
from avamotion.motion.phone import CHANNELS, phone_index
from avamotion.motion.style import LOOKAHEADS_MS, MotionStyle

__all__ = ["FRAME_US", "SAMPLE_RATE_HZ", "MotionEngine", "MotionStream"]

FRAME_US: Final = 20_000
"""Microseconds from one frame to the next."""

_FRAME_MS: Final = FRAME_US / 1000
_POSE_CENTRE_MS: Final = _FRAME_MS / 2
"""A hop's pose is that of its middle, its frame is shown from its beginning."""
_LARGEST_CALL_HOPS: Final = 16
_N_OWN_ARRAYS: Final = 8
"""State arrays besides the network's: coarticulation's four, the newest pose, loudness, and the
mixer's two."""
_STYLE_DECAY: Final = np.float32(0.9)
"""What is left, after a hop, of the way to a new style: it is there within half a second."""
_STYLE_REACHED: Final = 1e-3
_SILENT: Final = np.eye(N_HEARD, dtype=np.float32)[phone_index("SIL")]


class MotionStream:
    """The sound of one turn, and how far its face has come. Made by :meth:`MotionEngine.open`.

    A stream may be pushed to and finished from one thread while the engine steps *other* streams
    in another, but never while the engine steps this one.
    """

    def __init__(self, style: MotionStyle, *, lookahead_hops: int, head: int) -> None:
        self._style = style
        self._head = head
        self._traits = traits(style)
        self._new_traits: FloatArray | None = None
        self._track = IdleTrack(np.random.default_rng(style.seed))
        self._blinker = Blinker()
        self._lookahead_hops = lookahead_hops
        # Frame k shows the poses k + shift and the next one, blended.
        shift, self._blend = divmod((style.lead_ms - _POSE_CENTRE_MS) / _FRAME_MS, 1.0)
        self._delay_hops = lookahead_hops + DELAY_HOPS + int(shift) + bool(self._blend) + 1
        self._pieces: list[FloatArray] = [np.zeros(CONTEXT_SAMPLES, dtype=np.float32)]
        self._n_held_samples = 0  # beyond the context
        self._n_samples = 0
        self._n_hops_done = 0
        self._finished = False
        self._place: tuple[_Batch, int] | None = None

    @property
    def pending_hops(self) -> int:
        """Hops that the next step would process."""
        return self._n_held_samples // HOP_SAMPLES

    @property
    def delay_us(self) -> int:
        """How much sound beyond its own time a frame waits for, in microseconds."""
        return self._delay_hops * FRAME_US

    @property
    def finished(self) -> bool:
        """Whether :meth:`finish` was called."""
        return self._finished

    def push(self, samples: FloatArray) -> None:
        """Add sound.

        What is no number counts as silence, what is louder than full scale as full scale.

        Args:
            samples: Mono sound at 16 kHz, (N,), nominally in [-1, 1]; N may be 0.

        Raises:
            ValueError: If the stream is finished, or the samples are not one-dimensional.
        """
        if self._finished:
            raise ValueError("the turn is finished: open a new stream for more sound")
        if samples.ndim != 1:
            raise ValueError(f"samples must be mono, (N,), not {samples.shape}")
        if len(samples):
            self._hold(samples.astype(np.float32))  # a copy: the caller may reuse its buffer
            self._n_samples += len(samples)

    def finish(self) -> None:
        """Say that the turn has no more sound: the next step gives all its remaining frames."""
        if self._finished:
            return
        self._finished = True
        n_hops = self._total_frames() + self._delay_hops - 1
        n_missing = n_hops * HOP_SAMPLES - self._n_samples
        if self._n_samples and n_missing > 0:
            self._hold(np.zeros(n_missing, dtype=np.float32))

    def restyle(self, style: MotionStyle) -> None:
        """Move otherwise from the next hop on, without a jump.

        Only ``lead_ms``, ``lookahead_ms`` and ``seed`` stay what they were: a turn keeps them.
        """
        self._new_traits = traits(style)

    def _total_frames(self) -> int:
        return -(-self._n_samples // HOP_SAMPLES)

    def _hold(self, samples: FloatArray) -> None:
        self._pieces.append(samples)
        self._n_held_samples += len(samples)

    def _take(self, n_hops: int) -> FloatArray:
        """Take the next hops with the context before them."""
        held = self._pieces[0] if len(self._pieces) == 1 else np.concatenate(self._pieces)
        n_taken = n_hops * HOP_SAMPLES
        self._pieces = [held[n_taken:]]
        self._n_held_samples -= n_taken
        return held[: CONTEXT_SAMPLES + n_taken]

    def _accept(self, mixed: "_MixedRows", row: int, n_hops: int) -> list[MotionFrame]:
        """Turn the poses of a step into the frames that are due."""
        self._n_hops_done += n_hops
        newest = self._n_hops_done - self._delay_hops
        oldest = newest - n_hops + 1
        last = min(newest, self._total_frames() - 1) if self._finished else newest
        frames = []
        for index in range(max(oldest, 0), last + 1):
            hop = index - oldest
            x, y, z, w = mixed.heads[row][hop]
            yaw, pitch = mixed.gazes[row][hop]
            # A copy, so that a frame that is kept does not keep the whole batch.
            weights = mixed.weights[row, hop].copy()
            frames.append(MotionFrame(index * FRAME_US, weights, (x, y, z, w), (yaw, pitch)))
        return frames


@dataclass(frozen=True, slots=True, eq=False)
class _MixedRows:
    """Mixed frames with everything but the weights as Python numbers."""

    weights: FloatArray
    heads: list[list[list[float]]]
    gazes: list[list[list[float]]]


class _Batch:
    """What the engine remembers of some streams, row by row.

    As long as the same streams come back in the same order, the model's states go round without
    being copied; that is most of the time, and most of the cost.
    """

    __slots__ = ("arrays", "streams")

    def __init__(self, arrays: list[FloatArray], streams: list[MotionStream]) -> None:
        self.arrays = arrays
        self.streams = streams
        for row, stream in enumerate(streams):
            stream._place = self, row

    def release(self, keep: set[int]) -> None:
        """Give every stream that is not among the kept ones a batch of its own."""
        for row, stream in enumerate(self.streams):
            if id(stream) not in keep and stream._place == (self, row):
                _Batch([array[row : row + 1].copy() for array in self.arrays], [stream])


class MotionEngine:
    """Moves streams on. Holds no stream: what it remembers of them lives and dies with them.

    One thread may step at a time.
    """

    def __init__(self, model: PhoneModel) -> None:
        self._model = model
        self._heads: dict[int, int] = {}
        for lookahead_ms in LOOKAHEADS_MS:
            hops = round(lookahead_ms / _FRAME_MS)
            if hops not in model.lookaheads_hops:
                raise ModelError(f"the model has no head that looks {lookahead_ms} ms ahead")
            self._heads[lookahead_ms] = model.lookaheads_hops.index(hops)

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
            lookahead_hops=round(style.lookahead_ms / _FRAME_MS),
            head=self._heads[style.lookahead_ms],
        )

    def step(
        self, streams: Sequence[MotionStream], *, max_hops: int | None = None
    ) -> list[list[MotionFrame]]:
        """Process the pending sound of all streams.

        Args:
            streams: Any streams of this engine, each once, in any order. Keeping the order from
                call to call makes the call cheaper.
            max_hops: Hops of each stream that this call may process; the rest stays pending. A
                limit keeps one stream's burst from delaying the others.

        Returns:
            The newly known frames of each stream, in order.
        """
        frames: list[list[MotionFrame]] = [[] for _ in streams]
        left = [stream.pending_hops for stream in streams]
        if max_hops is not None:
            left = [min(n_hops, max_hops) for n_hops in left]
        while any(left):
            groups: defaultdict[int, list[int]] = defaultdict(list)
            for i, n_hops in enumerate(left):
                if n_hops:
                    # Powers of two: streams with unlike backlogs still share most calls.
                    groups[1 << (min(n_hops, _LARGEST_CALL_HOPS).bit_length() - 1)].append(i)
            for n_hops, members in groups.items():
                mixed = self._advance([streams[i] for i in members], n_hops)
                for row, i in enumerate(members):
                    frames[i] += streams[i]._accept(mixed, row, n_hops)
                    left[i] -= n_hops
        return frames

    def _advance(self, streams: list[MotionStream], n_hops: int) -> _MixedRows:
        """Move streams on by the same number of hops."""
        batch = self._gather(streams)
        tail, shape, rest, lips, earlier, levels, variables, traits = batch.arrays[:_N_OWN_ARRAYS]
        sound = np.stack([stream._take(n_hops) for stream in streams])
        sound[~np.isfinite(sound)] = 0
        features = log_mel(np.minimum(np.maximum(sound, -1, out=sound), 1, out=sound))
        heads, states = self._model.run(features, batch.arrays[_N_OWN_ARRAYS:])
        heard = _select([stream._head for stream in streams], heads)
        for row, stream in enumerate(streams):
            # Before its first hop a stream was silent, whatever the network makes of zeros.
            n_early = stream._lookahead_hops - stream._n_hops_done
            if n_early > 0:
                heard[row, :n_early] = _SILENT
        loudness, pauses, levels = listen(features, levels)
        heard[..., VOICE] *= 1 - pauses
        poses, (tail, shape, rest, lips) = coarticulate(heard, (tail, shape, rest, lips))
        shown = poses
        if any(stream._blend for stream in streams):
            blends = np.array([stream._blend or 1 for stream in streams], dtype=np.float32)
            before = np.concatenate([earlier, poses[:, :-1]], axis=1)
            shown = before + (poses - before) * blends[:, None, None]
        idling = np.stack([s._track.rows(s._n_hops_done, n_hops) for s in streams])
        voices = heard[..., VOICE]
        lids = _blink(streams, voices, idling)
        course, traits = _ease_traits(streams, traits, n_hops)
        mixed, variables = mix(shown, lids, voices, loudness, idling, course, variables)
        batch.arrays = [tail, shape, rest, lips, poses[:, -1:], levels, variables, traits, *states]
        return _MixedRows(mixed.weights, mixed.heads.tolist(), mixed.gazes.tolist())

    def _gather(self, streams: list[MotionStream]) -> _Batch:
        """Return the batch of exactly these streams in this order."""
        place = streams[0]._place
        if place is not None and place[0].streams == streams:
            return place[0]
        new = [stream for stream in streams if stream._place is None]
        if new:
            _Batch(self._initial_arrays(new), new)
        places = [stream._place for stream in streams if stream._place is not None]
        arrays = [
            np.stack([batch.arrays[k][row] for batch, row in places])
            for k in range(len(places[0][0].arrays))
        ]
        keep = {id(stream) for stream in streams}
        for batch in {id(batch): batch for batch, _ in places}.values():
            batch.release(keep)
        return _Batch(arrays, list(streams))

    def _initial_arrays(self, streams: list[MotionStream]) -> list[FloatArray]:
        n_streams = len(streams)
        return [
            *coarticulation_at_rest(n_streams),
            np.zeros((n_streams, 1, len(CHANNELS)), dtype=np.float32),
            loudness_at_start(n_streams),
            np.zeros((n_streams, N_VARIABLES), dtype=np.float32),
            np.stack([stream._traits for stream in streams]),
            *self._model.initial_states(n_streams),
        ]


def _select(heads: list[int], heard: FloatArray) -> FloatArray:
    """Take each stream's head out of (B, T, L, D + 2): (B, T, D + 2), to be written to."""
    if heads.count(heads[0]) == len(heads):
        return heard[:, :, heads[0]]
    return heard[np.arange(len(heads)), :, heads]


def _ease_traits(
    streams: list[MotionStream], traits: FloatArray, n_hops: int
) -> tuple[FloatArray, FloatArray]:
    """Move the traits of restyled streams towards their new ones.

    Returns:
        The traits at every hop, (B, T, 57) or (B, 1, 57) if none changes; and the last, (B, 57).
    """
    goals = {i: s._new_traits for i, s in enumerate(streams) if s._new_traits is not None}
    if not goals:
        return traits[:, None], traits
    course = np.repeat(traits[:, None], n_hops, axis=1)
    left = _STYLE_DECAY ** np.arange(1, n_hops + 1, dtype=np.float32)
    for i, goal in goals.items():
        course[i] = goal + left[:, None] * (traits[i] - goal)
        if np.abs(course[i, -1] - goal).max() < _STYLE_REACHED:
            course[i, -1] = goal
            streams[i]._new_traits = None
    return course, course[:, -1]


def _blink(streams: list[MotionStream], voices: FloatArray, idling: FloatArray) -> FloatArray:
    """Return how closed the lids are, (B, T)."""
    speaking = (voices > 0.5).tolist()
    chances = idling[..., idle.CHANCE].tolist()
    steady = idling[..., idle.STEADY].tolist()
    lids = [
        [
            stream._blinker.advance(chance, speaking=is_speaking, steady=is_steady > 0)
            for chance, is_speaking, is_steady in zip(*row, strict=True)
        ]
        for stream, *row in zip(streams, chances, speaking, steady, strict=True)
    ]
    return np.array(lids, dtype=np.float32)
