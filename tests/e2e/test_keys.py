"""Keys from the command line, used by the official client, revoked under its feet."""

import asyncio
import json
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any, cast

import pytest
from spatius import AvatarSDKError, SessionTokenError
from typer.testing import CliRunner

from avamotion.cli import app
from avamotion.server.config import DatabaseConfig
from avamotion.server.key_store import ApiKey, Refusal, SettingKeyStore
from avamotion.server.secret import Secret
from avamotion.tokens.session import SessionToken
from tests.e2e.computed_speech import speech
from tests.e2e.running_server import running_server
from tests.e2e.test_official_client import Client, fail

pytestmark = pytest.mark.e2e


def avamotion(path: Path | None, *arguments: str) -> str:
    environment = {"AVAMOTION_DATABASE_URL": str(path) if path else ""}
    result = CliRunner().invoke(app, arguments, env=environment, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_a_key_is_made_used_counted_and_revoked(tmp_path: Path) -> None:
    path = tmp_path / "keys.sqlite3"
    made = avamotion(path, "keys", "create", "--app", "shop", "--max-sessions", "1")
    app_id, key = (line.partition("=")[2] for line in made.splitlines())
    assert key not in avamotion(path, "keys", "list")
    database = DatabaseConfig(Secret(str(path)), check_s=0.2)

    async def story() -> None:
        with running_server(database=database) as server, running_server(database=database) as twin:
            arguments = {"api_key": key, "app_id": app_id}
            client = Client(server, **arguments)
            async with client.session as session, asyncio.timeout(20):
                # The twin shares the database: the limit and the spent token hold there, too.
                refusal = await asyncio.to_thread(fail, twin, **arguments)
                assert refusal.http_status == 429
                again = Client(twin, **arguments).session
                again._session_token = session._session_token
                avamotion(path, "keys", "limit", key.split("_")[1])
                with pytest.raises(AvatarSDKError, match="invalid session token"):
                    await again.start()
                async with Client(twin, **arguments).session:
                    pass
                (row,) = json.loads(avamotion(path, "keys", "list", "--json"))
                avamotion(path, "keys", "revoke", row["id"])
                await client.failed.wait()
            assert "revoked" in str(client.errors[0])
            assert client.errors[0].server_code == "4010"

    asyncio.run(story())
    (used,) = json.loads(avamotion(path, "usage", "--json"))
    assert (used["app_name"], used["sessions"]) == ("shop", 2)
    assert used["minutes"] > 0


def test_without_a_database_the_command_says_what_to_set() -> None:
    result = CliRunner().invoke(app, ["keys", "list"], env={"AVAMOTION_DATABASE_URL": ""})
    assert "AVAMOTION_DATABASE_URL" in str(result.exception)


class BrokenKeys(SettingKeyStore):
    """A database that went away."""

    async def find_key(self, api_key: str) -> ApiKey | None:
        raise OSError("the database is away")

    async def admit(self, token: SessionToken, session_id: str, *, now: float) -> Refusal | None:
        raise OSError("the database is away")

    async def check(self, session_ids: AbstractSet[str], *, now: float) -> dict[str, Refusal]:
        raise OSError("the database is away")


def test_a_database_that_is_away_refuses_new_sessions_and_ends_none() -> None:
    async def story() -> None:
        with running_server(database=DatabaseConfig(check_s=0.05)) as server:
            state = cast("Any", server.server.config.app).state.server
            running, late = Client(server), Client(server)
            await late.session.init()
            async with running.session as session, asyncio.timeout(20):
                keys, state.keys = state.keys, BrokenKeys(server.config.app)
                with pytest.raises(SessionTokenError) as no_token:
                    await Client(server).session.init()
                with pytest.raises(AvatarSDKError) as no_session:
                    await late.session.start()
                assert no_token.value.http_status == no_session.value.http_status == 503
                await asyncio.sleep(0.2)  # the watch has failed more than once by now
                await session.send_audio(speech(24000, 0.4), end=True)
                await running.ended.wait()
                assert running.errors == []
                state.keys = keys

    asyncio.run(story())
