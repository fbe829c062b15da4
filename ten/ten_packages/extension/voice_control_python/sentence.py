"""What users may read of an error that happened somewhere in the graph."""

import re
from dataclasses import dataclass
from typing import Final

__all__ = ["Report", "public_sentence"]

_MAX_CHARS: Final = 300
# API keys, Agora tokens, JSON Web Tokens, and anything long enough to be a key; then the parts of
# a URL that may carry one. An error should hold none of these; users must never see one that does.
_SECRET: Final = re.compile(
    r"\b(?:sk|pk|app)_\w{6,}|\b00[67][\w+/=]{20,}|\beyJ[\w.-]{10,}|[0-9a-fA-F]{24,}"
    r"|(?<=://)[^/\s@]+@|(?<=\S)\?\S+"
)


@dataclass(frozen=True, slots=True)
class Report:
    """An error as nodes report it (ten_ai_base's ModuleError).

    Attributes:
        module: Kind of node, such as "tts".
        message: What it says.
    """

    module: str
    message: str


def public_sentence(report: Report) -> str:
    """Return one line for users, without secrets."""
    message = " ".join(_SECRET.sub("…", report.message).split())
    if not message:
        message = "it failed without saying why; see the server's log"
    line = f"{report.module}: {message}" if report.module else message
    return line if len(line) <= _MAX_CHARS else line[: _MAX_CHARS - 1] + "…"
