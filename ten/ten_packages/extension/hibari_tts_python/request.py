"""The requests of a voice: which sentence comes next, and what has been cut off. Sans-I/O."""

import re
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

__all__ = ["Ended", "Reason", "Request", "RequestQueue", "Sentence"]

_MAX_GONE_IDS: Final = 256
# What follows decides whether a full stop ends a sentence; without it, one has to wait.
_ENDED: Final = re.compile(r"[.!?…][\"”’)\]]*\s+(?=\S)|\n")


class Reason:
    """Why a request has ended, in the numbers of ten_ai_base."""

    REQUEST_END: Final = 1
    INTERRUPTED: Final = 2
    ERROR: Final = 3


@dataclass(slots=True, eq=False)
class Request:
    """One run of speech.

    Attributes:
        request_id: The sender's name for it.
        metadata: The sender's; goes out with all that belongs to the request.
        received_at: When its first text came, in seconds.
        n_samples: How much sound has gone out.
        failed: Whether a sentence of it could not be spoken.
    """

    request_id: str
    metadata: dict[str, Any]
    received_at: float
    n_samples: int = 0
    failed: bool = False
    open_text: str = ""
    complete: bool = False
    sentences: deque[str] = field(default_factory=deque)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence to be spoken next."""

    request: Request
    text: str


@dataclass(frozen=True, slots=True)
class Ended:
    """A request of which everything has been said."""

    request: Request


class RequestQueue:
    """Requests in the order in which they began.

    Args:
        split: Cuts a text into sentences; called from :meth:`next_job` only.
    """

    def __init__(self, split: Callable[[str], list[str]]) -> None:
        self._split = split
        self._requests: deque[Request] = deque()
        self._gone: OrderedDict[str, None] = OrderedDict()

    def push(
        self, request_id: str, text: str, *, end: bool, metadata: dict[str, Any], now: float
    ) -> None:
        """Add a piece of text. One of a request that is over is dropped: it was cut off."""
        if request_id in self._gone:
            return
        request = next((r for r in self._requests if r.request_id == request_id), None)
        if request is None:
            request = Request(request_id, metadata, now)
            self._requests.append(request)
        if request.complete:
            return
        request.open_text += text
        request.complete = end

    def next_job(self) -> Sentence | Ended | None:
        """Return what to do next, or None while there is nothing."""
        if not self._requests:
            return None
        request = self._requests[0]
        if not request.sentences:
            self._cut(request)
        if request.sentences:
            return Sentence(request, request.sentences.popleft())
        if not request.complete:
            return None
        self._requests.popleft()
        self._forget(request)
        return Ended(request)

    def is_live(self, request: Request) -> bool:
        """Return whether a request has been neither finished nor cut off."""
        return request in self._requests

    def flush(self) -> list[Request]:
        """Cut everything off. Returns what was open, oldest first."""
        cut = list(self._requests)
        self._requests.clear()
        for request in cut:
            self._forget(request)
        return cut

    def _cut(self, request: Request) -> None:
        """Cut what is known to be whole sentences off the open text."""
        ready = len(request.open_text)
        if not request.complete:
            ready = max((match.end() for match in _ENDED.finditer(request.open_text)), default=0)
        text, request.open_text = request.open_text[:ready], request.open_text[ready:]
        if text.strip():
            request.sentences.extend(self._split(text))

    def _forget(self, request: Request) -> None:
        self._gone[request.request_id] = None
        while len(self._gone) > _MAX_GONE_IDS:
            self._gone.popitem(last=False)
