"""Refuses to run beside TEN's own runtime."""

from __future__ import annotations

import importlib.util

__all__ = ["refuse_rival"]

RIVAL = "libten_runtime_python"


def refuse_rival() -> None:
    """Raise if TEN's own runtime is importable: extensions could end up with either.

    Raises:
        ImportError: It is.
    """
    spec = importlib.util.find_spec(RIVAL)
    if spec is not None:
        raise ImportError(
            f"TEN's own runtime is importable here too ({RIVAL} at {spec.origin}), and one process "
            "cannot use both: either uninstall avamotion-ten-runtime, or take the folder of "
            f"{RIVAL} off PYTHONPATH."
        )
