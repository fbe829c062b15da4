"""A session in a room of a real LiveKit server, when the environment names one: docs/livekit.md."""

import asyncio
import json
import os
import secrets
from typing import Any

import jwt
import pytest
from livekit import rtc

from avamotion.egress.livekit import open_livekit
from avamotion.errors import EgressRejected
from avamotion.protocol.message import LiveKitEgressConfig
from tests.egress.packets import make_request, make_services, turn

URL = os.environ.get("LIVEKIT_URL", "")
KEY = os.environ.get("LIVEKIT_API_KEY", "")
SECRET = os.environ.get("LIVEKIT_API_SECRET", "")

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(
        not (URL and KEY and SECRET),
        reason="set LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET to join a real room",
    ),
]


def config(room: str, *, secret: str = SECRET) -> LiveKitEgressConfig:
    return LiveKitEgressConfig(
        url=URL,
        room=room,
        publisher_id="avatar",
        api_key=KEY,
        api_secret=secret,
        api_token="",
        attributes={"livekit_agent_identity": "agent"},
        idle_timeout_s=0,
    )


def test_a_session_speaks_is_interrupted_and_leaves() -> None:
    room_name = f"avamotion-{secrets.token_hex(4)}"
    told: list[dict[str, Any]] = []

    def note(data: rtc.RpcInvocationData) -> str:
        told.append(json.loads(data.payload or "{}"))
        return "ok"

    async def story() -> None:
        agent = rtc.Room()
        grants = {"room": room_name, "roomJoin": True}
        claims = {"iss": KEY, "sub": "agent", "exp": 4_000_000_000, "video": grants}
        await agent.connect(URL, jwt.encode(claims, SECRET, algorithm="HS256"))
        agent.local_participant.register_rpc_method("lk.playback_started", note)
        agent.local_participant.register_rpc_method("lk.playback_finished", note)
        async with open_livekit(make_request(config(room_name)), make_services()) as egress:
            for turn_id, n_sent in ((1, 50), (2, 40)):
                for packet in turn(50, turn_id=turn_id)[:n_sent]:
                    await egress.send(packet)
                    await asyncio.sleep(0.02)
            await egress.clear(1)
            await asyncio.sleep(2)
        await agent.disconnect()

    asyncio.run(story())
    first, second = (item for item in told if item)
    assert first == {"playback_position": pytest.approx(1.0), "interrupted": False}
    assert second["interrupted"]
    assert second["playback_position"] == pytest.approx(0.8, abs=0.1)


def test_a_wrong_secret_is_refused() -> None:
    async def story() -> None:
        wrong = config("lobby", secret="x" * 32)
        with pytest.raises(EgressRejected):
            async with open_livekit(make_request(wrong), make_services()):
                pass

    asyncio.run(story())
