"""A session in a real Agora channel, when the environment names a project: docs/agora.md."""

import asyncio
import os
import secrets
import time

import pytest

from avamotion.egress.agora import open_agora
from avamotion.egress.base import Egress
from avamotion.egress.setting import AgoraSetting, EgressSetting
from avamotion.errors import EgressRejected
from avamotion.protocol.message import AgoraEgressConfig
from avamotion.tokens.agora import build_token
from tests.egress.packets import make_request, make_services, turn

APP_ID = os.environ.get("AGORA_APP_ID", "")
CERTIFICATE = os.environ.get("AGORA_APP_CERTIFICATE", "")
UID = 2001

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(
        not (os.environ.get("AGORA_LIVE") and APP_ID and CERTIFICATE),
        reason="set AGORA_LIVE=1, AGORA_APP_ID and AGORA_APP_CERTIFICATE to join a real channel",
    ),
]


def token(channel: str, uid: int = UID) -> str:
    return build_token(
        app_id=APP_ID,
        app_certificate=CERTIFICATE,
        channel=channel,
        uid=uid,
        publisher=True,
        expire_s=600,
        issued_at=int(time.time()),
        salt=secrets.randbelow(99_999_999) + 1,
    )


def way_into(channel: str, token_text: str) -> Egress:
    config = AgoraEgressConfig(channel=channel, token=token_text, uid=UID, publisher_id=str(UID))
    setting = EgressSetting(agora=AgoraSetting(backend="agora"))
    services = make_services(setting, renew_token=token, app_id=APP_ID)
    return open_agora(make_request(config), services)


def test_a_session_speaks_is_interrupted_and_leaves() -> None:
    channel = f"avamotion-{secrets.token_hex(4)}"

    async def story() -> None:
        async with way_into(channel, token(channel)) as way:
            for epoch in (0, 1):
                for packet in turn(100, turn_id=epoch + 1, epoch=epoch)[: 100 - 50 * epoch]:
                    await way.send(packet)
                    await asyncio.sleep(0.02)
                await way.clear(epoch + 1)
            await asyncio.sleep(1)

    asyncio.run(story())


def test_a_wrong_token_is_refused() -> None:
    async def story() -> None:
        with pytest.raises(EgressRejected, match="token"):
            async with way_into("avamotion", token("elsewhere")):
                pass

    asyncio.run(story())
