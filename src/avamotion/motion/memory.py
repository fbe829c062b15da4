"""What is remembered of streams from hop to hop: rows of two arrays.

Shapes: B streams, T hops, C mouth channels.
"""

import itertools
import math
from typing import TYPE_CHECKING, Final
from weakref import ref

from avamotion.media import FloatArray
from avamotion.motion.coarticulation import coarticulation_at_rest
from avamotion.motion.feature import CONTEXT_SAMPLES, N_FEATURES
from avamotion.motion.loudness import N_LOUDNESS
from avamotion.motion.mixer import N_TRAITS, N_VARIABLES
from avamotion.motion.model import CONTEXT_HOPS, State
from avamotion.motion.phone import CHANNELS

if TYPE_CHECKING:
    from avamotion.motion.stream import MotionStream

__all__ = ["MEMORY_WIDTH", "Batch"]

# Besides what the network remembers: the newest sound and features, coarticulation's four, the
# newest pose, loudness, and the mixer's two.
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

MEMORY_WIDTH: Final = _ENDS[-1]
"""Numbers that the engine remembers of a stream."""


class Batch:
    """What is remembered of some streams, row by row.

    The streams hold their batch, and it does not hold them: a turn that is over is gone at once,
    and not when the collector of cycles comes by.

    Attributes:
        memory: What the engine remembers, (B, MEMORY_WIDTH).
        state: What the network remembers, (B, …).
    """

    __slots__ = ("_streams", "memory", "state")

    def __init__(self, memory: FloatArray, state: State, streams: list["MotionStream"]) -> None:
        self.memory = memory
        self.state = state
        self._streams = [ref(stream) for stream in streams]
        for row, stream in enumerate(streams):
            stream.place = self, row

    def holds(self, streams: list["MotionStream"]) -> bool:
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
            if stream.place == (self, row):
                own = slice(row, row + 1)
                Batch(self.memory[own].copy(), self.state[own].copy(), [stream])
