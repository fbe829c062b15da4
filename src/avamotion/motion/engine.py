"""Speech in, frames out, for many sessions at once.

A :class:`MotionStream` holds the sound of one turn and what the engine remembers of it; a
:class:`MotionEngine` moves any number of streams on in one call of the model. The same sound
gives the same frames however it is cut, and whoever else is in the batch.

Shapes: B streams, T hops, F features, D phones.
"""

import itertools
import math
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from weakref import ref

import numpy as np

from avamotion.errors import ModelError
from avamotion.media import FloatArray, MotionFrame
from avamotion.motion import idle
from avamotion.motion.coarticulation import (
    DELAY_HOPS,
    coarticulate,
    coarticulation_at_rest,
)
from avamotion.motion.eye import Blinker, urges
from avamotion.motion.feature import (
    CONTEXT_SAMPLES,
    HOP_SAMPLES,
    N_FEATURES,
    SAMPLE_RATE_HZ,
    log_mel,
)
from avamotion.motion.idle import IdleTrack
from avamotion.motion.loudness import N_LOUDNESS, listen, loudness_at_start
from avamotion.motion.mixer import N_TRAITS, N_VARIABLES, mix, traits
from avamotion.motion.model import CONTEXT_HOPS, DEFAULT_MODEL, N_HEARD, VOICE, PhoneModel, State
from avamotion.motion.phone import CHANNELS, phone_index
from avamotion.motion.style import LOOKAHEADS_MS, MotionStyle

__all__ = ["FRAME_US", "SAMPLE_RATE_HZ", "MotionEngine", "MotionStream"]

FRAME_US: Final = 20_000
"""Microseconds from one frame to the next."""

_FRAME_MS: Final = FRAME_US / 1000
_POSE_CENTRE_MS: Final = _FRAME_MS / 2
"""A hop's pose is that of its middle, its frame is shown from its beginning."""
_LARGEST_CALL_HOPS: Final = 16

# What the engine remembers of a stream besides what the network does: the newest sound and
# features, coarticulation's four, the newest pose, loudness, and the mixer's two.
_SHAPES: Final = (
    (CONTEXT_SAMPLES,),
    (CONTEXT_HOPS, N_FEATURES),
    *(state.shape[1:] for state in coarticulation_at_rest(1)),
    (1, len(CHANNELS)),
    (N_LOUDNESS,),
    (N_VARIABLES,),
    (N_TRAITS,),
)
_ENDS: Final = tuple(itertools.accumulate(math.prod(shape) for shape in _SHAPES))
_CUTS: Final = tuple(slice(*cut) for cut in itertools.pairwise((0, *_ENDS)))
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
        self._track = IdleTrack(np.random.default_rng(style.seed))
        self._blinker = Blinker()
        self._lookahead_hops = lookahead_hops
        # Frame k shows the poses k + shift and the next one, blended.
        shift, self._blend = divmod((style.lead_ms - _POSE_CENTRE_MS) / _FRAME_MS, 1.0)
        self._delay_hops = lookahead_hops + DELAY_HOPS + int(shift) + bool(self._blend) + 1
        self._pieces: deque[FloatArray] = deque()
        self._n_held_samples = 0
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

    def _total_frames(self) -> int:
        return -(-self._n_samples // HOP_SAMPLES)

    def _hold(self, samples: FloatArray) -> None:
        self._pieces.append(samples)
        self._n_held_samples += len(samples)

    def _fill(self, row: FloatArray) -> None:
        """Move as many of the held samples as a row takes."""
        n_filled = 0
        while n_filled < len(row):
            piece = self._pieces.popleft()
            n_taken = min(len(piece), len(row) - n_filled)
            row[n_filled : n_filled + n_taken] = piece[:n_taken]
            n_filled += n_taken
            if n_taken < len(piece):
                self._pieces.appendleft(piece[n_taken:])
        self._n_held_samples -= n_filled

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
    """What is remembered of some streams, row by row.

    The streams hold their batch, and it does not hold them: a turn that is over is gone at once,
    and not when the collector of cycles comes by.

    Attributes:
        memory: What the engine remembers, (B, M), as ``_SHAPES`` lays it out.
        state: What the network remembers, (B, …).
    """

    __slots__ = ("_streams", "memory", "state")

    def __init__(self, memory: FloatArray, state: State, streams: list[MotionStream]) -> None:
        self.memory = memory
        self.state = state
        self._streams = [ref(stream) for stream in streams]
        for row, stream in enumerate(streams):
            stream._place = self, row

    def holds(self, streams: list[MotionStream]) -> bool:
        """Return whether these are its streams, in this order."""
        return self._streams == [ref(stream) for stream in streams]

    def views(self) -> list[FloatArray]:
        """Return the parts of the memory, (B, …) each, to read and to write."""
        n_streams = len(self.memory)
        return [
            self.memory[:, cut].reshape(n_streams, *shape)
            for cut, shape in zip(_CUTS, _SHAPES, strict=True)
        ]

    def release(self, keep: set[int]) -> None:
        """Give every stream that is not among the kept ones a batch of its own."""
        for row, reference in enumerate(self._streams):
            stream = reference()
            if stream is None or id(stream) in keep:
                continue
            if stream._place == (self, row):
                own = slice(row, row + 1)
                _Batch(self.memory[own].copy(), self.state[own].copy(), [stream])


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
            for n_hops, members in _share_calls(left).items():
                mixed = self._advance([streams[i] for i in members], n_hops)
                for row, i in enumerate(members):
                    frames[i] += streams[i]._accept(mixed, row, n_hops)
                    left[i] -= n_hops
        return frames

    def _advance(self, streams: list[MotionStream], n_hops: int) -> _MixedRows:
        """Move streams on by the same number of hops."""
        batch = self._gather(streams)
        views = batch.views()
        context, earlier_features, *moving, earlier, levels, variables, traits = views
        sound = np.empty((len(streams), CONTEXT_SAMPLES + n_hops * HOP_SAMPLES), dtype=np.float32)
        sound[:, :CONTEXT_SAMPLES] = context
        for stream, row in zip(streams, sound[:, CONTEXT_SAMPLES:], strict=True):
            stream._fill(row)
        if not (sound.min() >= -1 and sound.max() <= 1):
            sound[~np.isfinite(sound)] = 0
            np.minimum(np.maximum(sound, -1, out=sound), 1, out=sound)
        features = np.concatenate([earlier_features, log_mel(sound)], axis=1)
        heads, batch.state = self._model.run(features, batch.state)
        heard = _select([stream._head for stream in streams], heads)
        for row, stream in enumerate(streams):
            # Before its first hop a stream was silent, whatever the network makes of zeros.
            n_early = stream._lookahead_hops - stream._n_hops_done
            if n_early > 0:
                heard[row, :n_early] = _SILENT
        loudness, pauses, levels = listen(features[:, CONTEXT_HOPS:], levels)
        heard[..., VOICE] *= 1 - pauses
        poses, moved = coarticulate(heard, moving)
        shown = poses
        if any(stream._blend for stream in streams):
            blends = np.array([stream._blend or 1 for stream in streams], dtype=np.float32)
            before = np.concatenate([earlier, poses[:, :-1]], axis=1)
            shown = before + (poses - before) * blends[:, None, None]
        idling = np.stack([s._track.rows(s._n_hops_done, n_hops) for s in streams])
        voices = heard[..., VOICE]
        lids = _blink(streams, voices, idling)
        mixed, variables = mix(shown, lids, voices, loudness, idling, traits, variables)
        newest = (sound[:, -CONTEXT_SAMPLES:], features[:, -CONTEXT_HOPS:], *moved, poses[:, -1:])
        for view, value in zip(views, (*newest, levels, variables), strict=False):
            view[...] = value  # the traits, last, stay
        return _MixedRows(mixed.weights, mixed.heads.tolist(), mixed.gazes.tolist())

    def _gather(self, streams: list[MotionStream]) -> _Batch:
        """Return the batch of exactly these streams in this order."""
        place = streams[0]._place
        if place is not None and place[0].holds(streams):
            return place[0]
        new = [stream for stream in streams if stream._place is None]
        if new:
            self._remember(new)
        places = [stream._place for stream in streams if stream._place is not None]
        memory = np.stack([batch.memory[row] for batch, row in places])
        state = np.stack([batch.state[row] for batch, row in places])
        keep = {id(stream) for stream in streams}
        for batch in {id(batch): batch for batch, _ in places}.values():
            batch.release(keep)
        return _Batch(memory, state, list(streams))

    def _remember(self, streams: list[MotionStream]) -> None:
        """Begin with silence."""
        n_streams = len(streams)
        memory = np.zeros((n_streams, _ENDS[-1]), dtype=np.float32)
        batch = _Batch(memory, self._model.initial_state(n_streams), streams)
        _, features, *mouth, _, levels, _, traits = batch.views()
        features[...] = self._model.initial_features
        for view, value in zip(mouth, coarticulation_at_rest(n_streams), strict=True):
            view[...] = value
        levels[...] = loudness_at_start(n_streams)
        traits[...] = [stream._traits for stream in streams]


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


def _select(heads: list[int], heard: FloatArray) -> FloatArray:
    """Take each stream's head out of (B, T, L, D + 2): (B, T, D + 2), to be written to."""
    if heads.count(heads[0]) == len(heads):
        return heard[:, :, heads[0]]
    return heard[np.arange(len(heads)), :, heads]


def _blink(streams: list[MotionStream], voices: FloatArray, idling: FloatArray) -> FloatArray:
    """Return how closed the lids are, (B, T)."""
    lids = np.zeros_like(voices)
    wanted = urges(idling[..., idle.CHANCE], voices, idling[..., idle.STEADY])
    eager = set(np.nonzero(wanted)[0].tolist())
    for row, stream in enumerate(streams):
        blinker = stream._blinker
        if row in eager or blinker.blinking:
            lids[row] = [blinker.advance(urge=urge) for urge in wanted[row].tolist()]
        else:
            blinker.wait(voices.shape[1])
    return lids
