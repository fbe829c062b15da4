"""Take portraits of avatars: headless Chromium, three.js, one page, no network."""

import json
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

__all__ = ["Shot", "StudioError", "take"]

PAGE: Final = Path(__file__).with_name("studio.html")
BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome")


class StudioError(RuntimeError):
    """Raised when no portrait can be taken; says what is missing."""


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture to take.

    Attributes:
        name: File name of the picture, without suffix.
        glb: The avatar.
        weights: Blend-shape weights.
        turn: Rotation of the head about x, y, z in radians, shared by neck and head.
        width, height: Pixels.
        yaw: Degrees by which the camera walks round the head.
        distance: Camera to head, metres.
        height_m: What the camera looks at, metres above the eyes.
        fov: Vertical field of view, degrees.
        backdrop: Colours of the background, middle and rim.
    """

    name: str
    glb: Path
    weights: Mapping[str, float] = field(default_factory=dict)
    turn: tuple[float, float, float] = (0.0, 0.0, 0.0)
    width: int = 512
    height: int = 512
    yaw: float = 0.0
    distance: float = 1.02
    height_m: float = -0.03
    fov: float = 20.0
    backdrop: tuple[str, str] = ("#8fa0ad", "#3d4853")


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, studio: "_Studio", *arguments: object) -> None:
        self._studio = studio
        super().__init__(*arguments)  # type: ignore[arg-type] # the server passes them through

    def do_GET(self) -> None:
        path = self._studio.find(self.path)
        if path is None:
            self.send_error(404)
            return
        kind = {".js": "text/javascript", ".html": "text/html", ".json": "application/json"}
        data = path if isinstance(path, bytes) else path.read_bytes()
        suffix = Path(self.path).suffix or ".html"
        self.send_response(200)
        self.send_header("Content-Type", kind.get(suffix, "application/octet-stream"))
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._studio.receive(self.path, body)
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing: the page asks for hundreds of files."""


class _Studio:
    def __init__(self, shots: Sequence[Shot], three: Path, out: Path) -> None:
        self._three, self._out = three, out
        self._files = {f"/avatar{i}.glb": s.glb for i, s in enumerate(shots)}
        urls = {glb: url for url, glb in reversed(self._files.items())}
        jobs = [asdict(shot) | {"glb": urls[shot.glb]} for shot in shots]
        self._job = json.dumps(jobs).encode()
        self.done = threading.Event()

    def find(self, url: str) -> Path | bytes | None:
        if url == "/":
            return PAGE
        if url == "/job.json":
            return self._job
        if url.startswith("/three/"):
            path = (self._three / url.removeprefix("/three/")).resolve()
            inside = path.is_relative_to(self._three.resolve())
            return path if inside and path.is_file() else None
        return self._files.get(url)

    def receive(self, url: str, body: bytes) -> None:
        if url == "/done":
            self.done.set()
        elif url.startswith("/result/"):
            (self._out / f"{Path(url).name}.png").write_bytes(body)


def take(shots: Sequence[Shot], out: Path, three: Path, *, timeout_s: float) -> list[Path]:
    """Take pictures and write them as PNG.

    Args:
        shots: What to take. Shots of one avatar should follow one another: it loads once.
        out: Folder for the pictures, made if missing.
        three: The npm package ``three``, unpacked.
        timeout_s: How long all of it may take.

    Returns:
        The pictures, in the order of ``shots``.

    Raises:
        StudioError: If Chromium or three is missing, or the page does not finish.
    """
    browser = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if browser is None:
        raise StudioError("no Chromium found: install the package chromium")
    if not (three / "build" / "three.module.js").exists():
        raise StudioError(f"no three.js in {three}: run npm install three")
    out.mkdir(parents=True, exist_ok=True)
    studio = _Studio(shots, three, out)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, studio))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as profile:
        page = subprocess.Popen(
            [browser, "--headless=new", "--no-sandbox", "--use-angle=swiftshader",
             "--enable-unsafe-swiftshader", "--hide-scrollbars", f"--user-data-dir={profile}",
             f"http://127.0.0.1:{server.server_port}/"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            if not studio.done.wait(timeout_s):
                raise StudioError(f"the page took no picture within {timeout_s:.0f} s")
        finally:
            page.terminate()
            page.wait()
            server.shutdown()
            server.server_close()
    return [out / f"{shot.name}.png" for shot in shots]
