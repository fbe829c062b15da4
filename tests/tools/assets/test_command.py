"""A user's mistake gets one sentence."""

from pathlib import Path

import pytest

from tools.assets.command import main


def complaint(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(arguments) == 1
    text = capsys.readouterr().err
    assert text.startswith("tools.assets: ")
    assert text.count("\n") == 1
    return text


def test_a_file_that_is_no_glb(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.glb"
    path.write_text("hello")
    assert "glTF" in complaint(capsys, "measure", str(path))


def test_a_file_that_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    assert "nowhere.glb" in complaint(capsys, "measure", "nowhere.glb")


def test_an_unknown_person(capsys: pytest.CaptureFixture[str]) -> None:
    assert "mia" in complaint(capsys, "build", "nobody")


def test_data_that_was_not_fetched(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "fetch" in complaint(capsys, "build", "mia", "--data", str(tmp_path))


def test_a_setting_that_is_no_weight(capsys: pytest.CaptureFixture[str]) -> None:
    assert "SHAPE=WEIGHT" in complaint(capsys, "measure", "a.glb", "--set", "jawOpen")
