"""What an exception does that escapes from a callback.

TEN's own runtime logs it and ends the process with status 1, and so does this one by default. The
environment variable ``TEN_UNCAUGHT_EXCEPTION`` (``exit``, ``raise`` or ``log``) or
:func:`set_policy` choose otherwise: ``raise`` closes the app and raises from ``run()``, which is
what a test suite wants.
"""

from __future__ import annotations

import enum
import logging
import os
import sys
from typing import Final

__all__ = ["VARIABLE", "Policy", "current_policy", "exit_process", "set_policy"]

VARIABLE: Final = "TEN_UNCAUGHT_EXCEPTION"


class Policy(enum.Enum):
    """The three choices."""

    EXIT = "exit"
    RAISE = "raise"
    LOG = "log"


_chosen: list[Policy] = []


def set_policy(policy: Policy | str | None) -> None:
    """Choose for this process; None goes back to the environment's choice."""
    _chosen[:] = [] if policy is None else [Policy(policy)]


def current_policy() -> Policy:
    """Return what holds now."""
    if _chosen:
        return _chosen[0]
    try:
        return Policy(os.environ.get(VARIABLE, Policy.EXIT.value))
    except ValueError:
        return Policy.EXIT


def exit_process(status: int = 1) -> None:
    """End the process at once, whatever its threads do, after the logs are out."""
    for handler in logging.getLogger().handlers:
        handler.flush()
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    os._exit(status)
