"""Other open libraries, on the same sound, in the browser that they are made for."""

import json
import mimetypes
import shutil
import subprocess
import sys
from collections.abc import Sequence
from os import environ, pathsep
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Page, Route, sync_playwright

from benchmarks.motion_report.face import Picture

__all__ = ["PEERS", "animate_with"]

PEERS: Final = {"headaudio": "HeadAudio", "wawa": "wawa-lipsync"}
"""Libraries, by the name of the module that runs them."""

_FOLDER: Final = Path(__file__).with_name("peers")
_ORIGIN: Final = "http://localhost"
"""Worklets ask for a secure origin; nothing listens there: every file is handed out from here."""
_TIMEOUT_MS: Final = 120_000


def animate_with(
    peer: str, sounds: Sequence[Path], *, chromium: str
) -> tuple[str, list[list[Picture]]]:
    """Let a library animate sounds.

    Args:
        peer: A key of :data:`PEERS`.
        sounds: Files that a browser can decode.
        chromium: Path of the browser.

    Returns:
        The library's version, and its pictures of each sound.
    """
    _install()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox"], timeout=_TIMEOUT_MS
        )
        page = browser.new_page()
        page.set_default_timeout(_TIMEOUT_MS)
        page.route("**/*", lambda route: _hand_out(route, sounds))
        page.goto(f"{_ORIGIN}/blank.html")
        animated = [_animate(page, peer, index) for index in range(len(sounds))]
        browser.close()
    return _version(peer), animated


def _animate(page: Page, peer: str, index: int) -> list[Picture]:
    code = "async ([peer, url]) => (await import(peer)).animate(url)"
    made: list[dict[str, Any]] = page.evaluate(code, [f"/{peer}.mjs", f"/sound/{index}"])
    return [Picture(row["time_s"], row["viseme"], row["weights"]) for row in made]


def _hand_out(route: Route, sounds: Sequence[Path]) -> None:
    name = route.request.url.removeprefix(f"{_ORIGIN}/")
    if name == "blank.html":
        route.fulfill(body="<!doctype html>", content_type="text/html")
        return
    path = sounds[int(name.removeprefix("sound/"))] if name.startswith("sound/") else _FOLDER / name
    if not path.is_file():
        route.fulfill(status=404)
        return
    kind = "text/javascript" if path.suffix == ".mjs" else mimetypes.guess_type(path.name)[0]
    route.fulfill(body=path.read_bytes(), content_type=kind or "application/octet-stream")


def _install() -> None:
    """Install the libraries unless they are there."""
    if (_FOLDER / "node_modules" / ".package-lock.json").exists():
        return
    path = f"{Path(sys.executable).parent}{pathsep}{environ.get('PATH', '')}"
    npm = shutil.which("npm", path=path)
    if npm is None:
        raise SystemExit("error: the other libraries come from npm: install Node 20 or newer")
    command = [npm, "ci", "--no-audit", "--no-fund"]
    subprocess.run(command, cwd=_FOLDER, env={**environ, "PATH": path}, check=True)


def _version(peer: str) -> str:
    package = {"headaudio": "@met4citizen/headaudio", "wawa": "wawa-lipsync"}[peer]
    lock = json.loads((_FOLDER / "package-lock.json").read_text(encoding="utf-8"))
    version: str = lock["packages"][f"node_modules/{package}"]["version"]
    return f"{package} {version}"
