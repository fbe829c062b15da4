"""What an environment belongs to."""

from __future__ import annotations

from enum import IntEnum

__all__ = ["_TenEnvAttachTo"]


class _TenEnvAttachTo(IntEnum):
    EXTENSION = 1
    EXTENSION_GROUP = 2
    APP = 3
    ADDON = 4
