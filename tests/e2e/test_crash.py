"""What is killed comes back: the server knows all that matters, its sessions outlive inference."""

import asyncio
import json
import os
import signal
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from urllib.request import urlopen

import pytest
from spatius import AvatarSDKError, AvatarSDKErrorCode, AvatarSession, new_avatar_session
from typer.testing import CliRunner

from avamotion.cli import app
from avamotion.server.avatar_folder import avatar_folder
from avamotion.server.config import ServerConfig, generate_development_keys
from avamotion.server.secret import Secret
from tests.e2e.computed_speech import speech
from tests.e2e.running_server import running_server
from tests.e2e.test_official_client import Client
from tests.e2e.test_restart import free_port, serving

pytestmark = pytest.mark.e2e

HEAD = avatar_folder("") / "mia"


class Fleet:
    """A server with a database, and whoever runs it."""

    def __init__(self, folder: Path) -> None:
        self.environment = {
            "AVAMOTION_DATABASE_URL": str(folder / "motion.sqlite3"),
            "AVAMOTION_DATABASE_CHECK_S": "0.3",
            "AVAMOTION_AVATAR_STORE": "database",
        }
        config = generate_development_keys(ServerConfig())
        # Keys and signing key come from the database, not from the settings.
        self.config = replace(
            config,
            listen=replace(config.listen, port=free_port()),
            app=replace(config.app, id="", api_key=Secret(""), signing_key=Secret("")),
        )
        model = str(HEAD / json.loads((HEAD / "avatar.json").read_text())["files"]["full"])
        self.command("avatars", "add", model, "--id", "nora", "--license", "CC0-1.0")
        made = self.command("keys", "create", "--app", "shop", "--max-sessions", "1").splitlines()
        self.app_id, self.key = (line.partition("=")[2] for line in made)

    def command(self, *arguments: str) -> str:
        result = CliRunner().invoke(app, arguments, env=self.environment, catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.output

    def session(self, **changes: object) -> AvatarSession:
        authority = f"127.0.0.1:{self.config.listen.port}"
        session: AvatarSession = new_avatar_session(
            api_key=self.key,
            app_id=self.app_id,
            avatar_id="nora",
            console_endpoint_url=f"http://{authority}/v1/console",
            ingress_endpoint_url=f"ws://{authority}/v2/driveningress",
            sample_rate=24000,
            expire_at=datetime.now(UTC) + timedelta(minutes=5),
            **changes,
        )
        return session

    def avatars(self) -> list[str]:
        url = f"http://127.0.0.1:{self.config.listen.port}/v1/avatars"
        with urlopen(url, timeout=10) as response:
            return [row["id"] for row in json.load(response)["avatars"]]


def test_keys_tokens_usage_and_avatars_survive_and_dead_sessions_do_not(tmp_path: Path) -> None:
    fleet = Fleet(tmp_path)

    async def before(server: subprocess.Popen[str]) -> tuple[str, str]:
        waiting = fleet.session()
        await waiting.init()
        speaking = fleet.session()
        await speaking.init()
        await speaking.start()
        await speaking.send_audio(speech(24000, 0.5), end=True)
        refused = fleet.session()
        await refused.init()
        with pytest.raises(AvatarSDKError, match="concurrency limit"):
            await refused.start()
        await asyncio.sleep(1.0)  # some of it is accounted for
        server.kill()
        server.wait()
        await speaking.close()
        return str(speaking._session_token), str(waiting._session_token)

    async def after(spent: str, unspent: str) -> None:
        assert fleet.avatars() == ["nora"]
        again = fleet.session()
        again._session_token = spent
        with pytest.raises(AvatarSDKError, match="invalid session token"):
            await again.start()
        # Its only place is free, although the session that had it was never released.
        ended = asyncio.Event()
        session = fleet.session(transport_frames=lambda _, last: ended.set() if last else None)
        session._session_token = unspent
        async with asyncio.timeout(20):
            await session.start()
            await session.send_audio(speech(24000, 0.5), end=True)
            await ended.wait()
        await session.close()
        async with fleet.session():
            pass  # the key makes new tokens

    with serving(fleet.config, fleet.environment) as server:
        tokens = asyncio.run(before(server))
    (row,) = json.loads(fleet.command("usage", "--json"))
    assert row["sessions"] == 1
    assert row["minutes"] * 60 == pytest.approx(1.0, abs=0.7)
    with serving(fleet.config, fleet.environment):
        asyncio.run(after(*tokens))
    (row,) = json.loads(fleet.command("usage", "--json"))
    assert row["sessions"] == 3


def test_a_session_outlives_the_inference_process() -> None:
    """A decoder that crashes on hostile bytes costs the turns that were being spoken."""

    async def story(client: Client, kill: Callable[[], None]) -> None:
        async with client.session as session, asyncio.timeout(20):
            await session.send_audio(speech(24000, 0.5), end=True)
            await client.ended.wait()
            client.ended.clear()
            await session.send_audio(speech(24000, 0.5))
            await asyncio.sleep(0.2)
            kill()
            await session.send_audio(speech(24000, 0.5), end=True)
            await client.failed.wait()
            assert client.errors[0].code == AvatarSDKErrorCode.serverError
            assert "motion could not be computed" in str(client.errors[0])
            await session.send_audio(speech(24000, 0.5), end=True)
            await client.ended.wait()
            assert len(client.errors) == 1

    with running_server() as server:
        worker = cast("Any", server.server.config.app).state.server.services.worker
        asyncio.run(story(Client(server), lambda: os.kill(worker._link.pid, signal.SIGKILL)))
        with urlopen(f"http://127.0.0.1:{server.port}/metrics") as response:
            assert "avamotion_inference_losses_total 1.0" in response.read().decode()
