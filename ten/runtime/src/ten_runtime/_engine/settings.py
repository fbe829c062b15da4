"""The ``ten`` object of an extension's properties, which is for the runtime."""

from __future__ import annotations

from typing import Any

from ten_runtime._engine.fault import PropertyError
from ten_runtime._engine.node import Node

__all__ = ["apply_settings"]

STAGES = frozenset({"start", "stop"})


def apply_settings(node: Node, settings: object, what: str) -> None:
    """Set time limits and manual stages.

    Args:
        node: Whose they are.
        settings: The ``ten`` object, or None.
        what: What the properties belong to, for errors.

    Raises:
        PropertyError: If a setting is not one.
    """
    if settings is None:
        return
    if not isinstance(settings, dict):
        raise PropertyError(f"{what}.ten: must be an object.")
    timeouts = settings.get("path_timeout", {})
    if not isinstance(timeouts, dict):
        raise PropertyError(f"{what}.ten.path_timeout: must be an object.")
    outbox = node.outbox
    outbox.in_path_s = _seconds(timeouts, "in_path", outbox.in_path_s, what)
    outbox.out_path_s = _seconds(timeouts, "out_path", outbox.out_path_s, what)
    outbox.check_interval_s = _seconds(
        settings, "path_check_interval", outbox.check_interval_s, what
    )
    node.manual = _stages(settings.get("manual_trigger_life_cycle"), what)


def _seconds(document: dict[str, Any], key: str, default_s: float, what: str) -> float:
    if key not in document:
        return default_s
    value_us = document[key]
    if isinstance(value_us, bool) or not isinstance(value_us, (int, float)) or value_us <= 0:
        raise PropertyError(f"{what}.ten: {key} must be microseconds, above zero.")
    return float(value_us) / 1e6


def _stages(value: object, what: str) -> frozenset[str]:
    """Read ``["start"]``, ``[{"stage": "start"}]`` or ``{"start": true}``."""
    if value is None:
        return frozenset()
    if isinstance(value, dict):
        value = [stage for stage, manual in value.items() if manual]
    if not isinstance(value, list):
        raise PropertyError(f"{what}.ten.manual_trigger_life_cycle: must be an array of stages.")
    stages = {entry.get("stage") if isinstance(entry, dict) else entry for entry in value}
    if not stages <= STAGES:
        raise PropertyError(f"{what}.ten.manual_trigger_life_cycle: a stage is 'start' or 'stop'.")
    return frozenset(str(stage) for stage in stages)
