"""Agora's own web SDK, to read our SEI stream with."""

import os
import shutil
import struct
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NoReturn

import pytest

__all__ = ["FOLDER", "install_reader", "read_with_agora"]

FOLDER: Final = Path(__file__).parent
_NO_SEI: Final = 0xFFFFFFFF


def install_reader() -> str:
    """Install the SDK unless it is there; return the path of Node. Skips the test without Node."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    node, npm = shutil.which("node", path=path), shutil.which("npm", path=path)
    if node is None or npm is None:
        _absent("Node and npm are not installed")
    if not (FOLDER / "node_modules" / ".package-lock.json").exists():
        installed = subprocess.run(
            [npm, "ci", "--no-audit", "--no-fund"],
            cwd=FOLDER,
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            check=False,
        )
        if installed.returncode:
            _absent(f"npm could not install agora-rtc-sdk-ng: {installed.stderr[-300:]}")
    return node


def read_with_agora(units: Sequence[bytes]) -> list[bytes | None]:
    """Read access units with the reader of agora-rtc-sdk-ng, in Node.

    Returns:
        What the page would be handed for each unit; None where the SDK found no SEI.
    """
    node = install_reader()
    run = subprocess.run(
        [node, str(FOLDER / "read.mjs")],
        input=b"".join(struct.pack("<I", len(unit)) + unit for unit in units),
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 0, run.stderr.decode()[-2000:]
    bodies: list[bytes | None] = []
    at = 0
    while at < len(run.stdout):
        (length,) = struct.unpack_from("<I", run.stdout, at)
        at += 4
        if length == _NO_SEI:
            bodies.append(None)
        else:
            bodies.append(run.stdout[at : at + length])
            at += length
    assert len(bodies) == len(units)
    return bodies


def _absent(reason: str) -> NoReturn:
    """Skip; but where everything is meant to run, fail."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
