"""The doctor finds what is wrong, and nothing else."""

from pathlib import Path

import pytest

from avamotion.server.doctor import examine

FREE = {"AVAMOTION_LISTEN_PORT": "0"}


def bad(environ: dict[str, str], path: Path | None = None) -> dict[str, str]:
    return {f.subject: f.detail for f in examine(path, FREE | environ) if not f.good}


def test_a_server_without_settings_is_well() -> None:
    assert bad({}) == {}


@pytest.mark.parametrize(
    ("environ", "subject", "words"),
    [
        ({"AVAMOTION_LISTEN_PORT": "x"}, "settings", "AVAMOTION_LISTEN_PORT"),
        ({"AVAMOTION_LISTEN_HOST": "0.0.0.0"}, "certificate", "in the clear"),
        ({"AVAMOTION_OPS_KEY": "short"}, "keys", "ops.key"),
        ({"AVAMOTION_AVATAR_FOLDER": "/nowhere"}, "avatars", "no avatars"),
        ({"AVAMOTION_PLAYOUT_MODEL": "/nowhere"}, "motion model", "no motion model"),
        ({"AVAMOTION_DATABASE_URL": "nonsense://"}, "application", "database.url"),
        ({"AVAMOTION_LISTEN_TLS_KEY": "/nowhere"}, "certificate", "set both"),
    ],
)
def test_what_is_wrong_is_named(environ: dict[str, str], subject: str, words: str) -> None:
    assert words in bad(environ)[subject]


def test_settings_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    path = tmp_path / "server.toml"
    path.write_text("[listen]\nprot = 1\n")
    assert "listen.prot" in bad({}, path)["settings"]
