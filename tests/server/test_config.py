"""Settings: every layer over the one below, every mistake by its name, every key in the manual."""

import re
from contextlib import suppress
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avamotion.errors import ConfigError
from avamotion.server.config import ServerConfig, generate_development_keys, load_config
from avamotion.server.secret import Secret

MANUAL = Path(__file__).parents[2] / "docs" / "configuration.md"


def test_the_manual_names_every_setting_and_its_default() -> None:
    text = MANUAL.read_text(encoding="utf-8")
    config = ServerConfig()
    for table in fields(config):
        section = text.partition(f"## `[{table.name}]`")[2].partition("\n## ")[0]
        rows = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", section, re.MULTILINE))
        values = getattr(config, table.name)
        assert rows.keys() == {item.name for item in fields(values)}, table.name
        for item in fields(values):
            value = getattr(values, item.name)
            expected = (
                "secret" if isinstance(value, Secret) else f"`{value}`" if value != "" else "–"
            )
            assert rows[item.name] == expected, f"{table.name}.{item.name}"


def test_the_environment_wins_over_the_file_and_the_file_over_defaults(tmp_path: Path) -> None:
    path = tmp_path / "server.toml"
    path.write_text('[listen]\nhost = "::1"\nport = 9\n[playout]\nlead_ms = 80\n')
    config = load_config(path, {"AVAMOTION_LISTEN_PORT": "10"})
    assert (config.listen.host, config.listen.port) == ("::1", 10)
    assert config.playout.lead_ms == 80.0
    assert config.session == ServerConfig().session


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[listen]\nprot = 1", "listen.prot: unknown; known are cors_origins"),
        ("[nothing]", r"\[nothing\]: unknown table"),
        ("listen = 1", "listen: must be a table"),
        ('[listen]\nport = "x"', "listen.port: 'x' is not a number"),
        ("[listen]\nport = -1", "at least 0"),
        ("[listen]\nport = true", "must be a number"),
        ("[listen]\nhost = 1", "must be a string"),
        ("[playout]\nlead_ms = nan", "at least 0"),
        ("[listen", "not a TOML file"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "server.toml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=words):
        load_config(path, {})


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml"):
        load_config(tmp_path / "none.toml", {})


@given(st.binary(max_size=200))
def test_no_bytes_break_the_parser(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_bytes(b"[listen]\n" + data)
    with suppress(ConfigError):
        load_config(path, {})


def test_secrets_are_never_shown() -> None:
    config = generate_development_keys(ServerConfig())
    text = f"{config!r} {config}"
    for secret in (config.app.api_key, config.app.signing_key, config.channel.app_certificate):
        assert secret.reveal() not in text


def test_a_database_brings_its_own_keys() -> None:
    config = load_config(None, {"AVAMOTION_DATABASE_URL": "keys.sqlite3"})
    assert generate_development_keys(config).app == config.app
