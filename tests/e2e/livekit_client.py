"""Drives ``livekit-plugins-spatius`` up to where it needs a room that a media server runs.

Reads its arguments from the standard input and prints what stopped it, both JSON.
"""

import asyncio
import json
import sys
from typing import Any, cast

from livekit.plugins import spatius
from spatius import AvatarSDKError, configure_telemetry

__all__ = ["AgentSession", "Room", "main"]


class _Emitter:
    def on(self, event: str, callback: object) -> None:
        """Nothing happens here."""

    def off(self, event: str, callback: object) -> None:
        """Nothing happens here."""


class AgentSession(_Emitter):
    """As much of an agent as the plugin looks at before it has joined."""

    tts = None


class Room(_Emitter):
    """A room of which there is only the agent."""

    name = "lobby"

    class local_participant:
        identity = "agent"

    remote_participants: dict[str, object] = {}  # noqa: RUF012

    def isconnected(self) -> bool:
        return True


async def _start(arguments: dict[str, Any]) -> dict[str, object]:
    avatar = spatius.AvatarSession(**arguments)
    try:
        await avatar.start(
            cast("Any", AgentSession()),
            cast("Any", Room()),
            livekit_url="ws://127.0.0.1:9",
            livekit_api_key="key",
            livekit_api_secret="a secret that is long enough to sign with",
        )
    except spatius.SpatiusException as exc:
        cause = exc.__cause__
        assert isinstance(cause, AvatarSDKError), cause
        return {"code": cause.code.value, "phase": cause.phase, "text": str(cause)}
    return {"code": "started"}


def main() -> None:
    """Try to start."""
    configure_telemetry("")
    print(json.dumps(asyncio.run(_start(json.load(sys.stdin)))))  # noqa: T201


if __name__ == "__main__":
    main()
