"""The inference process: does one round after the other, until the server hangs up.

``python -m avamotion.server.inference.process FD MODEL`` is how :mod:`.link` starts it.
"""

import gc
import signal
import socket
import sys
import time
import traceback
from pathlib import Path
from typing import BinaryIO

import numpy as np

from avamotion.errors import AudioError, AvamotionError, InferenceError
from avamotion.motion.engine import SAMPLE_RATE_HZ, MotionEngine, MotionStream
from avamotion.motion.style import MotionStyle
from avamotion.server.inference.message import (
    LENGTH_BYTES,
    Round,
    RoundResult,
    TurnResult,
    TurnSetup,
    TurnWork,
    pack,
    unpack,
)
from avamotion.server.inference.turn import TurnInference

__all__ = ["InferenceRounds", "main"]


class InferenceRounds:
    """Does rounds of work, and keeps what is known of each turn in between.

    Args:
        engine: The motion engine.
    """

    def __init__(self, engine: MotionEngine) -> None:
        self._engine = engine
        self._turns: dict[int, TurnInference] = {}

    def run(self, round_: Round) -> RoundResult:
        """Do a round. What fails in one turn is the outcome of that one."""
        started_s, started_cpu_s = time.perf_counter(), time.process_time()
        for key in round_.closed:
            self._turns.pop(key, None)
        outcomes = self._run_all(round_.opened, round_.work)
        return RoundResult(
            outcomes, time.perf_counter() - started_s, time.process_time() - started_cpu_s
        )

    def _run_all(
        self, opened: dict[int, TurnSetup], work: dict[int, TurnWork]
    ) -> list[TurnResult | Exception]:
        outcomes: dict[int, TurnResult | Exception] = {}
        streams: dict[int, MotionStream] = {}
        for key, piece in work.items():
            try:
                if key in opened:
                    self._turns[key] = TurnInference(opened[key], self._engine)
                streams[key] = self._turns[key].prepare(piece)
            except Exception as exc:  # noqa: BLE001 - the session decides what it means
                outcomes[key] = _portable(exc)
        try:
            stepped = self._engine.step(list(streams.values()))
        except Exception as exc:  # noqa: BLE001 - it costs the turns of this round, not the process
            for key in streams:
                outcomes[key] = _portable(exc)
                del self._turns[key]
            return [outcomes[key] for key in work]
        for key, frames in zip(streams, stepped, strict=True):
            try:
                outcomes[key] = self._turns[key].conclude(frames)
            except Exception as exc:  # noqa: BLE001 - as above
                outcomes[key] = _portable(exc)
            if work[key].finish:
                del self._turns[key]
        return [outcomes[key] for key in work]


def _portable(exc: Exception) -> Exception:
    """Return an exception that any process can read."""
    if isinstance(exc, AudioError):
        return exc
    return InferenceError("".join(traceback.format_exception(exc)))


def main(descriptor: int, model: Path | None) -> None:
    """Serve a socket until the other end closes it.

    Args:
        descriptor: The socket's.
        model: The motion model; None takes the one that comes with the package.
    """
    # Ctrl-C and a service manager's SIGTERM reach all processes of a group; but the server
    # drains first, and when it is gone, its end of the socket is closed.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with socket.socket(fileno=descriptor) as connection, connection.makefile("rb") as incoming:
        try:
            engine = MotionEngine.load(model)
        except AvamotionError as exc:
            connection.sendall(pack(exc))
            return
        _warm_up(engine)
        gc.collect()
        gc.freeze()
        try:
            connection.sendall(pack(None))
            rounds = InferenceRounds(engine)
            while (round_ := _receive(incoming)) is not None:
                connection.sendall(pack(rounds.run(round_)))
        except ConnectionError:
            return  # the server is gone


def _receive(incoming: BinaryIO) -> Round | None:
    n_bytes = int.from_bytes(incoming.read(LENGTH_BYTES), "big")
    message = unpack(incoming.read(n_bytes)) if n_bytes else None
    assert message is None or isinstance(message, Round)
    return message


def _warm_up(engine: MotionEngine) -> None:
    """Infer once: the first inference allocates, and no session should wait for it."""
    stream = engine.open(MotionStyle())
    stream.push(np.zeros(SAMPLE_RATE_HZ, np.float32))
    stream.finish()
    engine.step([stream])


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]) if sys.argv[2] else None)
