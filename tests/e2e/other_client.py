"""Drives another client of the wire, in a process of its own: each of them registers the same
protobuf file, so that no two fit into one.

``python other_client.py`` reads a plan from its standard input and prints what happened, both JSON.
"""

import asyncio
import importlib
import json
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

__all__ = ["Happenings", "main"]


class Happenings:
    """What a session reported."""

    def __init__(self) -> None:
        self.signals: list[list[object]] = []
        self.states: list[list[object]] = []
        self.errors: list[dict[str, object]] = []
        self.closed = asyncio.Event()
        self._changed = asyncio.Event()

    def note(self, where: list[Any], what: object) -> None:
        where.append(what)
        self._changed.set()

    async def until(self, what: str, value: object) -> None:
        """Wait until the newest state (or signal's end) is ``value``."""
        seen = {"state": self.states, "signal": self.signals}[what]
        while not seen or seen[-1][1] != value:
            self._changed.clear()
            await self._changed.wait()


def _error(exc: object) -> dict[str, object]:
    error: Any = exc  # of whichever package
    return {
        "code": error.code.value,
        "text": str(error),
        "http_status": error.http_status,
        "close_code": error.close_code,
        "retryable": getattr(error, "retryable", None),
    }


def _speech(rate_hz: int, seconds: float) -> bytes:
    time = np.arange(int(rate_hz * seconds)) / rate_hz
    return (8000 * np.sin(2 * np.pi * 150 * time)).astype("<i2").tobytes()


async def _follow(plan: dict[str, Any]) -> dict[str, object]:
    sdk: Any = importlib.import_module(plan["package"])
    seen = Happenings()
    arguments: dict[str, Any] = {
        "sample_rate": 24000,
        "avatar_id": "mia",
        "expire_at": datetime.now(UTC) + timedelta(minutes=5),
        "on_error": lambda exc: seen.note(seen.errors, _error(exc)),
        "on_close": seen.closed.set,
        **plan["arguments"],
    }
    if plan["package"] == "spatialreal":
        arguments["on_playback"] = lambda s: seen.note(
            seen.signals, [s.req_id, s.end, s.has_animation]
        )
        arguments["on_playback_state"] = lambda s: seen.note(
            seen.states, [s.req_id, s.state.value, s.played_ms, s.reason]
        )
    else:
        arguments["transport_frames"] = lambda data, end: seen.note(
            seen.signals, ["", end, len(data) > 100]
        )
    if "agora" in plan:
        arguments["agora_egress"] = sdk.AgoraEgressConfig(**plan["agora"])
    if "opus" in plan:
        arguments["audio_format"] = sdk.AudioFormat.OGG_OPUS
        arguments["ogg_opus_encoder"] = sdk.OggOpusEncoderConfig()
    session = sdk.new_avatar_session(**arguments)
    req_ids: list[str] = []
    capabilities: list[str] = []
    try:
        async with asyncio.timeout(20):
            for step, *values in plan["steps"]:
                match step:
                    case "start":
                        await session.init()
                        await session.start()
                        capabilities = list(getattr(session, "capabilities", ()))
                    case "speak":
                        seconds, end = values
                        audio = _speech(arguments["sample_rate"], seconds)
                        req_ids.append(await session.send_audio(audio, end=end))
                    case "until":
                        await seen.until(*values)
                    case "closed":
                        await seen.closed.wait()
                    case name:
                        await getattr(session, name)()
    except sdk.AvatarSDKError as exc:
        seen.errors.append(_error(exc))
    await session.close()
    return {
        "req_ids": req_ids,
        "capabilities": capabilities,
        "signals": seen.signals,
        "states": seen.states,
        "errors": seen.errors,
    }


def main() -> None:
    """Follow a plan."""
    print(json.dumps(asyncio.run(_follow(json.load(sys.stdin)))))  # noqa: T201


if __name__ == "__main__":
    main()
