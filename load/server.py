"""A Motion Server in a process of its own, and what it costs."""

import asyncio
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

from avamotion.tokens.agora import build_token

__all__ = ["LoadedServer", "Usage", "loaded_server"]


@dataclass(frozen=True)
class Usage:
    """What the server's two processes have used since they began.

    Attributes:
        cpu_s: CPU time of all their threads.
        worker_cpu_s: CPU time of decoding, the motion model and Opus.
        rss_mb: Their memory now that no other process shares.
        n_files: Their open files now.
        n_tasks: Tasks of its event loop now, that of the one who asks included.
        departures: How many packets had left at most so many seconds late.
    """

    cpu_s: float
    worker_cpu_s: float
    rss_mb: float
    n_files: int
    n_tasks: int
    departures: dict[float, float]


@dataclass(frozen=True)
class LoadedServer:
    """Where it listens, and its keys."""

    port: int
    pid: int
    app_id: str
    api_key: str
    channel_app_id: str
    certificate: str

    @property
    def console(self) -> str:
        """Where session tokens come from."""
        return f"http://127.0.0.1:{self.port}/v1/console"

    @property
    def ingress(self) -> str:
        """Where sessions connect."""
        return f"ws://127.0.0.1:{self.port}/v2/driveningress"

    @property
    def channel(self) -> str:
        """Where viewers connect."""
        return f"ws://127.0.0.1:{self.port}/v1/channel"

    def agora_token(self, channel: str, uid: int) -> str:
        """Return a token for one member of one channel."""
        return build_token(
            app_id=self.channel_app_id,
            app_certificate=self.certificate,
            channel=channel,
            uid=uid,
            publisher=True,
            expire_s=24 * 3600,
            issued_at=int(time.time()),
            salt=1,
        )

    def metrics(self) -> dict[str, float]:
        """Read ``/metrics``."""
        with urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=10) as response:
            text = response.read().decode()
        rows = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
        return {name: float(value) for name, _, value in rows}

    def usage(self) -> Usage:
        """Read what it has used."""
        metrics = self.metrics()
        processes = [_of_process(pid) for pid in (self.pid, *_children(self.pid))]
        return Usage(
            cpu_s=sum(cpu_s for cpu_s, _, _ in processes),
            worker_cpu_s=metrics["avamotion_inference_cpu_seconds_total"],
            rss_mb=sum(rss_mb for _, rss_mb, _ in processes),
            n_files=sum(n_files for _, _, n_files in processes),
            n_tasks=int(metrics["avamotion_tasks"]),
            departures={
                float(name.partition('le="')[2].partition('"')[0]): count
                for name, count in metrics.items()
                if name.startswith("avamotion_frame_lateness_seconds_bucket")
            },
        )


def _children(pid: int) -> list[int]:
    """Return the children of all threads."""
    files = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for file in files for child in file.read_text().split()]


def _of_process(pid: int) -> tuple[float, float, int]:
    """Return CPU seconds, megabytes of memory and open files."""
    process = Path(f"/proc/{pid}")
    fields = (process / "stat").read_text().rpartition(")")[2].split()
    cpu_s = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    rollup = (process / "smaps_rollup").read_text().splitlines()
    private_kb = sum(int(line.split()[1]) for line in rollup if line.startswith("Private_"))
    return cpu_s, private_kb / 1024, len(list((process / "fd").iterdir()))


@contextmanager
def loaded_server(
    *, max_sessions: int, log: Path | None = None, settings: dict[str, str] | None = None
) -> Iterator[LoadedServer]:
    """Run a server until the block ends.

    Args:
        max_sessions: How many sessions it must take.
        log: Where its log goes; None throws it away.
        settings: More variables of its environment.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    app_id, api_key = f"app_{secrets.token_hex(8)}", secrets.token_urlsafe(24)
    channel_app_id, certificate = secrets.token_hex(16), secrets.token_hex(16)
    environment = os.environ | {
        "AVAMOTION_APP_ID": app_id,
        "AVAMOTION_APP_API_KEY": api_key,
        "AVAMOTION_APP_SIGNING_KEY": secrets.token_urlsafe(48),
        "AVAMOTION_APP_MAX_SESSIONS": str(max_sessions),
        "AVAMOTION_CHANNEL_APP_ID": channel_app_id,
        "AVAMOTION_CHANNEL_APP_CERTIFICATE": certificate,
        **(settings or {}),
    }
    command = [sys.executable, "-c", "from avamotion.cli import main; main()", "serve"]
    with (log or Path(os.devnull)).open("w") as output:
        process = subprocess.Popen(
            [*command, "--port", str(port)], env=environment, stdout=output, stderr=output
        )
        try:
            server = LoadedServer(port, process.pid, app_id, api_key, channel_app_id, certificate)
            asyncio.run(_until_ready(server, process))
            yield server
        finally:
            process.terminate()
            process.wait(60)


async def _until_ready(server: LoadedServer, process: subprocess.Popen[bytes]) -> None:
    async with asyncio.timeout(60):
        while process.poll() is None:
            try:
                await asyncio.to_thread(urlopen, f"http://127.0.0.1:{server.port}/readyz")
                return
            except OSError:
                await asyncio.sleep(0.05)
    raise RuntimeError("the server did not start: see its log")
