"""The media of one turn on the event loop: sound that waits, and jobs that make blocks of it."""

from collections.abc import Callable
from typing import Final

from avamotion.motion.style import MotionStyle
from avamotion.playout.packet import PACKET_S, MediaBlock
from avamotion.server.inference.message import TurnResult, TurnSetup, TurnWork
from avamotion.server.inference.worker import InferenceJob, InferenceWorker
from avamotion.server.sound import SoundQueue

__all__ = ["TurnMedia"]

# A turn's first job: the engine's look-ahead and the packets that fill a receiver's buffer, and
# little enough to be done at once.
_FIRST_BLOCKS: Final = 8
# So few blocks are not worth dividing.
_FEW_BLOCKS: Final = 3
# About how many blocks of silence the engine takes for what it looks ahead at.
_PAD_BLOCKS: Final = 5
# What the resamplers keep inside, and a little more: every job then ends on a whole block.
_MARGIN_S: Final = 0.002


class TurnMedia:
    """Collects the sound of a turn and has it computed in jobs, one at a time.

    Args:
        setup: How the turn comes and goes.
        worker: Who computes.
    """

    def __init__(self, setup: TurnSetup, worker: InferenceWorker) -> None:
        self.complete = False
        """Whether the client has sent all of the turn."""
        self.busy = False
        """Whether a job of this turn runs."""
        self._worker = worker
        self._turn = worker.open(setup)
        self._sound = SoundQueue(
            pcm_bytes_per_s=None if setup.ogg_opus else 2 * setup.sample_rate_hz
        )
        self._pad_wanted = False
        self._new_style: MotionStyle | None = None
        self._finished = False
        self._begun = False
        self._sound_at = 0.0

    @property
    def waiting_s(self) -> float:
        """Seconds of sound that no job has taken yet."""
        return self._sound.seconds

    @property
    def idle(self) -> bool:
        """Whether there is nothing to compute until more sound comes."""
        if self.busy or self._finished:
            return True
        return not (self.complete or self._pad_wanted or self._sound.seconds)

    def receive_audio(self, data: bytes, *, end: bool, now: float) -> None:
        """Take encoded sound.

        Raises:
            AudioError: If one can tell at once that it cannot be decoded.
        """
        if self.complete:
            return
        self.complete = end
        self._pad_wanted = False
        self._sound.append(data, now=now)

    def end(self, *, now: float) -> None:
        """Note that no more sound comes, although the client never said so."""
        self.receive_audio(b"", end=True, now=now)

    def abandon(self) -> None:
        """Note that what comes cannot be decoded; what was decoded is still played."""
        self._sound.clear()
        self.complete = True

    def pad(self, *, now: float) -> None:
        """Insert silence, so that the engine lets go of the sound that it looks ahead at."""
        self._pad_wanted = True
        self._sound_at = now

    def change_style(self, style: MotionStyle) -> None:
        """Have what no job has taken yet move otherwise."""
        self._new_style = style

    def compute(
        self,
        max_blocks: int,
        *,
        deadline: float,
        deliver: Callable[[list[MediaBlock] | Exception, bool], None],
    ) -> None:
        """Have the next piece computed, of at most about ``max_blocks`` blocks of 20 ms.

        Args:
            max_blocks: At most so many.
            deadline: When they are needed, on the event loop's clock.
            deliver: Called with the blocks that are now whole, or with what went wrong; and
                whether they are the turn's last.
        """
        self.busy = True

        def receive(outcome: TurnResult | Exception) -> None:
            self.busy = False
            if isinstance(outcome, Exception):
                deliver(outcome, False)
            else:
                self._finished = outcome.finished
                deliver(outcome.blocks(sound_at=self._sound_at), outcome.finished)

        self._worker.submit(
            InferenceJob(self._turn, lambda: self._begin(max_blocks), deadline, receive)
        )

    def _begin(self, max_blocks: int) -> tuple[TurnWork, int]:
        """Take the sound for a job; tell about how many blocks it is.

        The engine takes a power of two at a time: a job of nine costs two calls, one of eight one.
        """
        n_blocks = min(max_blocks, int(self._sound.seconds / PACKET_S))
        if n_blocks > _FEW_BLOCKS:
            n_blocks = 1 << (n_blocks.bit_length() - 1)
        margin_s = 0.0 if self._begun else _MARGIN_S
        if not self._begun:
            n_blocks = min(n_blocks, _FIRST_BLOCKS)
        self._begun = True
        data, seconds, sound_at = self._sound.take(max(1, n_blocks) * PACKET_S + margin_s)
        self._sound_at = max(self._sound_at, sound_at)
        drained = not self._sound.seconds
        pad = self._pad_wanted and drained
        self._pad_wanted = self._pad_wanted and not drained
        style, self._new_style = self._new_style, None
        finish = self.complete and drained
        work = TurnWork(b"".join(data), pad, finish, style)
        return work, max(1, round(seconds / PACKET_S) + pad * _PAD_BLOCKS)
