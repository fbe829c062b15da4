"""The server's end of its inference process."""

import asyncio
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Final

from avamotion.errors import AvamotionError, InferenceError
from avamotion.server.inference.message import LENGTH_BYTES, Round, RoundResult, pack, unpack

__all__ = ["InferenceLink"]

_EXIT_S: Final = 5.0
# A round is cut to fit into some 40 ms.
_ROUND_LIMIT_S: Final = 15.0
# So much of a result is read before the rest must wait in the kernel: more than a round gives.
_BUFFER_BYTES: Final = 4 * 2**20


class InferenceLink:
    """Starts the process, has it do rounds, and ends it.

    Args:
        model: The motion model; None takes the one that comes with the package.
        round_limit_s: A process that takes longer over a round is stuck, and killed.
    """

    def __init__(self, model: Path | None, *, round_limit_s: float = _ROUND_LIMIT_S) -> None:
        self._model = model
        self._round_limit_s = round_limit_s
        self._process: subprocess.Popen[bytes] | None = None
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    @property
    def pid(self) -> int | None:
        """The process that runs now, if one does."""
        return self._process.pid if self._process is not None else None

    async def start(self) -> None:
        """Start the process and wait until it is ready.

        Raises:
            InferenceError: If it does not start.
            ModelError: If it cannot read the model.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = await asyncio.to_thread(self._spawn, theirs.fileno())
        self._reader, self._writer = await asyncio.open_unix_connection(
            sock=ours, limit=_BUFFER_BYTES
        )
        failure = await self._receive()
        if isinstance(failure, AvamotionError):
            raise failure

    def _spawn(self, descriptor: int) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"{__package__}.process", str(descriptor)]
        return subprocess.Popen(
            [*command, str(self._model or "")],
            pass_fds=[descriptor],
            stdin=subprocess.DEVNULL,
            # The products are small: threads that help numpy would wait more than work.
            env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
        )

    async def run(self, round_: Round) -> RoundResult:
        """Have a round done.

        Raises:
            InferenceError: If the process dies of it, or of being stuck; then start another.
        """
        if self._writer is None or self._process is None:
            raise InferenceError("there is no inference process")
        self._writer.write(pack(round_))
        try:
            async with asyncio.timeout(self._round_limit_s):
                result = await self._receive()
        except TimeoutError:
            self._process.kill()
            raise InferenceError("the inference process was stuck") from None
        assert isinstance(result, RoundResult)
        return result

    async def close(self) -> None:
        """Let the process end."""
        process, self._process = self._process, None
        if self._writer is not None:
            self._writer.close()
            self._reader = self._writer = None
        if process is not None:
            try:
                await asyncio.to_thread(process.wait, _EXIT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                await asyncio.to_thread(process.wait)

    async def _receive(self) -> object:
        assert self._reader is not None
        try:
            n_bytes = int.from_bytes(await self._reader.readexactly(LENGTH_BYTES), "big")
            return unpack(await self._reader.readexactly(n_bytes))
        except (asyncio.IncompleteReadError, ConnectionError) as exc:
            raise InferenceError("the inference process died") from exc
