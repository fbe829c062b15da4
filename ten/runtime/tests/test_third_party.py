"""Extensions written like third-party ones, with tests of their own, run unmodified.

Each is laid out as TEN's package manager does it, and tested as its author would: with a fake app
in a background thread, from its own folder.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import ten_runtime

EXTENSIONS = Path(__file__).parent / "extensions"
SOURCE = Path(ten_runtime.__file__).parents[1]


@pytest.mark.parametrize("name", ["beep_tts_python", "ledger_python", "vendor_asr_python"])
def test_its_own_tests_pass(name: str, tmp_path: Path) -> None:
    app = tmp_path / "app"
    folder = app / "ten_packages" / "extension" / name
    shutil.copytree(EXTENSIONS / name, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (app / "manifest.json").write_text('{"type": "app", "name": "default_app"}', encoding="utf-8")
    environ = {key: value for key, value in os.environ.items() if not key.startswith("TEN_")}
    environ["PYTHONPATH"] = os.pathsep.join([str(SOURCE), str(app)])
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert "passed" in result.stdout
