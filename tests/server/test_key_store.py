"""Laws that hold for the keys of the settings and for those of a database."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import date
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import Engine

from avamotion.errors import ConfigError
from avamotion.server.config import AppConfig
from avamotion.server.database.connection import open_database
from avamotion.server.database.key_store import DatabaseKeyStore
from avamotion.server.database.key_table import KeyTable
from avamotion.server.key_store import ApiKey, KeyStore, Refusal, SettingKeyStore
from avamotion.server.secret import Secret
from avamotion.tokens.session import SessionToken
from tests.server.empty_database import DATABASES, empty_database

T = TypeVar("T")
NOON = 1_800_014_400.0


def run(work: Awaitable[T]) -> T:
    async def story() -> T:
        return await work

    return asyncio.run(story())


@pytest.fixture(params=DATABASES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with empty_database(request.param, tmp_path) as address:
        yield address


OPEN: list[Engine] = []


@pytest.fixture(autouse=True)
def close_databases() -> Iterator[None]:
    yield
    while OPEN:
        OPEN.pop().dispose()


def opened(url: str) -> Engine:
    OPEN.append(open_database(url))
    return OPEN[-1]


@pytest.fixture
def table(url: str) -> KeyTable:
    return KeyTable(opened(url))


def in_settings(max_sessions: int = 2) -> tuple[KeyStore, ApiKey]:
    app = AppConfig("app_1", Secret("sk_1"), Secret("s" * 32), max_sessions)
    return SettingKeyStore(app), ApiKey("settings", "app_1")


def in_database(url: str, **limits: int) -> tuple[KeyStore, ApiKey]:
    engine = opened(url)
    _, key = KeyTable(engine).create("shop", **limits)
    store = DatabaseKeyStore(engine)
    found = run(store.find_key(key))
    assert found is not None
    return store, found


StoreMaker = Callable[[], tuple[KeyStore, ApiKey]]


@pytest.fixture(params=["settings", "database"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> StoreMaker:
    if request.param == "settings":
        return in_settings
    return lambda: in_database(str(tmp_path / "keys.sqlite3"), max_sessions=2)


def token(key: ApiKey, name: str, *, expires_at: int = int(NOON) + 600) -> SessionToken:
    return SessionToken(key.app_id, name, expires_at, key.id)


def test_a_token_opens_one_session(make: StoreMaker) -> None:
    store, key = make()
    assert run(store.admit(token(key, "t1"), "s1", now=NOON)) is None
    assert run(store.admit(token(key, "t1"), "s2", now=NOON)) is Refusal.TOKEN_USED


def test_a_place_is_free_again_when_a_session_is_over(make: StoreMaker) -> None:
    store, key = make()
    for number in (1, 2):
        assert run(store.admit(token(key, f"t{number}"), f"s{number}", now=NOON)) is None
    refusal = run(store.admit(token(key, "t3"), "s3", now=NOON))
    assert refusal is Refusal.TOO_MANY_SESSIONS
    run(store.release("s1", now=NOON + 1))
    # What was refused is not spent.
    assert run(store.admit(token(key, "t3"), "s3", now=NOON + 1)) is None


def test_a_token_of_another_app_is_refused(make: StoreMaker) -> None:
    store, key = make()
    stranger = SessionToken("app_stranger", "t1", int(NOON) + 600, key.id)
    assert run(store.admit(stranger, "s1", now=NOON)) is Refusal.APP_UNKNOWN


@pytest.mark.parametrize("text", ["", "x", "avk_x", "avk_0_0", "sk_2", "avk__"])
def test_a_key_that_is_none_opens_nothing(make: StoreMaker, text: str) -> None:
    store, _ = make()
    assert run(store.find_key(text)) is None


def test_servers_that_share_a_database_share_limits_tokens_and_the_signing_key(url: str) -> None:
    store, key = in_database(url, max_sessions=1)
    other = DatabaseKeyStore(opened(url))
    assert run(store.signing_key()) == run(other.signing_key())
    assert run(store.admit(token(key, "t1"), "s1", now=NOON)) is None
    assert run(other.admit(token(key, "t1"), "s2", now=NOON)) is Refusal.TOKEN_USED
    assert run(other.admit(token(key, "t2"), "s2", now=NOON)) is Refusal.TOO_MANY_SESSIONS
    # A server that died keeps no place for ever.
    assert run(other.admit(token(key, "t2"), "s2", now=NOON + 200)) is None


def test_a_server_that_was_killed_finds_no_old_session_when_it_starts_again(url: str) -> None:
    engine = opened(url)
    _, secret = KeyTable(engine).create("shop", max_sessions=2)
    store, other = (DatabaseKeyStore(engine, server=name) for name in ("host 1", "host 2"))
    key = run(store.find_key(secret))
    assert key is not None
    assert run(store.admit(token(key, "t1"), "s1", now=NOON)) is None
    assert run(other.admit(token(key, "t2"), "s2", now=NOON)) is None
    again = DatabaseKeyStore(opened(url), server="host 1")
    assert run(again.admit(token(key, "t3"), "s3", now=NOON)) is Refusal.TOO_MANY_SESSIONS
    run(again.begin())
    assert run(again.admit(token(key, "t3"), "s3", now=NOON)) is None
    # The spent token stays spent, and the other server's session keeps its place.
    assert run(again.admit(token(key, "t1"), "s4", now=NOON)) is Refusal.TOKEN_USED
    assert run(again.admit(token(key, "t4"), "s4", now=NOON)) is Refusal.TOO_MANY_SESSIONS


def test_a_session_that_others_took_for_dead_is_still_counted_and_ended(
    url: str, table: KeyTable
) -> None:
    store, key = in_database(url, max_sessions=1)
    other = DatabaseKeyStore(opened(url))
    assert run(store.admit(token(key, "t1"), "s1", now=NOON)) is None
    # The database was out of reach for the first server, and its session stale.
    assert run(other.admit(token(key, "t2"), "s2", now=NOON + 200)) is None
    run(other.release("s2", now=NOON + 210))
    assert run(store.check({"s1"}, now=NOON + 220)) == {}
    assert run(other.admit(token(key, "t3"), "s3", now=NOON + 230)) is Refusal.TOO_MANY_SESSIONS
    table.revoke(key.id)
    assert run(store.check({"s1"}, now=NOON + 240)) == {"s1": Refusal.KEY_REVOKED}
    run(store.release("s1", now=NOON + 241))
    assert run(store.check({"s1"}, now=NOON + 242)) == {}


def test_clients_that_come_at_once_do_not_share_the_last_place(url: str) -> None:
    store, key = in_database(url, max_sessions=3)

    async def rush() -> list[Refusal | None]:
        return await asyncio.gather(
            *(store.admit(token(key, f"t{n}"), f"s{n}", now=NOON) for n in range(12))
        )

    outcomes = asyncio.run(rush())
    assert outcomes.count(None) == 3
    assert outcomes.count(Refusal.TOO_MANY_SESSIONS) == 9


def test_a_revoked_key_opens_nothing_and_ends_what_runs(url: str, table: KeyTable) -> None:
    store, key = in_database(url)
    assert run(store.admit(token(key, "t1"), "s1", now=NOON)) is None
    assert run(store.check({"s1"}, now=NOON + 20)) == {}
    table.revoke(key.id)
    assert run(store.admit(token(key, "t2"), "s2", now=NOON)) is Refusal.KEY_REVOKED
    assert run(store.check({"s1"}, now=NOON + 40)) == {"s1": Refusal.KEY_REVOKED}
    with pytest.raises(ConfigError, match="keys list"):
        table.revoke(key.id)


def test_a_lower_limit_ends_the_newest_sessions(url: str, table: KeyTable) -> None:
    store, key = in_database(url)
    for number in (1, 2, 3):
        run(store.admit(token(key, f"t{number}"), f"s{number}", now=NOON + number))
    table.limit(key.id, max_sessions=1, max_minutes_per_day=None)
    refused = run(store.check({"s1", "s2", "s3"}, now=NOON + 10))
    assert refused == {"s2": Refusal.TOO_MANY_SESSIONS, "s3": Refusal.TOO_MANY_SESSIONS}


def test_minutes_are_counted_while_a_session_runs_and_end_it(url: str, table: KeyTable) -> None:
    store, key = in_database(url, max_minutes_per_day=1)
    today = date(2027, 1, 15)
    run(store.admit(token(key, "t1"), "s1", now=NOON))
    assert run(store.check({"s1"}, now=NOON + 30)) == {}
    (used,) = table.usage(days=1, today=today)
    assert (used.app_name, used.sessions, used.minutes) == ("shop", 1, 0.5)
    assert run(store.check({"s1"}, now=NOON + 60)) == {"s1": Refusal.MINUTES_SPENT}
    run(store.release("s1", now=NOON + 66))
    assert table.usage(days=1, today=today)[0].minutes == pytest.approx(1.1)
    assert run(store.admit(token(key, "t2"), "s2", now=NOON + 70)) is Refusal.MINUTES_SPENT
    tomorrow = NOON + 24 * 3600
    later = token(key, "t3", expires_at=int(tomorrow) + 60)
    assert run(store.admit(later, "s3", now=tomorrow)) is None


def test_the_database_knows_no_secret(tmp_path: Path) -> None:
    path = tmp_path / "keys.sqlite3"
    app_id, key = KeyTable(opened(str(path))).create("shop")
    stored = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert app_id.encode() in stored
    assert key.rpartition("_")[2].encode() not in stored


def test_an_app_keeps_its_id_from_key_to_key(table: KeyTable) -> None:
    first, _ = table.create("shop")
    second, _ = table.create("shop", max_sessions=3)
    other, _ = table.create("bank")
    assert first == second != other
    assert [row.app_name for row in table.all_keys()].count("shop") == 2
    with pytest.raises(ConfigError, match="1 to 200"):
        table.create("")


@pytest.mark.parametrize("url", ["nonsense://x", "postgresql://127.0.0.1:9/none", "/proc/none/x"])
def test_a_database_that_cannot_be_opened_is_named(url: str) -> None:
    with pytest.raises(ConfigError, match=r"database\.url"):
        open_database(url)
