"""Ways out that cannot be taken: the official client knows why."""

import asyncio
import sys
from typing import Any, cast

import pytest
from spatius import AgoraEgressConfig, AvatarSDKError, AvatarSDKErrorCode, LiveKitEgressConfig

from avamotion.egress import agora_sdk
from avamotion.egress.livekit import open_livekit
from avamotion.egress.registry import EgressRequest, EgressServices
from avamotion.egress.setting import AgoraSetting, EgressSetting, LiveKitSetting
from tests.e2e.computed_speech import speech
from tests.e2e.running_server import RunningServer, running_server
from tests.e2e.test_official_client import Client
from tests.egress.memory_room import MemoryLiveKit

pytestmark = pytest.mark.e2e

ROOM = {"url": "ws://127.0.0.1:9", "api_token": "x.y.z", "room_name": "lobby"}


def refused(server: RunningServer, **egress: Any) -> AvatarSDKError:
    """Start a session that must not come about; return why."""

    async def story() -> AvatarSDKError:
        with pytest.raises(AvatarSDKError) as failure:
            async with Client(server, **egress).session:
                pass
        return failure.value

    return asyncio.run(story())


def test_agora_without_its_sdk_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agora_sdk, "_sdk", None)
    monkeypatch.setitem(sys.modules, "agora", None)
    setting = EgressSetting(agora=AgoraSetting(backend="agora"))
    with running_server(egress=setting) as server:
        agora = AgoraEgressConfig(
            channel_name="lobby", token=server.agora_token(2001), uid=2001, publisher_id="2001"
        )
        failure = refused(server, agora_egress=agora)
    assert failure.code == AvatarSDKErrorCode.egressUnavailable
    assert "pip install 'avamotion[agora]'" in str(failure)


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"room_name": ""}, AvatarSDKErrorCode.invalidEgressConfig, "room_name"),
        ({"api_token": ""}, AvatarSDKErrorCode.invalidEgressConfig, "api_token"),
        ({}, AvatarSDKErrorCode.egressUnavailable, "LiveKit"),
    ],
)
def test_a_room_that_cannot_be_joined_is_named(
    changes: dict[str, str], code: AvatarSDKErrorCode, words: str
) -> None:
    setting = EgressSetting(livekit=LiveKitSetting(connect_timeout_s=1.0))
    with running_server(egress=setting) as server:
        failure = refused(server, livekit_egress=LiveKitEgressConfig(**{**ROOM, **changes}))
    assert failure.code == code
    assert words in str(failure)


def test_a_token_that_livekit_refuses_is_a_matter_of_credentials() -> None:
    livekit = MemoryLiveKit(refuse="signal failure: 401 Unauthorized: invalid token")

    def factory(request: EgressRequest, services: EgressServices) -> Any:
        return open_livekit(request, services, room_factory=livekit.room)

    with running_server() as server:
        app = cast("Any", server.server.config.app)
        app.state.server.egress.register("livekit", factory)
        failure = refused(server, livekit_egress=LiveKitEgressConfig(**ROOM))
    assert failure.code == AvatarSDKErrorCode.invalidEgressConfig
    assert "401 Unauthorized" in str(failure)


def test_a_session_is_recorded(tmp_path: Any) -> None:
    async def story() -> None:
        client = Client(server)
        async with client.session as session, asyncio.timeout(20):
            await session.send_audio(speech(24000, 1.0), end=True)
            await client.ended.wait()

    with running_server(egress=EgressSetting(record=str(tmp_path))) as server:
        asyncio.run(story())
    (sound,) = tmp_path.glob("*.wav")
    assert sound.stat().st_size == 44 + 24000 * 2
    assert sound.with_suffix(".npz").exists()
