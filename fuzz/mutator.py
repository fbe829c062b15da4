"""Change valid inputs until a parser shows a behaviour that it has not shown yet.

Random bytes hardly ever pass a parser's first check. So the fuzzer starts from a corpus of valid
inputs, changes them, and keeps whatever made the parser answer in a new way, to go on from.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

__all__ = ["Crash", "Fuzzer", "mutate"]

Target = Callable[[bytes], str]
"""Feeds a parser and returns how it answered, in a few words; raises only what is a bug."""

_MAX_BYTES = 1 << 16
_INTERESTING = (0, 1, 0x7F, 0x80, 0xFF)


@dataclass(frozen=True, slots=True)
class Crash:
    """An input that a parser does not survive."""

    data: bytes
    error: Exception


class Fuzzer:
    """Fuzzes one target.

    Args:
        target: The parser.
        corpus: Valid inputs, at least one.
        rng: Source of all changes.
    """

    def __init__(self, target: Target, corpus: Sequence[bytes], rng: random.Random) -> None:
        self._target = target
        self._rng = rng
        self._known: dict[str, bytes] = {}
        self.found: list[bytes] = []
        """Inputs that showed something new, beyond the corpus."""
        self._pool = list(corpus)
        self.crash: Crash | None = None
        for data in corpus:
            self._try(data)

    @property
    def behaviours(self) -> list[str]:
        """The answers seen so far."""
        return sorted(self._known)

    def step(self) -> bool:
        """Try one more input. Returns whether the parser survived."""
        data = mutate(self._rng.choice(self._pool), self._pool, self._rng)
        if self._try(data):
            self._pool.append(data)
            self.found.append(data)
        return self.crash is None

    def _try(self, data: bytes) -> bool:
        try:
            answer = self._target(data)
        except Exception as exc:  # noqa: BLE001 - whatever gets here is the find
            self.crash = Crash(data, exc)
            return False
        if answer in self._known:
            return False
        self._known[answer] = data
        return True


def mutate(data: bytes, pool: Sequence[bytes], rng: random.Random) -> bytes:
    """Change an input in one to four ways."""
    changed = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        at = rng.randint(0, len(changed))
        match rng.randint(0, 6):
            case 0 if changed:  # flip a bit
                changed[at - 1] ^= 1 << rng.randint(0, 7)
            case 1 if changed:  # set a byte
                changed[at - 1] = rng.choice((*_INTERESTING, rng.randint(0, 255)))
            case 2:  # cut off
                del changed[at:]
            case 3:  # cut out
                del changed[at : at + rng.randint(1, 8)]
            case 4:  # repeat a piece
                changed[at:at] = changed[at : at + rng.randint(1, 32)]
            case 5:  # insert
                changed[at:at] = rng.randbytes(rng.randint(1, 8))
            case _:  # go on with another input
                other = rng.choice(pool)
                changed[at:] = other[rng.randint(0, len(other)) :]
    return bytes(changed[:_MAX_BYTES])
