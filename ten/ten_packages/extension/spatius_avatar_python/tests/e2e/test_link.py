"""One connection through the real SDK."""

import asyncio
from datetime import UTC, datetime

from guarder.motion_server import MotionServer
from spatius_avatar_python.config import AvatarConfig
from spatius_avatar_python.credential import issue_credentials
from spatius_avatar_python.failure import Failure
from spatius_avatar_python.link import Link, Signal


def new_link(server: MotionServer, told: list[object]) -> Link:
    config = AvatarConfig.from_properties(
        {
            "params": {
                "spatius_api_key": "api-key-0123",
                "spatius_app_id": "app",
                "spatius_avatar_id": "avatar",
                "agora_appid": "agora-app",
                "agora_token": "prebuilt",
                "agora_channel": "channel",
                "agora_uid": "2001",
                "console_endpoint_url": server.console_url,
                "ingress_endpoint_url": server.ingress_url,
            }
        }
    )
    return Link(
        config,
        issue_credentials(config, now=datetime.now(UTC)),
        on_signal=told.append,
        on_failure=told.append,
        on_lost=lambda: told.append("lost"),
    )


def test_an_interrupt_before_any_audio_is_no_failure() -> None:
    """R3: the SDK refuses it, because it knows no request."""

    async def story(server: MotionServer) -> None:
        link = new_link(server, [])
        await link.open()
        await link.interrupt()
        await link.close(limit_s=2.0)
        assert server.sessions[0].interrupts == []

    with MotionServer() as server:
        asyncio.run(story(server))


def test_the_services_signals_name_their_request() -> None:
    """R16."""

    async def story(server: MotionServer) -> None:
        told: list[object] = []
        link = new_link(server, told)
        await link.open()
        req_id = await link.send(bytes(960), end=True)
        await asyncio.to_thread(server.wait_for, lambda: len(told) == 2, "two signals came")
        assert told == [Signal(req_id, end=False), Signal(req_id, end=True)]
        await link.close(limit_s=2.0)
        assert "lost" not in told, "we closed it ourselves"

    with MotionServer() as server:
        asyncio.run(story(server))


def test_a_broken_connection_is_told_once_with_its_cause() -> None:
    """R7."""

    async def story(server: MotionServer) -> None:
        told: list[object] = []
        link = new_link(server, told)
        await link.open()
        server.kill()
        await asyncio.to_thread(server.wait_for, lambda: "lost" in told, "the loss was told")
        assert [type(each) for each in told] == [Failure, str]
        await link.close(limit_s=2.0)
        assert told.count("lost") == 1

    with MotionServer() as server:
        asyncio.run(story(server))
