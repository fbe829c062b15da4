"""Avatars that come and go under servers that run: from the command line to the official client."""

import asyncio
import json
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from typer.testing import CliRunner

from avamotion.cli import app
from avamotion.media import BLENDSHAPES, MotionFrame
from avamotion.protocol.payload import decode_animation
from avamotion.server.avatar_folder import avatar_folder
from avamotion.server.config import AvatarConfig, DatabaseConfig
from avamotion.server.secret import Secret
from tests.e2e.computed_speech import speech
from tests.e2e.running_server import RunningServer, running_server
from tests.e2e.test_official_client import Client, fail

pytestmark = pytest.mark.e2e

HEAD = avatar_folder("") / "mia"
JAW = BLENDSHAPES.index("jawOpen")


def get(server: RunningServer, path: str) -> bytes:
    with urlopen(f"http://127.0.0.1:{server.port}{path}", timeout=10) as response:
        body: bytes = response.read()
        return body


async def spoken(server: RunningServer, **arguments: object) -> list[MotionFrame]:
    client = Client(server, **arguments)
    async with client.session as session, asyncio.timeout(20):
        await session.send_audio(speech(24000, 1.0), end=True)
        await client.ended.wait()
    animations = [message.server_response_animation.animation for message in client.messages]
    return [frame for animation in animations if animation for frame in decode_animation(animation)]


def jaw(frames: list[MotionFrame]) -> float:
    return max(float(frame.weights[JAW]) for frame in frames)


@pytest.mark.parametrize("store", ["folder", "database"])
def test_two_servers_show_an_avatar_that_was_added_later(store: str, tmp_path: Path) -> None:
    database, folder = str(tmp_path / "motion.sqlite3"), str(tmp_path / "avatars")
    environment = {
        "AVAMOTION_AVATAR_STORE": store,
        "AVAMOTION_AVATAR_FOLDER": folder,
        "AVAMOTION_DATABASE_URL": database if store == "database" else "",
    }
    metadata = json.loads((HEAD / "avatar.json").read_text())["files"]

    def avamotion(*arguments: str) -> str:
        result = CliRunner().invoke(app, arguments, env=environment, catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.output

    def add(name: str, *motion: str) -> None:
        thumbnail = ("--thumbnail", str(HEAD / metadata["thumbnail"]))
        model = str(HEAD / metadata["full"])
        report = avamotion(
            "avatars", "add", model, "--id", name, "--license", "CC0-1.0", *thumbnail, *motion
        )
        assert "blend shapes  52 of 52" in report

    settings = {
        "avatar": AvatarConfig(store, folder),
        "database": DatabaseConfig(Secret(environment["AVAMOTION_DATABASE_URL"])),
    }
    arguments: dict[str, object] = {}
    if store == "database":
        made = avamotion("keys", "create", "--app", "shop").splitlines()
        app_id, key = (line.partition("=")[2] for line in made)
        arguments = {"app_id": app_id, "api_key": key}
    add("lively")

    async def story() -> None:
        with running_server(**settings) as server, running_server(**settings) as twin:  # type: ignore[arg-type]
            refusal = await asyncio.to_thread(fail, server, avatar_id="calm", **arguments)
            assert refusal.http_status == 404
            add("calm", "--motion", "intensity=0.1")
            for one in (server, twin):
                listed = json.loads(get(one, "/v1/avatars"))["avatars"]
                assert [row["id"] for row in listed] == ["calm", "lively"]
                for row, name in ((row, name) for row in listed for name in ("full", "thumbnail")):
                    sent = get(one, f"/avatars/{row['id']}/{row['files'][name]}")
                    assert sent == (HEAD / metadata[name]).read_bytes()
                calm = jaw(await spoken(one, avatar_id="calm", **arguments))
                lively = jaw(await spoken(one, avatar_id="lively", **arguments))
                assert calm < 0.5 * lively
                chosen = {"motion.intensity": "1.0"}
                woken = await spoken(one, avatar_id="calm", extra_params=chosen, **arguments)
                assert jaw(woken) > 2 * calm
            avamotion("avatars", "remove", "calm")
            for one in (server, twin):
                refusal = await asyncio.to_thread(fail, one, avatar_id="calm", **arguments)
                assert refusal.http_status == 404
                with pytest.raises(HTTPError, match="404"):
                    get(one, f"/avatars/calm/{metadata['full']}")
                with pytest.raises(HTTPError, match="404"):
                    get(one, "/avatars/..%2f..%2fetc/passwd")

    asyncio.run(story())
